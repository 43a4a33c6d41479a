package train

import (
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/run"
)

// timed trains a new run that should end after a time, on a machine whose step k takes pace(k). It returns the
// run's folder and how long the training took.
func timed(
	t *testing.T, c *config.Config, d time.Duration, pace func(step int) time.Duration,
) (dir string, took time.Duration) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "run")
	r, err := run.Create(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	began := time.Unix(0, 0)
	clock := began
	training := &Training{
		Engine: newFake(c), Pictures: pictures(t), End: began.Add(d), now: func() time.Time { return clock },
		Report: func(p Progress) { clock = clock.Add(pace(p.Step)) },
	}
	if err := training.Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return dir, clock.Sub(began)
}

func constant(d time.Duration) func(int) time.Duration {
	return func(int) time.Duration { return d }
}

// A training ends when it should, with the schedule of its steps, whatever was planned before its first step and
// whatever the machine does. Its config.json replays it without a clock.
func TestTrainingEndsInTime(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps int // planned before the first
		pace  func(step int) time.Duration
		plans int // at most
	}{
		{"as planned", 200, constant(time.Second), 0},
		{"twice as fast", 100, constant(time.Second), 1},
		{"much slower", 20_000, constant(time.Second), 1},
		{"much faster", 10, constant(time.Second), 4},
		{"others take the machine half way", 200, func(step int) time.Duration {
			if step > 100 {
				return 2 * time.Second
			}
			return time.Second
		}, 4},
		{"uneven", 200, func(step int) time.Duration { return time.Duration(500+step*617%1000) * time.Millisecond }, 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := tiny(t)
			c.Schedule, c.ScoreEvery, c.SampleEvery, c.CheckpointEvery = config.ScheduleCosine, -1, 100, 100
			c.Steps = test.steps
			dir, took := timed(t, c, 200*time.Second, test.pace)
			if off := math.Abs(took.Seconds()/200 - 1); off > 0.04 {
				t.Errorf("it took %s, for %s", took, 200*time.Second)
			}
			if len(c.Plans) > test.plans {
				t.Errorf("planned anew %d times: %v", len(c.Plans), c.Plans)
			}
			if at, end := c.RatesAt(c.Steps).LRD, c.LRD*c.LREnd; math.Abs(at/end-1) > 1e-9 {
				t.Errorf("the last step's rate is %g, want the schedule's end %g", at, end)
			}
			replayed, err := config.Parse(c.JSON())
			if err != nil {
				t.Fatal(err)
			}
			again, err := create(t, replayed, newFake(replayed), 0)
			if err != nil {
				t.Fatal(err)
			}
			sameContents(t, contents(t, again), contents(t, dir))
		})
	}
}

// No time is left: the step that comes is the last, and is kept.
func TestTrainingWithoutTime(t *testing.T) {
	c := tiny(t)
	c.Steps, c.ScoreEvery = 100, -1
	dir, _ := timed(t, c, time.Second, constant(time.Minute))
	if got := steps(t, dir); !slices.Equal(got, []int{2}) {
		t.Errorf("checkpoints %v", got)
	}
}

func TestStepsIn(t *testing.T) {
	for _, test := range []struct {
		d     time.Duration
		stepS float64
		want  int
	}{{105 * time.Second, 1, 100}, {time.Second, 60, 1}, {8 * time.Hour, 1e-12, 1 << 40}} {
		if got := StepsIn(test.d, test.stepS); got != test.want {
			t.Errorf("%s at %g seconds: %d steps, want %d", test.d, test.stepS, got, test.want)
		}
	}
}
