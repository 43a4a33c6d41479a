// What a command takes of the machine, refused before anything is allocated.

package main

import (
	"fmt"

	"dcgan"
	"dcgan/internal/config"
	"dcgan/internal/host"
)

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

// checkThreads refuses a number of threads that no machine has.
func checkThreads(n int) error {
	if n < 0 || n > config.MaxThreads {
		return usagef(fmt.Sprintf("up to %d; 0 takes one a core", config.MaxThreads), "--threads %d is not possible", n)
	}
	return nil
}
