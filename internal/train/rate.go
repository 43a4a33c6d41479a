// The scores of a training: how often, of which pictures, and which checkpoints
// they call the best.

package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/gan"
	"dcgan/internal/picture"
	"dcgan/internal/score"
	"dcgan/internal/tensor"
)

// scoreN is the number of generated pictures, those of seeds 0 to 999, and at most
// of real ones, that scores of a training compare, unless a sweep says otherwise.
const scoreN = 1000

// The rule of how often a training is scored without being told. Work is counted,
// not timed, so that every machine scores the same steps.
const (
	scoreShare      = 0.03  // of the training's work, at most
	scorePictureOps = 0.8e9 // what looking at a picture takes, in operations as fast as the training's
)

// scoreEvery is the number of steps between scores, 0 for none: so few pictures of the
// data as score.Least tells make no distance.
func scoreEvery(c *config.Config, m *gan.Model, pictures int) int {
	if pictures < score.Least {
		return 0
	}
	if c.ScoreEvery != 0 {
		return max(c.ScoreEvery, 0)
	}
	between := float64(c.CheckpointEvery) * float64(m.StepFlop(c.Batch, c.GenUpdates))
	return c.CheckpointEvery * int(math.Ceil(scoreOps(m)/(scoreShare*between)))
}

// scoreOps is what a score takes, in operations as fast as the training's.
func scoreOps(m *gan.Model) float64 { return scoreN * (scorePictureOps + paintOps(m)) }

// paintOps is the operations that the generator makes for a picture.
func paintOps(m *gan.Model) float64 {
	var ops int64
	for i := range m.Generator {
		ops += 2 * m.Generator[i].Multiplies()
	}
	return float64(ops)
}

// Painter is a trained generator as a set of pictures: that of index i is the
// picture of seed First+i, rounded as its file would be. Indices follow one another.
type Painter struct {
	Model    *gan.Model
	Generate func(z *tensor.Tensor, statistics string) (*tensor.Tensor, error)
	Rounding string
	First    uint64
}

// Batch fills dst with the pictures of the indices.
func (p *Painter) Batch(dst *tensor.Tensor, indices []int) error {
	for i, seed := range indices {
		if seed != indices[0]+i {
			return errors.New("paint pictures: seeds out of order")
		}
	}
	pictures, err := p.Generate(p.Model.PictureZ(p.First+uint64(indices[0]), len(indices)), config.StatisticsCalibrated)
	if err != nil {
		return err
	}
	for i, v := range pictures.Data {
		dst.Data[i] = picture.Value(picture.Byte(v, p.Rounding))
	}
	return nil
}

// Reals are real pictures that have been measured.
type Reals struct {
	Extractor *score.Extractor
	Chosen    []int // which pictures of the set
	Sample    *score.Sample
}

// featuresFile keeps the features of n real pictures.
func featuresFile(dir string, n int) string {
	return filepath.Join(dir, fmt.Sprintf("data-features-%d.bin", n))
}

// MeasureData measures n pictures of a set, or all there are. Their features are
// taken from a file of the run in dir, or kept there, unless dir is "".
func MeasureData(ctx context.Context, dir string, e *score.Extractor, set *dataset.Set, c *config.Config, n int) (*Reals, error) {
	r := &Reals{Extractor: e, Chosen: score.Choose(set.Len(), n)}
	key := featuresKey(e, set.Fingerprint(), c, len(r.Chosen))
	file := featuresFile(dir, n)
	var known []float32
	if dir != "" {
		if data, err := os.ReadFile(file); err == nil {
			known = score.DecodeFeatures(key, data)
		}
	}
	var err error
	if r.Sample, err = e.MeasureKnown(ctx, set, r.Chosen, formOf(c), known); err != nil {
		return nil, err
	}
	if dir != "" && known == nil {
		// In a run that is only to be read, as somebody else's, they are measured each time.
		_ = atomicfile.WriteBytes(file, 0o666, score.EncodeFeatures(key, r.Sample.Features))
	}
	return r, nil
}

// featuresKey says what the features of n pictures of data, as the settings take them, are of.
func featuresKey(e *score.Extractor, fingerprint string, c *config.Config, n int) score.Key {
	return score.Key{
		Extractor: e.Name, Data: fingerprint, N: n, Dim: e.Dim, Which: "drawn",
		Form: fmt.Sprint(c.Size, c.Channels, c.Fit, c.Filter, c.Background),
	}
}

// KeptFeatures are those that the run in dir keeps of the data of a checkpoint's
// training, so that the data need not be there; nil where it keeps none.
func KeptFeatures(dir string, e *score.Extractor, s *checkpoint.Snapshot) []float32 {
	file, err := os.ReadFile(featuresFile(dir, scoreN))
	if err != nil {
		return nil
	}
	found, _ := score.KeyOf(file)
	if found.N < 1 || found.N > scoreN {
		return nil
	}
	return score.DecodeFeatures(featuresKey(e, s.Data, s.Config, found.N), file)
}

