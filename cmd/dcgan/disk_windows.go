package main

import "golang.org/x/sys/windows"

// availableDisk is what a user may still write to the volume of dir, an existing
// folder, in bytes. It is false where none is known.
func availableDisk(dir string) (int64, bool) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
	return int64(min(free, 1<<62)), err == nil
}
