// How much of the disk a run takes.

package run

import (
	"strings"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/host"
)

// Budget returns the bytes that the checkpoints of a run may take, 0 for no limit.
func Budget(c *config.Config) int64 {
	n, _ := config.Bytes(c.DiskBudget) // Validate has checked it
	return n
}

// CheckpointNeed returns the bytes of disk that the checkpoints of a run take. The least
// is the newest checkpoint and the next one, which is complete before the other is
// deleted; no budget may be smaller. The most is that next one beside all that are kept.
func CheckpointNeed(c *config.Config, m *gan.Model) (least, most int64) {
	full, weights := Kept(c)
	size := checkpoint.Size(m, true)
	least, most = 2*size, int64(full+1)*size+int64(weights)*checkpoint.Size(m, false)
	if b := Budget(c); b > 0 {
		most = min(most, b)
	}
	return least, max(least, most)
}

// Kept returns how many checkpoints of a whole training are kept at most without a
// budget: full ones, and those of weights only.
func Kept(c *config.Config) (full, weights int) {
	full = c.Keep
	if c.ScoreEvery >= 0 {
		full += c.KeepBest
	}
	if c.SnapshotEvery > 0 {
		weights = c.Steps / c.SnapshotEvery
	}
	return min(full, c.Steps/c.CheckpointEvery+1), weights
}

// DiskNeed returns the bytes of disk that the files of a run take at most beyond the
// used bytes that its checkpoints take already: checkpoints, sheets and logs of all
// steps.
func DiskNeed(c *config.Config, m *gan.Model, used int64) int64 {
	const (
		stepBytes  = 600 // a line of metrics.jsonl and an event
		rawPerByte = 2   // a sheet is written to a file and to the event file
	)
	sheets := int64(c.Steps/c.SampleEvery + 1)
	sheet := int64(config.SheetSize) * int64(c.Size) * int64(c.Size) * int64(c.Channels)
	_, checkpoints := CheckpointNeed(c, m)
	return max(checkpoint.Size(m, true), checkpoints-used) + rawPerByte*sheets*sheet + stepBytes*int64(c.Steps)
}

// CheckBudget returns an error if the disk budget of the settings is too small for the newest
// checkpoint and the next one, which is complete before the other is deleted.
func CheckBudget(c *config.Config) error {
	need := func(c *config.Config) int64 {
		least, _ := CheckpointNeed(c, gan.NewModel(c))
		return least
	}
	budget := Budget(c)
	if budget == 0 || need(c) <= budget {
		return nil
	}
	err := config.Errorf("{disk_budget} %s: the newest checkpoint and the next one, complete before the other goes, take %s",
		c.DiskBudget, config.BytesText(need(c)))
	return config.Hintf(err, "take %s or more, or 0 for no limit; %v", budgetText(need(c)), config.Fitting(c, budget,
		need))
}

// CheckDisk returns an error if the disk has no room for the run in dir, which need not
// exist yet. The checkpoints in it take used bytes already. The hint says what would fit.
func CheckDisk(c *config.Config, dir string, used int64) error {
	have, known := host.AvailableDisk(host.ExistingFolder(dir))
	need := func(c *config.Config) int64 { return DiskNeed(c, gan.NewModel(c), used) }
	if !known || need(c) <= have {
		return nil
	}
	err := config.Errorf("the run at {size} %d {ngf} %d {ndf} %d {keep} %d needs %s of disk, %s has %s available",
		c.Size, c.NGF, c.NDF, c.Keep, config.BytesText(need(c)), host.ExistingFolder(dir), config.BytesText(have))
	least, _ := CheckpointNeed(c, gan.NewModel(c))
	return config.Hintf(err, "%v, or {disk_budget} %s or more, or a folder on another disk",
		config.Fitting(c, have, need), budgetText(least))
}

// budgetText writes a number of bytes as the setting disk_budget takes it, to three digits,
// rounded up.
func budgetText(n int64) string {
	return strings.ReplaceAll(config.BytesText(n+n/200+1), " ", "")
}
