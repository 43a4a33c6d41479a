//go:build unix

package cpu

import (
	"math"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dcgan/internal/config"
)

// BenchmarkPrecision reports the processor time of a step of the reference in both precisions, on one
// thread, in turns: the least of each. Other programs on the machine hardly change it.
func BenchmarkPrecision(b *testing.B) {
	needBF16(b)
	precisions := []string{config.PrecisionFP32, config.PrecisionBF16}
	var engines []*Engine
	least := []float64{math.Inf(1), math.Inf(1)}
	for _, p := range precisions {
		c := small(64, 64, 64)
		c.NZ, c.Threads, c.Precision = 64, 1, p
		engines = append(engines, newEngine(b, c))
		steps(b, engines[len(engines)-1], 1, 1) // touches the memory
	}
	for step := 2; b.Loop(); step++ {
		for i, e := range engines {
			began := processorTime(b)
			steps(b, e, step, step)
			least[i] = min(least[i], (processorTime(b) - began).Seconds())
			b.Logf("%s: %.2f s", precisions[i], (processorTime(b) - began).Seconds())
		}
	}
	b.ReportMetric(least[0], "fp32-s")
	b.ReportMetric(least[1], "bf16-s")
	b.ReportMetric(least[0]/least[1], "ratio")
	b.ReportMetric(0, "ns/op")
}

// processorTime returns the processor time of this process.
func processorTime(t testing.TB) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
