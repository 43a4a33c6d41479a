package host

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// processMemory is PROCESS_MEMORY_COUNTERS of the Windows API.
type processMemory struct {
	length, pageFaults             uint32
	peakWorkingSet, workingSet     uintptr
	peakPagedPool, pagedPool       uintptr
	peakNonPagedPool, nonPagedPool uintptr
	pageFile, peakPageFile         uintptr
}

// PeakMemory returns the most physical memory that this process has held.
func PeakMemory() (int64, bool) {
	memory := processMemory{length: uint32(unsafe.Sizeof(processMemory{}))}
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("K32GetProcessMemoryInfo")
	ok, _, _ := call.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&memory)), uintptr(memory.length))
	return int64(memory.peakWorkingSet), ok != 0
}
