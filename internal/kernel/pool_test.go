package kernel

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// Every task runs exactly once, whatever the numbers of threads, tasks and processors.
func TestPoolRunsEveryTaskOnce(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		for _, threads := range []int{1, 2, 3, 9} {
			t.Run(fmt.Sprintf("procs=%d/threads=%d", procs, threads), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				p := NewPool(threads)
				defer p.Close()
				ran := make([]int, 40) // not atomic: Run orders its tasks with what follows
				for round := range 60 {
					n := round % (len(ran) + 1)
					clear(ran)
					p.Run(n, func(_, i int) { ran[i]++ })
					for i := range ran {
						if want := min(max(n-i, 0), 1); ran[i] != want {
							t.Fatalf("%d tasks: task %d ran %d times", n, i, ran[i])
						}
					}
				}
			})
		}
	}
}

// No two tasks that run at the same time have the same worker.
func TestPoolWorkersAreExclusive(t *testing.T) {
	p := NewPool(3)
	defer p.Close()
	scratch := make([]int, p.Threads()) // the race detector watches
	for range 50 {
		p.Run(30, func(worker, _ int) { scratch[worker]++ })
	}
	total := 0
	for _, n := range scratch {
		total += n
	}
	if total != 50*30 {
		t.Fatalf("%d tasks ran, want %d", total, 50*30)
	}
}

// Threads that sleep are woken, and so is a caller that has waited for long.
func TestPoolWakes(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	for range 5 {
		time.Sleep(20 * spin) // the worker sleeps
		var ran atomic.Int64
		p.Run(2, func(worker, _ int) {
			if ran.Add(1); worker != 0 {
				time.Sleep(20 * spin) // the caller does
			}
		})
		if ran.Load() != 2 {
			t.Fatalf("%d tasks ran, want 2", ran.Load())
		}
	}
}

func TestPoolCloseLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		p := NewPool(5)
		p.Run(20, func(_, _ int) {})
		p.Close()
		p.Close() // harmless
	}
	for runtime.NumGoroutine() > before { // a goroutine is counted until shortly after its end
		runtime.Gosched()
	}
}

func TestPoolDoesNotAllocate(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	task := func(_, _ int) {}
	if n := testing.AllocsPerRun(100, func() { p.Run(4, task) }); n != 0 {
		t.Fatalf("%v allocations a run", n)
	}
}

func TestPoolRefusesMisuse(t *testing.T) {
	mustPanic := func(what string, f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s did not panic", what)
			}
		}()
		f()
	}
	mustPanic("no threads", func() { NewPool(0) })
	p := NewPool(1)
	mustPanic("a Run inside a task", func() {
		p.Run(1, func(_, _ int) { p.Run(1, func(_, _ int) {}) })
	})
	p.Close()
	mustPanic("Run after Close", func() { p.Run(1, func(_, _ int) {}) })
}

// BenchmarkPool is the cost of a fork and join in which every thread takes part.
func BenchmarkPool(b *testing.B) {
	p := NewPool(runtime.GOMAXPROCS(0))
	defer p.Close()
	var arrived atomic.Int64
	meet := func(_, _ int) {
		threads := int64(p.Threads())
		for all := (arrived.Add(1) + threads - 1) / threads * threads; arrived.Load() < all; {
		}
	}
	for b.Loop() {
		p.Run(p.Threads(), meet)
	}
}

// A share's owner takes its tasks in order, the others from the end, and none is taken twice.
func TestShareGoesFromBothEnds(t *testing.T) {
	var s share
	s.set(3, 7)
	for _, want := range []int{3, 4} {
		if i, ok := s.first(); !ok || i != want {
			t.Fatalf("first: task %d, %t, want %d", i, ok, want)
		}
	}
	for _, want := range []int{6, 5} {
		if i, ok := s.last(); !ok || i != want {
			t.Fatalf("last: task %d, %t, want %d", i, ok, want)
		}
	}
	if i, ok := s.first(); ok {
		t.Fatalf("an empty share gave task %d", i)
	}
	if i, ok := s.last(); ok {
		t.Fatalf("an empty share gave task %d", i)
	}
}
