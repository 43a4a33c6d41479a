package train

import (
	"cmp"
	"context"
	"runtime"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
)

// Follow gives the settings of a new run that follow its pictures, the machine and the time that it may take, 0 if
// nobody has said, their values, but for those that are named. It returns the zero Facts where nothing follows, and
// otherwise what the settings follow.
func Follow(
	ctx context.Context, c *config.Config, d time.Duration, named func(key string) bool,
) (f config.Facts, err error) {
	if !c.Follows(named) {
		return f, nil
	}
	opt := dataset.OptionsFor(c)
	opt.Progress = func(int, int) error { return ctx.Err() }
	if f, err = dataset.Survey(c, opt); err != nil {
		return f, err
	}
	f.Time, f.Cores = d, cmp.Or(c.Threads, runtime.GOMAXPROCS(0))
	c.Follow(f, named)
	c.FollowLength(0, named)
	return f, nil
}
