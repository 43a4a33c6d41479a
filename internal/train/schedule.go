// When a training is scored.

package train

import (
	"math"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/run"
	"dcgan/internal/score"
)

// How often a training is scored unless the settings say. Work is counted, not timed,
// so that every machine scores the same steps.
const (
	scoreShare      = 0.03  // largest share of scores in the training's work
	scorePictureOps = 0.8e9 // operations of the training in the time that measuring a picture takes
)

// scoreEvery returns the number of steps between scores, 0 for no scores. Fewer pictures
// of the data than score.Least can't be compared.
func scoreEvery(c *config.Config, m *gan.Model, pictures int) int {
	if pictures < score.Least {
		return 0
	}
	if c.ScoreEvery != 0 {
		return max(c.ScoreEvery, 0)
	}
	between := float64(c.CheckpointEvery) * float64(m.StepFlop(c))
	return c.CheckpointEvery * int(math.Ceil(scoreOps(m)/(scoreShare*between)))
}

// scoreOps returns the operations of a score.
func scoreOps(m *gan.Model) float64 {
	return run.ScoreN * (scorePictureOps + float64(m.PictureFlop()))
}
