// How much of the disk a run takes.

package run

import (
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
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
