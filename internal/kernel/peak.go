package kernel

import "time"

// PeakGFLOPS measures how many billion floating-point operations a second the given number
// of threads reach together, in a loop of fused multiply-adds on registers of the
// instruction set in use. The speed of convolutions is stated relative to it. It takes
// about 20 ms, and returns 0 if the instruction set has no such loop.
func PeakGFLOPS(threads int) float64 {
	const loops = 20000 // about 100 us
	flops := active.peakFLOPS
	if flops == 0 {
		return 0
	}
	p := NewPool(threads)
	defer p.Close()
	best := 0.0
	for start := time.Now(); time.Since(start) < 20*time.Millisecond; {
		begin := time.Now()
		p.Run(10*threads, func(_, _ int) { active.peak(loops) })
		gflops := float64(10*threads*loops*flops) / float64(time.Since(begin).Nanoseconds())
		best = max(best, gflops)
	}
	return best
}
