// Lists of seeds on the command line.

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// parseSeeds returns the seeds of a list such as 5,9,12-20, at most most of them.
func parseSeeds(text string, most int) ([]uint64, error) {
	const hint = "such as 5,9,12-20: whole numbers from 0 to 18446744073709551615, and ranges of them"
	var seeds []uint64
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		a, err := strconv.ParseUint(first, 10, 64)
		b := a
		if err == nil && isRange {
			b, err = strconv.ParseUint(last, 10, 64)
		}
		switch {
		case err != nil || b < a:
			return nil, usagef(hint, "--seeds %q: %q is no seed", text, part)
		case b-a >= uint64(most-len(seeds)):
			return nil, usagef(fmt.Sprintf("at most %d", most), "--seeds %q: these are too many", text)
		}
		for seed := a; ; seed++ {
			seeds = append(seeds, seed)
			if seed == b {
				break
			}
		}
	}
	return seeds, nil
}
