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

// CheckpointNeed returns the bytes of disk that the checkpoints of a run take. least is
// the size of the newest checkpoint and the next one, which is complete before the newest
// is deleted. No budget may be smaller. most is the size of the next checkpoint and all
// that are kept.
func CheckpointNeed(c *config.Config, m *gan.Model) (least, most int64) {
	full, weights := Kept(c)
	size := checkpoint.Size(m, true)
	least, most = 2*size, int64(full+1)*size+int64(weights)*checkpoint.Size(m, false)
	if b := Budget(c); b > 0 {
		most = min(most, b)
	}
	return least, max(least, most)
}

// Kept returns the largest numbers of checkpoints that a whole training keeps without a
// budget: of full ones, and of those of weights only.
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

// DiskNeed returns the most bytes of disk that a run still needs for checkpoints, sheets
// and logs of all steps. used is the number of bytes that its checkpoints take already.
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
	err := config.Errorf(
		"{disk_budget} %s: the newest checkpoint and the next one, complete before the other goes, take %s",
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

// budgetText returns a number of bytes in the form of the setting disk_budget, rounded up to
// three digits.
func budgetText(n int64) string {
	return strings.ReplaceAll(config.BytesText(n+n/200+1), " ", "")
}
