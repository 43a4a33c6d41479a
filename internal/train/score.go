// The scores of a training while it goes on.

package train

import (
	"context"

	"dcgan/internal/run"
	"dcgan/internal/score"
)

// score scores the pictures of a step. It returns nil if ctx is cancelled meanwhile. It
// does not disturb the training: its random numbers are functions of other seeds.
func (s *session) score(ctx context.Context, step int) (*score.Scores, error) {
	if err := s.calibrate(step); err != nil {
		return nil, err
	}
	scores, err := s.scorer.score(ctx, s)
	if err != nil && ctx.Err() != nil {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	s.distance[step] = scores.Distance()
	return scores, nil
}

// best reports whether a step has the best scores of the run so far. Of a single score
// that would say nothing.
func (s *session) best(step int) bool {
	d, ok := s.distance[step]
	ok = ok && len(s.distance) > 1
	for _, other := range s.distance {
		ok = ok && d <= other
	}
	return ok
}

// makeUp scores the step that the run stands at if a stop came before its score, and
// changes the line of metrics.jsonl to what it would have been.
func (s *session) makeUp(ctx context.Context) error {
	if _, ok := s.distance[s.Step]; ok || s.Step == 0 || s.scoreEvery == 0 || s.Step%s.scoreEvery != 0 {
		return nil
	}
	scores, err := s.score(ctx, s.Step)
	if err != nil || scores == nil {
		return err
	}
	if s.monitor, err = run.Monitor(s.Dir, s.Config, s.Step-1); err != nil {
		return err
	}
	return s.log.Amend(s.Step, func(m *run.Metrics) {
		m.Scores = scores
		m.Alarms = s.monitor.Observe(m.Figures())
	})
}

// Scorer scores generators against one set of pictures, which it measures once.
type Scorer struct {
	N    int               // number of generated pictures, and at most of real ones
	Data *run.MeasuredData // nil until the first score
}

// score compares the pictures of seeds 0 to N-1 with the data of the session.
func (sc *Scorer) score(ctx context.Context, s *session) (*score.Scores, error) {
	c := s.Config
	if sc.Data == nil {
		e, err := score.Embedded()
		if err != nil {
			return nil, err
		}
		if sc.Data, err = run.MeasureData(ctx, s.Dir, e, s.pictures, c, sc.N); err != nil {
			return nil, err
		}
	}
	seeds := make([]int, sc.N)
	for i := range seeds {
		seeds[i] = i
	}
	painter := &Painter{Model: s.Model, Generate: s.engine.Generate, Rounding: c.Rounding}
	sample, err := sc.Data.Extractor.Measure(ctx, painter, seeds, run.Form(c))
	if err != nil {
		return nil, err
	}
	scores, _, err := score.Compare(sc.Data.Sample, sample, c.Threads)
	return scores, err
}
