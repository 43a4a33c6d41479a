// How much memory a training takes.

package train

import (
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/host"
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
	err := config.Errorf("training at {size} %d {ngf} %d {ndf} %d {batch} %d needs %s of memory, this machine has %s available",
		c.Size, c.NGF, c.NDF, c.Batch, config.BytesText(need), config.BytesText(have))
	return config.Hintf(err, "%v, or a smaller {batch}", config.Fitting(c, have, MemoryNeed))
}
