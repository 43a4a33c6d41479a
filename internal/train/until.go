// How a training ends at a time that was asked for.

package train

import (
	"context"
	"fmt"
	"math"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
)

// looks are the shares of a session's time, or of its steps, at which it looks whether the steps that are left take
// the time that is left. They are close where little time is left to mend what turns out wrong.
var looks = []float64{0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98}

// onTime is the share of a session's time by which its end may be off without a new plan.
const onTime = 0.03

// overhead is how much longer a training takes than its steps: sheets, scores and checkpoints.
const overhead = 1.05

// StepsIn returns how many steps fit into a time, one at least, where a step takes stepS seconds.
func StepsIn(d time.Duration, stepS float64) int {
	return max(1, int(math.Min(d.Seconds()/(stepS*overhead), 1<<40)))
}

// PlanUntil plans a run that has made step steps for as many more as fit into the time until end. It measures some
// steps and returns how long one takes, in seconds.
func PlanUntil(
	ctx context.Context, c *config.Config, set *dataset.Set, step int, end time.Time,
) (stepS float64, err error) {
	if stepS, err = stepTime(ctx, c, set, min(timingSpan, time.Until(end)/50)); err != nil {
		return 0, err
	}
	c.Replan(step, step+StepsIn(time.Until(end), stepS))
	return stepS, nil
}

// until plans a session anew where its machine is slower or faster than was planned with. Every plan is in
// config.json before a step depends on it: the time decides how long a run is, and never what its replay learns.
type until struct {
	end  time.Time // zero for none
	now  func() time.Time
	next int // of looks

	began mark
	marks []mark // its looks, the beginning first
}

// mark is how far a run is at a time.
type mark struct {
	at   time.Time
	step int // made
}

// begin notes that a session begins after a step.
func (u *until) begin(step int) {
	u.began, u.next = mark{u.now(), step}, 0
	u.marks = []mark{u.began}
}

// plan returns how many steps the run should have in all for the session to end in time, after step of steps. It
// returns steps where they do, or where it is no time to look.
func (u *until) plan(step, steps int) int {
	if u.end.IsZero() || step == u.began.step || u.next == len(looks) {
		return steps
	}
	now := mark{u.now(), step}
	all := u.end.Sub(u.began.at).Seconds()
	share := max(now.at.Sub(u.began.at).Seconds()/all, float64(step-u.began.step)/float64(steps-u.began.step))
	if share < looks[u.next] {
		return steps
	}
	for u.next < len(looks) && share >= looks[u.next] {
		u.next++
	}
	pace := u.pace(now)
	u.marks = append(u.marks, now)
	left := u.end.Sub(now.at).Seconds()
	if late := pace*float64(steps-step) - left; math.Abs(late) <= onTime*all {
		return steps
	}
	return step + max(1, int(math.Min(left/pace, 1<<40)))
}

// pace returns what a step has taken in seconds since a look in the first half of the session, or its beginning: long
// enough for sheets and scores to count as often as they come.
func (u *until) pace(now mark) float64 {
	since := u.began
	for _, m := range u.marks {
		if m.step < now.step && m.at.Sub(u.began.at) <= now.at.Sub(u.began.at)/2 {
			since = m
		}
	}
	return now.at.Sub(since.at).Seconds() / float64(now.step-since.step)
}

// replan keeps to the time that was asked for, before the next step. It returns a note for people where that took
// another number of steps.
func (s *session) replan() (notes []string, err error) {
	steps := s.until.plan(s.Step, s.Config.Steps)
	if steps == s.Config.Steps {
		return nil, nil
	}
	s.Config.Replan(s.Step, steps)
	if err := s.WriteConfig(); err != nil {
		return nil, fmt.Errorf("write the plan of step %d: %w", s.Step+1, err)
	}
	return []string{fmt.Sprintf("planned for %d steps, to end in the time that is left", steps)}, nil
}
