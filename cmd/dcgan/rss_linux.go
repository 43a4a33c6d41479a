package main

// peakMemory is the most physical memory that this process has had, in bytes. Not
// by getrusage, whose figure begins with that of the process which started this one.
func peakMemory() (int64, bool) {
	kib, ok := statValue("/proc/self/status", "VmHWM:")
	return kib << 10, ok
}
