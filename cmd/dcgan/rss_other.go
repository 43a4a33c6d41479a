//go:build !unix && !windows

package main

// peakMemory is not known here.
func peakMemory() (int64, bool) { return 0, false }
