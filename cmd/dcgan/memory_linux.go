package main

import (
	"bufio"
	"os"
	"path"
	"strconv"
	"strings"
)

// availableMemory is what a new program can take without swapping, in bytes:
// the kernel's own estimate, or what the control groups that this process is in
// (a container's, say) leave of their limits. It is false where none is known.
func availableMemory() (int64, bool) {
	available, known := memAvailable()
	if left, limited := controlGroupLeft(); limited && (!known || left < available) {
		return left, true
	}
	return available, known
}

// memAvailable reads MemAvailable of /proc/meminfo, which is in KiB.
func memAvailable() (int64, bool) {
	kib, ok := statValue("/proc/meminfo", "MemAvailable:")
	return kib << 10, ok
}

// controlGroupLeft is the least that the control groups from this process's own
// to the root leave, limit - (used - reclaimable file cache), in either version.
func controlGroupLeft() (least int64, limited bool) {
	file, err := os.Open("/proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	defer file.Close()
	// A line is ID:CONTROLLERS:PATH; version 2 has no controllers there.
	for lines := bufio.NewScanner(file); lines.Scan(); {
		parts := strings.SplitN(lines.Text(), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root, limit, usage, cache := "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"
		if parts[1] == "memory" {
			root, limit, usage, cache = "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
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

// fileValue reads a file that holds one number; "max" is none.
func fileValue(name string) (int64, bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// statValue reads the number behind a key from a file of lines "key number ...".
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