// DataFeatures measures the pictures of a set as scores while training do. The run in
// dir keeps the features, unless dir is "".
func DataFeatures(ctx context.Context, dir string, e *score.Extractor, set *dataset.Set, c *config.Config) ([]float32, error) {
	r, err := MeasureData(ctx, dir, e, set, c, scoreN)
	if err != nil {
		return nil, err
	}
	return r.Sample.Features, nil
}

func formOf(c *config.Config) score.Form {
	return score.Form{Size: c.Size, Channels: c.Channels, Threads: c.Threads}
}

// rate scores the pictures of a step; nil if ctx is cancelled meanwhile. It draws
// nothing that the training draws: its random numbers are functions of other seeds.
func (s *session) rate(ctx context.Context, step int) (*score.Scores, error) {
	if err := s.calibrate(step); err != nil {
		return nil, err
	}
	scores, err := s.compare(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	s.distance[step] = scores.Distance()
	return scores, nil
}

// best tells whether a step has the best scores that the run has had.
func (s *session) best(step int) bool {
	d, ok := s.distance[step]
	for _, other := range s.distance {
		ok = ok && d <= other
	}
	return ok
}

// makeUp scores the step that the run stands at if a stop has cut its score off, and
// says of it in metrics.jsonl what would have been said then.
func (s *session) makeUp(ctx context.Context) error {
	if _, ok := s.distance[s.Step]; ok || s.Step == 0 || s.scoreEvery == 0 || s.Step%s.scoreEvery != 0 {
		return nil
	}
	scores, err := s.rate(ctx, s.Step)
	if err != nil || scores == nil {
		return err
	}
	if s.monitor, err = monitorUntil(s.Dir, s.Config, s.Step-1); err != nil {
		return err
	}
	return s.log.Amend(s.Step, func(m *Metrics) {
		m.Scores = scores
		m.Alarms = s.monitor.Observe(m.Figures())
	})
}

func (s *session) compare(ctx context.Context) (*score.Scores, error) {
	c := s.Config
	if s.reals == nil {
		e, err := score.Embedded()
		if err != nil {
			return nil, err
		}
		if s.reals, err = MeasureData(ctx, s.Dir, e, s.pictures, c, s.scoreN); err != nil {
			return nil, err
		}
	}
	seeds := make([]int, s.scoreN)
	for i := range seeds {
		seeds[i] = i
	}
	painter := &Painter{Model: s.Model, Generate: s.engine.Generate, Rounding: c.Rounding}
	sample, err := s.reals.Extractor.Measure(ctx, painter, seeds, formOf(c))
	if err != nil {
		return nil, err
	}
	scores, _, err := score.Compare(s.reals.Sample, sample, c.Threads)
	return scores, err
}

// Scores reads the scores of a run from its metrics.jsonl, by step.
func Scores(dir string) (map[int]*score.Scores, error) {
	text, err := os.ReadFile(metricsFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	found := map[int]*score.Scores{}
	for line := range bytes.Lines(text) {
		var m Metrics
		if bytes.Contains(line, []byte(`"kid":`)) && json.Unmarshal(line, &m) == nil && m.Scores != nil {
			found[m.Step] = m.Scores
		}
	}
	return found, err
}

// Best returns the checkpoint of the run in dir that has the least
// score.Distance, with its
// scores; ErrNone where no checkpoint has been scored.
func Best(dir string) (checkpoint.Entry, *score.Scores, error) { return bestOf(dir, false) }

// BestFull is Best among the checkpoints that a training can go on from.
func BestFull(dir string) (checkpoint.Entry, *score.Scores, error) { return bestOf(dir, true) }

func bestOf(dir string, full bool) (checkpoint.Entry, *score.Scores, error) {
	scores, err := Scores(dir)
	if err != nil {
		return checkpoint.Entry{}, nil, err
	}
	list, err := checkpoint.List(Checkpoints(dir))
	if err != nil {
		return checkpoint.Entry{}, nil, err
	}
	var best checkpoint.Entry
	for _, e := range list {
		s := scores[e.Step]
		if s != nil && (e.Full || !full) && (best.Path == "" || s.Distance() < scores[best.Step].Distance()) {
			best = e
		}
	}
	if best.Path == "" {
		return best, nil, fmt.Errorf("%w with a score in %s", checkpoint.ErrNone, dir)
	}
	return best, scores[best.Step], nil
}

// scoreValues lists scores under the names that TensorBoard has.
func scoreValues(s *score.Scores) []named {
	if s == nil {
		return nil
	}
	return []named{
		{"score/fd", s.FD}, {"score/kid", s.KID}, {"score/kid_stderr", s.KIDStderr},
		{"score/precision", s.Precision}, {"score/recall", s.Recall}, {"score/density", s.Density}, {"score/coverage", s.Coverage},
		{"score/swd", s.SWD}, {"score/near_duplicates", s.NearDuplicates}, {"score/copies", s.Copies}, {"score/sharpness", s.Sharpness},
	}
}

// distancesUntil reads how far the steps up to one that were scored are from the data.
func distancesUntil(dir string, step int) (map[int]float64, error) {
	scores, err := Scores(dir)
	maps.DeleteFunc(scores, func(s int, _ *score.Scores) bool { return s > step })
	distance := map[int]float64{}
	for s, v := range scores {
		distance[s] = v.Distance()
	}
	return distance, err
}
