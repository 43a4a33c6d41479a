package train

// What to know before the first step.

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/gan"
)

// Numbers of pictures below which a training needs a word.
const (
	fewPictures     = 1000
	veryFewPictures = 100
)

// FewText says what to expect of a set of n pictures and what helps, "" where that are enough.
func FewText(n int) config.Text {
	switch {
	case n < veryFewPictures:
		return config.Textf("%d pictures are very few: expect them again with small changes, not new ones. More pictures "+
			"help most, then beginning with a run on similar ones, then {mirror} true where left and right do not matter", n)
	case n < fewPictures:
		return config.Textf("%d pictures are few: expect less variety than they have. More pictures help most, then "+
			"beginning with a run on similar ones, then {mirror} true where left and right do not matter", n)
	}
	return config.Text{}
}

const (
	// tooLong is when a training that nobody has given a time is said to take long.
	tooLong = 24 * time.Hour
	// tooOften is how often a picture is shown before a discriminator without strong augmentation knows it by heart.
	tooOften = 20_000
	// coreFlop is about how many operations a core makes in a second. It decides whether steps are measured, and
	// stands in for that where a step takes longer than anybody waits for a word.
	coreFlop = 40e9
	longStep = 10 * time.Second
)

// Foolish returns what a training would waste, for people, or "" if there is no reason for a word: a time that nobody
// waits for, or pictures shown too often. It measures steps only where their number of operations gives a reason.
func Foolish(ctx context.Context, c *config.Config, set *dataset.Set) (string, error) {
	often := float64(c.Steps) * float64(c.Batch) / float64(set.Len())
	cores := cmp.Or(c.Threads, runtime.GOMAXPROCS(0))
	stepS := float64(gan.NewModel(c).StepFlop(c)) / (coreFlop * float64(cores))
	if stepS*float64(c.Steps) > tooLong.Seconds()/4 && stepS < longStep.Seconds() {
		var err error
		if stepS, err = StepTime(ctx, c, set); err != nil {
			return "", err
		}
	}
	takes := stepS * float64(c.Steps)
	text := ""
	if takes > tooLong.Seconds() {
		text = fmt.Sprintf("%d steps take about %.1f days here", c.Steps, takes/(24*3600))
	}
	if often > tooOften && c.Augment != config.AugmentDiff && c.Augment != config.AugmentMild {
		if text != "" {
			text += ", and "
		}
		text += fmt.Sprintf("each of the %d pictures is shown %.0f times", set.Len(), often)
	}
	return text, nil
}
