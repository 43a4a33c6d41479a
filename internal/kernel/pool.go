package kernel

// A fork-join pool. A layer of a small network takes well under a millisecond, so it
// would cost much to start goroutines for each (7 to 40 us, sometimes milliseconds).
// Here the workers spin for a while between layers, and begin at once.

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// spin is how long an idle thread of a pool looks for work before it sleeps.
const spin = 80 * time.Microsecond

// Pool runs lists of tasks on a fixed number of threads. Each thread has a share of a
// list, which it runs in order; when it has finished, it takes what is left of the others'
// shares. Which thread runs which task varies, and results must not depend on it. If lists
// go over the same pictures in the same order, a core mostly finds in its cache what it
// wrote before.
type Pool struct {
	unfinished counter // tasks not yet finished
	lists      counter // published so far
	shares     []share // one for each thread

	task    func(worker, i int)
	running atomic.Bool
	closed  atomic.Bool
	caller  sleeper
	workers []sleeper // all threads but the caller of Run
	exited  sync.WaitGroup
}

// share is the tasks from..to-1 that no thread has taken yet: from in the upper 32 bits, to
// in the lower. A thread takes a task by a compare-and-swap and then owns it. Only a thread that owns
// a task may read Pool.task.
type share struct{ counter }

// counter is a number that changes often, in a cache line of its own.
type counter struct {
	atomic.Int64
	_ [56]byte
}

func (s *share) set(from, to int) { s.Store(int64(from)<<32 | int64(to)) }

// first takes the first task of the share, as its thread does. It reports whether there was one.
func (s *share) first() (i int, ok bool) {
	for {
		v := s.Load()
		from, to := v>>32, v&(1<<32-1)
		if from >= to {
			return 0, false
		}
		if s.CompareAndSwap(v, v+1<<32) {
			return int(from), true
		}
	}
}

// last takes the last task of the share, as other threads do: its own thread would come to that
// last. It reports whether there was one.
func (s *share) last() (i int, ok bool) {
	for {
		v := s.Load()
		from, to := v>>32, v&(1<<32-1)
		if from >= to {
			return 0, false
		}
		if s.CompareAndSwap(v, v-1) {
			return int(to - 1), true
		}
	}
}

// NewPool returns a pool of the given number of threads, one of which is the caller of Run. Close
// ends the others.
func NewPool(threads int) *Pool {
	if threads < 1 {
		panic("kernel: a pool needs at least one thread")
	}
	p := &Pool{caller: newSleeper(), workers: make([]sleeper, threads-1), shares: make([]share, threads)}
	for i := range p.workers {
		p.workers[i] = newSleeper()
		p.exited.Go(func() { p.work(i + 1) })
	}
	return p
}

// Threads returns the number of threads; worker indices are below it.
func (p *Pool) Threads() int { return len(p.workers) + 1 }

// Run calls task(worker, i) for every i from 0 to n-1, and returns when all calls have
// returned. worker is from 0 to Threads()-1. Two calls at the same time never have the
// same worker, so that it can index scratch memory. Run allocates nothing. It must not be
// called concurrently, nor by a task.
func (p *Pool) Run(n int, task func(worker, i int)) {
	if n <= 0 {
		return
	}
	if p.closed.Load() || p.running.Swap(true) {
		panic("kernel: Run on a pool that is closed or running")
	}
	p.task = task
	p.unfinished.Store(int64(n))
	threads := p.Threads()
	for i := range p.shares { // the caller, which is awake, has the largest
		p.shares[i].set((i*n+threads-1)/threads, ((i+1)*n+threads-1)/threads)
	}
	p.lists.Add(1)
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

// work runs tasks of one list after another until the pool is closed.
func (p *Pool) work(worker int) {
	for !p.closed.Load() {
		done := p.lists.Load()
		p.drain(worker)
		p.workers[worker-1].wait(func() bool { return p.lists.Load() != done || p.closed.Load() })
	}
}

// drain runs tasks, of the worker's share first, until none is left to take.
func (p *Pool) drain(worker int) {
	ran := int64(0)
	for i, ok := p.shares[worker].first(); ok; i, ok = p.shares[worker].first() {
		p.task(worker, i)
		ran++
	}
	for other := range p.shares[1:] {
		victim := &p.shares[(worker+1+other)%len(p.shares)]
		for i, ok := victim.last(); ok; i, ok = victim.last() {
			p.task(worker, i)
			ran++
		}
	}
	if ran > 0 && p.unfinished.Add(-ran) == 0 {
		p.caller.wake()
	}
}

// sleeper is what one thread waits on.
type sleeper struct {
	asleep *atomic.Bool
	bell   chan struct{}
}

func newSleeper() sleeper { return sleeper{new(atomic.Bool), make(chan struct{}, 1)} }

// wait returns once ready returns true: it spins, then sleeps until wake. Whoever makes ready
// return true must call wake afterwards. wait stores asleep and then calls ready; wake comes after
// ready's store and loads asleep. So at least one of them sees the other's store.
func (s *sleeper) wait(ready func() bool) {
	for !spinUntil(ready) {
		s.asleep.Store(true)
		if ready() && s.asleep.Swap(false) {
			return
		}
		<-s.bell
	}
}

// spinUntil calls ready again and again for a while, and reports whether it returned true. It
// yields often, so that threads do not starve each other where they outnumber the processors.
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

// wake wakes the thread if it sleeps.
func (s *sleeper) wake() {
	if s.asleep.Load() && s.asleep.Swap(false) {
		s.bell <- struct{}{}
	}
}
