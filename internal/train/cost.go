// What a training takes of the machine.

package train

import (
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/host"
	"dcgan/internal/run"
	"dcgan/internal/tensor"
)

// scoringMemory is the memory in bytes that scoring 1,000 pictures takes beside the
// training, as measured: for the most part the network that looks at them, and its maps.
const scoringMemory = 375e6

// MemoryNeed returns the memory in bytes that a training with its scores takes at most,
// apart from the pictures of the data.
func MemoryNeed(c *config.Config) int64 {
	need := engine.MemoryNeed(c)
	if c.ScoreEvery >= 0 {
		need += scoringMemory
	}
	return need
}

// CheckMemory returns an error if a training needs more memory than is available. The hint
// says what would fit.
func CheckMemory(c *config.Config) error {
	have, known := host.AvailableMemory()
	need := MemoryNeed(c)
	if !known || need <= have {
		return nil
	}
	err := config.Errorf(
		"training at {size} %d {ngf} %d {ndf} %d {batch} %d needs %s of memory, this machine has %s available",
		c.Size, c.NGF, c.NDF, c.Batch, config.BytesText(need), config.BytesText(have))
	return config.Hintf(err, "%v, or a smaller {batch}", config.Fitting(c, have, MemoryNeed))
}

// Cost is what a training takes.
type Cost struct {
	Recipe          string  `json:"recipe"`
	Size            int     `json:"size"`
	Batch           int     `json:"batch"`
	Steps           int     `json:"steps"`
	Keep            int     `json:"keep"`      // full checkpoints that stay
	Snapshots       int     `json:"snapshots"` // checkpoints of weights only that stay
	ParametersG     int64   `json:"generator_parameters"`
	ParametersD     int64   `json:"discriminator_parameters"`
	MemoryBytes     int64   `json:"memory_bytes"`
	MemoryAvailable int64   `json:"memory_available_bytes"`    // 0 if it is not known
	MemoryTooMuch   string  `json:"memory_too_much,omitempty"` // what would fit
	CheckpointBytes int64   `json:"checkpoint_bytes"`
	SnapshotBytes   int64   `json:"snapshot_bytes"`
	DiskBytes       int64   `json:"checkpoints_disk_bytes"` // of all that stay, and one that is being written
	StepS           float64 `json:"step_s,omitempty"`       // 0 without timing
	EtaS            float64 `json:"eta_s,omitempty"`
}

// CostOf returns what follows from the settings alone, without a measured time. The hint of
// what would fit into memory names settings by name.
func CostOf(c *config.Config, name func(key string) string) *Cost {
	m := gan.NewModel(c)
	have, _ := host.AvailableMemory()
	full, weights := run.Kept(c)
	_, disk := run.CheckpointNeed(c, m)
	return &Cost{
		Recipe: c.Recipe, Size: c.Size, Batch: c.Batch, Steps: c.Steps, Keep: full, Snapshots: weights,
		ParametersG: parameters(m.Generator), ParametersD: parameters(m.Discriminator),
		MemoryBytes: MemoryNeed(c), MemoryAvailable: have,
		MemoryTooMuch:   config.WordHint(CheckMemory(c), name),
		CheckpointBytes: checkpoint.Size(m, true), SnapshotBytes: checkpoint.Size(m, false), DiskBytes: disk,
	}
}

// parameters returns the number of trained numbers in layers.
func parameters(layers []gan.Layer) (n int64) {
	for _, p := range gan.Parameters(layers) {
		n += int64(tensor.Size(p.Shape))
	}
	return n
}
