// What scores need of the training data. A run caches it, so that it is measured once.

package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/score"
)

// ScoreN is the number of generated pictures, those of seeds 0 to 999, that the scores
// of a training compare with real ones, of which they take at most as many. A sweep may
// use another number.
const ScoreN = 1000

// MeasuredData is a selection of real pictures, measured for scores.
type MeasuredData struct {
	Extractor *score.Extractor
	Chosen    []int // indices into the set
	Sample    *score.Sample
	Floor     *score.Floor // nil if there are too few pictures
}

// FeaturesFile returns the path of the cached features of n real pictures.
func FeaturesFile(dir string, n int) string {
	return filepath.Join(dir, fmt.Sprintf("data-features-%d.bin", n))
}

// MeasureData measures n pictures of a set, or all if there are fewer. The run in dir
// caches their features and their floor, unless dir is "".
func MeasureData(ctx context.Context, dir string, e *score.Extractor, set *dataset.Set,
	c *config.Config, n int) (*MeasuredData, error) {
	r := &MeasuredData{Extractor: e, Chosen: score.Choose(set.Len(), n)}
	key := featuresKey(e, set.Fingerprint(), c, len(r.Chosen))
	file := FeaturesFile(dir, n)
	var known []float32
	if dir != "" {
		if data, err := os.ReadFile(file); err == nil {
			known, r.Floor = score.DecodeFeatures(key, data)
		}
	}
	var err error
	if r.Sample, err = e.MeasureKnown(ctx, set, r.Chosen, Form(c), known); err != nil || known != nil {
		return r, err
	}
	if r.Floor, err = score.NewFloor(r.Sample, c.Threads); err != nil {
		return nil, err
	}
	if dir != "" {
		// An error does not matter: a run that this process may only read gets no cache.
		_ = atomicfile.WriteBytes(file, 0o666, score.EncodeFeatures(key, r.Sample.Features, r.Floor))
	}
	return r, nil
}

// featuresKey identifies the features of n pictures of a set, prepared by the settings.
func featuresKey(e *score.Extractor, fingerprint string, c *config.Config, n int) score.Key {
	return score.Key{
		Extractor: e.Name, Data: fingerprint, N: n, Dim: e.Dim, Which: "drawn",
		Form: fmt.Sprint(c.Size, c.Channels, c.Fit, c.Filter, c.Background),
	}
}

// CachedFeatures returns the features of a checkpoint's training data that the run in
// dir has cached, or nil. With them the data itself is not needed.
func CachedFeatures(dir string, e *score.Extractor, s *checkpoint.Snapshot) []float32 {
	file, err := os.ReadFile(FeaturesFile(dir, ScoreN))
	if err != nil {
		return nil
	}
	found, _ := score.KeyOf(file)
	if found.N < 1 || found.N > ScoreN {
		return nil
	}
	features, _ := score.DecodeFeatures(featuresKey(e, s.Data, s.Config, found.N), file)
	return features
}

// Floor returns the floor of the scores that the training of the run in dir has computed
// from ScoreN samples, or nil if it has none.
func Floor(dir string) *score.Floor {
	file, err := os.ReadFile(FeaturesFile(dir, ScoreN))
	if err != nil {
		return nil
	}
	k, _ := score.KeyOf(file)
	_, floor := score.DecodeFeatures(k, file)
	if floor == nil {
		return nil
	}
	return floor.For(ScoreN, k.N)
}

// DataFeatures returns the features of the pictures of a set that scores compare with
// during a training. The run in dir caches them, unless dir is "".
func DataFeatures(ctx context.Context, dir string, e *score.Extractor, set *dataset.Set,
	c *config.Config) ([]float32, error) {
	r, err := MeasureData(ctx, dir, e, set, c, ScoreN)
	if err != nil {
		return nil, err
	}
	return r.Sample.Features, nil
}

// Form returns what scores need to know about the pictures of a run.
func Form(c *config.Config) score.Form {
	return score.Form{Size: c.Size, Channels: c.Channels, Threads: c.Threads}
}
