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

// Pool runs lists of tasks on a fixed number of threads. Each thread has a share of a
// list, in order, and takes what is left of the others' once it is through: which thread
// runs which task varies, and results must not depend on it. Lists over the same pictures
// in the same order mostly find on each core what it wrote before.
type Pool struct {
	unfinished counter // tasks not yet finished
	lists      counter // published so far
	shares     []share // a thread's each

	task    func(worker, i int)
	running atomic.Bool
	closed  atomic.Bool
	caller  sleeper
	workers []sleeper // all threads but the caller of Run
	exited  sync.WaitGroup
}

// share is the tasks from..to-1, that nobody has taken yet, in one number. A thread
// owns a task once it has taken it by a compare-and-swap; so a thread that owns a task
// may read Pool.task, and no other may.
type share struct{ counter }

// counter is a number that changes often: a cache line for it alone.
type counter struct {
	atomic.Int64
	_ [56]byte
}

func (s *share) set(from, to int) { s.Store(int64(from)<<32 | int64(to)) }

// first takes the first task, which is the owner's way.
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

// last takes the last task, which is what the owner would come to latest.
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

// NewPool starts a pool of that many threads, of which the caller of Run is one.
// Close ends it.
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
	p.task = task
	p.unfinished.Store(int64(n))
	threads := p.Threads()
	for i := range p.shares { // the caller's is the largest: it is awake
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

// work is the life of one worker.
func (p *Pool) work(worker int) {
	for !p.closed.Load() {
		done := p.lists.Load()
		p.drain(worker)
		p.workers[worker-1].wait(func() bool { return p.lists.Load() != done || p.closed.Load() })
	}
}

// drain runs tasks until none is left to take.
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
	if s.asleep.Load() && s.asleep.Swap(false) {
		s.bell <- struct{}{}
	}
}
