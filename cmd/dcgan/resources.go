// What a training takes of the machine, refused before anything is allocated.

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"dcgan"
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/host"
	"dcgan/internal/run"
)

// scoringMemory is what scoring 1,000 pictures takes beside the training, in bytes:
// measured, the network that looks at them and its maps for the most part.
const scoringMemory = 375e6

// memoryNeed is the memory in bytes that a training takes at most, beside its pictures.
func memoryNeed(c *config.Config) int64 {
	need := engine.MemoryNeed(c)
	if c.ScoreEvery >= 0 {
		need += scoringMemory
	}
	return need
}

// checkMemory refuses a training that the machine's memory won't hold.
func checkMemory(c *config.Config) error {
	have, known := host.AvailableMemory()
	if need := memoryNeed(c); known && need > have {
		return config.Hint(fmt.Errorf("training at --size %d --ngf %d --ndf %d --batch %d needs %s of memory, this machine has %s available",
			c.Size, c.NGF, c.NDF, c.Batch, config.BytesText(need), config.BytesText(have)),
			fitting(c, have, memoryNeed)+", or a smaller --batch")
	}
	return nil
}

// checkSheetMemory refuses n pictures and a sheet of them that memory won't hold, at four
// bytes a pixel.
func checkSheetMemory(m *dcgan.Model, n int) error {
	have, known := host.AvailableMemory()
	need := int64(n) * int64(m.Size()) * int64(m.Size()) * 8
	if known && need > have {
		return config.Hint(fmt.Errorf("%d pictures at once need %s of memory, this machine has %s available",
			n, config.BytesText(need), config.BytesText(have)), "generate --dir writes a file a picture, of any number")
	}
	return nil
}

// checkWritable refuses a folder to make where nothing can be written, before minutes
// go into reading the pictures.
func checkWritable(dir string) error {
	f, err := os.CreateTemp(host.ExistingFolder(dir), ".dcgan-*")
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("make %s: %w", dir, e.Err)
	} else if err != nil {
		return err
	}
	discard(f)
	return nil
}

// checkThreads refuses a number of threads that no machine has.
func checkThreads(n int) error {
	if n < 0 || n > config.MaxThreads {
		return usagef(fmt.Sprintf("up to %d; 0 takes one a core", config.MaxThreads), "--threads %d is not possible", n)
	}
	return nil
}

// checkDisk refuses a run whose checkpoints --disk-budget won't hold, or whose files
// the disk won't. used is what the checkpoints in the folder take already, in bytes.
func checkDisk(c *config.Config, dir string, used int64) error {
	if err := checkBudget(c); err != nil {
		return err
	}
	have, known := host.AvailableDisk(host.ExistingFolder(dir))
	need := func(c *config.Config) int64 { return run.DiskNeed(c, gan.NewModel(c), used) }
	if known && need(c) > have {
		least, _ := run.CheckpointNeed(c, gan.NewModel(c))
		return config.Hint(fmt.Errorf("the run at --size %d --ngf %d --ndf %d --keep %d needs %s of disk, %s has %s available",
			c.Size, c.NGF, c.NDF, c.Keep, config.BytesText(need(c)), host.ExistingFolder(dir), config.BytesText(have)),
			fitting(c, have, need)+fmt.Sprintf(", or --disk-budget %s or more, or --out on another disk", budgetText(least)))
	}
	return nil
}

// checkBudget refuses a --disk-budget that won't hold the newest checkpoint and the
// next one, which is complete before the other goes.
func checkBudget(c *config.Config) error {
	budget, _ := config.Bytes(c.DiskBudget) // which Validate has checked
	need := func(c *config.Config) int64 {
		least, _ := run.CheckpointNeed(c, gan.NewModel(c))
		return least
	}
	if budget > 0 && need(c) > budget {
		return usagef(fmt.Sprintf("take %s or more, or 0 for no limit; ", budgetText(need(c)))+fitting(c, budget, need),
			"--disk-budget %s: the newest checkpoint and the next one, complete before the other goes, take %s", c.DiskBudget, config.BytesText(need(c)))
	}
	return nil
}

// budgetText writes an amount of bytes as a flag takes it, to three digits, not less.
func budgetText(n int64) string {
	return strings.ReplaceAll(config.BytesText(n+n/200+1), " ", "")
}

// fitting says which widths need no more than have: the settings' own, the wider
// of the two halved until they fit.
func fitting(c *config.Config, have int64, need func(*config.Config) int64) string {
	try := *c
	for need(&try) > have {
		if try.NGF == 1 && try.NDF == 1 {
			return "no widths fit: take a smaller --size"
		}
		if try.NGF > try.NDF {
			try.NGF /= 2
		} else {
			try.NDF /= 2
		}
	}
	return fmt.Sprintf("--ngf %d --ndf %d fits (%s)", try.NGF, try.NDF, config.BytesText(need(&try)))
}
