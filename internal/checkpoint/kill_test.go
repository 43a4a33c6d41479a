// Tests that kill a process: the test binary started again, with the variable
// childRun telling it what to do.

package checkpoint

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dcgan/internal/gan"
)

const childRun = "CHECKPOINT_TEST_RUN" // the run's folder

func TestMain(m *testing.M) {
	if run := os.Getenv(childRun); run != "" {
		fmt.Fprintln(os.Stderr, child(run))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// child says that it is ready, and goes on from the latest checkpoint as a
// training does, until it is killed.
func child(run string) error {
	fmt.Println("ready")
	dir := filepath.Join(run, "checkpoints")
	latest, err := Latest(dir)
	if err != nil {
		return err
	}
	s, err := Load(latest.Path)
	if err != nil {
		return err
	}
	r := killedRetention(s)
	if err := errors.Join(RemoveStale(dir), Prune(dir, r)); err != nil {
		return err
	}
	for {
		s.Step++
		if _, err := Save(dir, s); err != nil {
			return err
		}
		if err := Prune(dir, r); err != nil {
			return err
		}
	}
}

// killedRetention is the retention in the test of kills. It keeps the weights of every
// third step, within a budget of three full checkpoints and some weights.
func killedRetention(s *Snapshot) *Retention {
	r := &Retention{
		Keep: 2, KeepBest: 1, Score: map[int]float64{}, WeightsEvery: 3,
		FullSize: Size(gan.NewModel(s.Config), true), WeightsSize: Size(gan.NewModel(s.Config), false),
	}
	r.Budget = 3*r.FullSize + 5*r.WeightsSize
	for step := 0; step < 1e5; step += 50 {
		r.Score[step] = -float64(step) // each better than the one before
	}
	return r
}

// start runs a child until it is ready; kill ends it, as kill -9 does.
func start(t *testing.T, run string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRun+"="+run)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the child says %q (%v)", line, err)
	}
	return func() {
		cmd.Process.Kill()
		io.Copy(io.Discard, out)
		cmd.Wait()
	}
}

// A training is killed at random instants while it saves and prunes in a loop. Every
// checkpoint that it leaves is complete and of the kind that its name says, and all
// files together are within the budget. The newest step never decreases, and a step
// whose weights are to stay always has one of the two kinds.
func TestKilledWhileSaving(t *testing.T) {
	run := t.TempDir()
	dir := filepath.Join(run, "checkpoints")
	first := tiny(t, 8)
	if _, err := Save(dir, first); err != nil {
		t.Fatal(err)
	}
	step := first.Step
	for range 15 {
		kill := start(t, run)
		time.Sleep(rand.N(40 * time.Millisecond))
		kill()
		list, err := List(dir)
		if err != nil || len(list) == 0 {
			t.Fatalf("checkpoints %v (%v)", list, err)
		}
		there := listed(t, dir) // and whole
		latest, err := Latest(dir)
		if err != nil || latest.Step < step {
			t.Errorf("step %d is gone, there are %s", step, there)
		}
		step = latest.Step
		third := (step - 1) / 3 * 3
		isThird := func(e Entry) bool { return e.Step == third }
		if third > first.Step && !slices.ContainsFunc(list, isThird) {
			t.Errorf("step %d is gone, there are %s", third, there)
		}
		if used, budget := bytesIn(t, dir), killedRetention(first).Budget; used > budget {
			t.Errorf("%s take %d bytes, more than %d", there, used, budget)
		}
	}
	if step == first.Step {
		t.Error("no child has saved anything")
	}
	if err := RemoveStale(dir); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// bytesIn is the size of all files in dir.
func bytesIn(t *testing.T, dir string) (n int64) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}
