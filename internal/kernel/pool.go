package kernel

// A fork-join pool. A layer of a small network takes well under a millisecond, so
// starting goroutines for each (7 to 40 us, sometimes milliseconds) would cost
// much; here the workers spin for a while between layers and are there at once.

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// spin is how long an idle thread of a pool looks for work before it sleeps.
const spin = 80 * time.Microsecond

// Pool runs lists of tasks on a fixed number of threads. The tasks of a list are
// handed out in order as threads become free, so which thread runs which varies:
// results must not depend on it.
//
// All hand-over is by two counters. A thread owns task n-left once it has taken
// it with a compare-and-swap of left, and Run returns once unfinished is 0; so a
// thread that owns a task may read n and task, and no other may.
type Pool struct {
	left       atomic.Int64 // tasks not yet handed out
	_          [56]byte     // left and unfinished change often: one cache line each
	unfinished atomic.Int64 // tasks not yet finished
	_          [56]byte

	n       int
	task    func(worker, i int)
	running atomic.Bool
	closed  atomic.Bool
	caller  sleeper
	workers []sleeper // all threads but the caller of Run
	exited  sync.WaitGroup
}

// NewPool starts a pool of that many threads, of which the caller of Run is one.
// Close ends it.
func NewPool(threads int) *Pool {
	if threads < 1 {
		panic("kernel: a pool needs at least one thread")
	}
	p := &Pool{caller: newSleeper(), workers: make([]sleeper, threads-1)}
	for i := range p.workers {
		p.workers[i] = newSleeper()
		p.exited.Go(func() { p.work(i + 1) })
	}
	return p
}

// Threads returns the number of threads; worker indices are below it.
func (p *Pool) Threads() int { return len(p.workers) + 1 }

// Run calls task(worker, i) for every i from 0 to n-1 and returns when all have
// returned. Two calls at the same time never have the same worker, so it can index
// scratch memory. Run itself allocates nothing; it is not for concurrent use, nor
// from inside a task.
func (p *Pool) Run(n int, task func(worker, i int)) {
	if n <= 0 {
		return
	}
	if p.closed.Load() || p.running.Swap(true) {
		panic("kernel: Run on a pool that is closed or running")
	}
	p.n, p.task = n, task
	p.unfinished.Store(int64(n))
	p.left.Store(int64(n))
	for i := range min(n-1, len(p.workers)) {
		p.workers[i].wake()
	}
	p.drain(0)
	p.caller.wait(func() bool { return p.unfinished.Load() == 0 })
	p.task = nil
	p.running.Store(false)
}

// Close ends the workers and returns when they have ended.
func (p *Pool) Close() {
	p.closed.Store(true)
	for i := range p.workers {
		p.workers[i].wake()
	}
	p.exited.Wait()
}

// work is the life of one worker.
func (p *Pool) work(worker int) {
	for !p.closed.Load() {
		p.workers[worker-1].wait(func() bool { return p.left.Load() > 0 || p.closed.Load() })
		p.drain(worker)
	}
}

// drain runs tasks until none is left to take.
func (p *Pool) drain(worker int) {
	for left := p.left.Load(); left > 0; left = p.left.Load() {
		if !p.left.CompareAndSwap(left, left-1) {
			continue
		}
		p.task(worker, p.n-int(left))
		if p.unfinished.Add(-1) == 0 {
			p.caller.wake()
		}
	}
}

// sleeper is one thread's place to wait.
type sleeper struct {
	asleep *atomic.Bool
	bell   chan struct{}
}

func newSleeper() sleeper { return sleeper{new(atomic.Bool), make(chan struct{}, 1)} }

// wait returns once ready does: it spins, then sleeps until wake. Whoever makes
// ready true must call wake afterwards. Both look at asleep after their own store, so
// one of them sees the other's.
func (s *sleeper) wait(ready func() bool) {
	for !spinUntil(ready) {
		s.asleep.Store(true)
		if ready() && s.asleep.Swap(false) {
			return
		}
		<-s.bell
	}
}

// spinUntil waits for ready for a while and reports whether it came. It yields
// often, so that more threads than processors do not starve each other.
func spinUntil(ready func() bool) bool {
	for start := time.Now(); time.Since(start) < spin; runtime.Gosched() {
		for range 100 {
			if ready() {
				return true
			}
		}
	}
	return false
}

// wake ends a sleep, if there is one.
func (s *sleeper) wake() {
	if s.asleep.Swap(false) {
		s.bell <- struct{}{}
	}
}
