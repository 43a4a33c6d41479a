// Amounts of memory and disk as people write them.

package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// units are the units that Bytes reads: powers of 1000, as disks use them, and of 1024.
var units = []struct {
	name  string
	bytes float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
	{"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"t", 1e12}, {"b", 1},
}

// Bytes returns the number of bytes in an amount such as 2GB, 1.5 GiB, 500m, 2000000000 or 0.
func Bytes(text string) (int64, error) {
	number, unit := strings.ToLower(text), 1.0
	for _, u := range units {
		if before, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = strings.TrimSpace(before), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n >= 0 && n*unit < math.MaxInt64) {
		return 0, fmt.Errorf("%q is no amount of bytes", text)
	}
	return int64(n * unit), nil
}

// BytesText returns a number of bytes in units of powers of 1000, as disks use them, to three digits.
func BytesText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "KB"}} {
		if n >= unit.size {
			return fmt.Sprintf("%.3g %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}
