package host

// PeakMemory returns the most physical memory that this process has held. It does
// not ask getrusage, whose figure starts at the parent process's.
func PeakMemory() (int64, bool) {
	kib, ok := statValue("/proc/self/status", "VmHWM:")
	return kib << 10, ok
}
