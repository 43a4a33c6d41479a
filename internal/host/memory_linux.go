package host

import (
	"bufio"
	"os"
	"path"
	"strconv"
	"strings"
)

// AvailableMemory returns the memory that a program can take without swapping: the
// kernel's estimate, or less if a control group of this process (that of a
// container, for example) leaves less of its limit.
func AvailableMemory() (int64, bool) {
	available, known := memAvailable()
	if left, limited := controlGroupLeft(); limited && (!known || left < available) {
		return left, true
	}
	return available, known
}

// memAvailable returns MemAvailable of /proc/meminfo, which the kernel gives in KiB.
func memAvailable() (int64, bool) {
	kib, ok := statValue("/proc/meminfo", "MemAvailable:")
	return kib << 10, ok
}

// controlGroupLeft returns the least that any control group from this process's own
// up to the root leaves: limit - (used - reclaimable file cache). It reads version 1
// and version 2 of control groups.
func controlGroupLeft() (least int64, limited bool) {
	file, err := os.Open("/proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	defer file.Close()
	// Each line is ID:CONTROLLERS:PATH; in version 2 CONTROLLERS is empty.
	for lines := bufio.NewScanner(file); lines.Scan(); {
		parts := strings.SplitN(lines.Text(), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root, limit, usage, cache := "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"
		if parts[1] == "memory" {
			root, cache = "/sys/fs/cgroup/memory", "total_inactive_file"
			limit, usage = "memory.limit_in_bytes", "memory.usage_in_bytes"
		} else if parts[1] != "" {
			continue
		}
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			dir := root + group
			total, ok := fileValue(dir + "/" + limit)
			used, ok2 := fileValue(dir + "/" + usage)
			if ok && ok2 {
				reclaimable, _ := statValue(dir+"/memory.stat", cache)
				if left := max(0, total-used+reclaimable); !limited || left < least {
					least, limited = left, true
				}
			}
			if group == "/" {
				break
			}
		}
	}
	return least, limited
}

// fileValue returns the number that is all of a file. The text "max" is no number.
func fileValue(name string) (int64, bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// statValue returns the number after key in a file of lines "key number ...".
func statValue(name, key string) (int64, bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == key {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
