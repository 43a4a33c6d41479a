// What stays of a run's checkpoints, and what a run takes of the disk.

package train

import (
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// retention is what the settings say of the checkpoints, as they have been scored.
func (s *session) retention() *checkpoint.Retention {
	c := s.Config
	return &checkpoint.Retention{
		Keep: c.Keep, KeepBest: c.KeepBest, Score: s.distance, WeightsEvery: c.SnapshotEvery,
		Budget: budget(c), FullSize: checkpoint.Size(s.Model, true), WeightsSize: checkpoint.Size(s.Model, false),
	}
}

// budget is the bytes that checkpoints may take, 0 for any number.
func budget(c *config.Config) int64 {
	n, _ := config.Bytes(c.DiskBudget) // which Validate has checked
	return n
}

// CheckpointNeed is what the checkpoints of a run take of the disk, in bytes: at
// least, which no budget may go below, the newest and the next one, complete before
// the other goes; and at most, that next one beside all that stay.
func CheckpointNeed(c *config.Config, m *gan.Model) (least, most int64) {
	full, weights := Kept(c)
	size := checkpoint.Size(m, true)
	least, most = 2*size, int64(full+1)*size+int64(weights)*checkpoint.Size(m, false)
	if b := budget(c); b > 0 {
		most = min(most, b)
	}
	return least, max(least, most)
}

// Kept is the number of checkpoints that stay at most of a whole training without a
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

// DiskNeed is what a run's files take at most, in bytes, where its checkpoints take
// used bytes already: the checkpoints, and the sheets and logs of all steps.
func DiskNeed(c *config.Config, m *gan.Model, used int64) int64 {
	const (
		stepBytes  = 600 // a line of metrics.jsonl and an event
		rawPerByte = 2   // a sheet is written as a file and into the event file
	)
	sheets := int64(c.Steps/c.SampleEvery + 1)
	sheet := int64(config.SheetSize) * int64(c.Size) * int64(c.Size) * int64(c.Channels)
	_, checkpoints := CheckpointNeed(c, m)
	return max(checkpoint.Size(m, true), checkpoints-used) + rawPerByte*sheets*sheet + stepBytes*int64(c.Steps)
}
