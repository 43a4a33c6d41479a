// The command lines of trainings that a page starts.

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"dcgan/internal/launch"
)

// launcher is the web.Control of a page.
type launcher struct{ *launch.Launcher }

// Train starts a new run, in a folder with the name of the data. The command line
// that it makes is checked as a person's is.
func (l launcher) Train(ctx context.Context, data, recipe string, settings map[string]string) (dir string, err error) {
	if data, err = expandHome(data); err != nil {
		return "", err
	}
	return l.Begin(ctx, runName(data), func(dir string) []string {
		args := []string{"train", "--quiet", "--out", dir, "--recipe=" + recipe}
		for _, key := range slices.Sorted(maps.Keys(settings)) {
			args = append(args, flagWord(key)+"="+settings[key])
		}
		if data != "" {
			args = append(args, "--", data)
		}
		return args
	})
}

// expandHome puts the person's folder for a ~ at the beginning, as a shell does.
func expandHome(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path, nil
	}
	home, err := os.UserHomeDir()
	return home + rest, err
}

// Resume continues a run.
func (l launcher) Resume(ctx context.Context, dir string, steps int) error {
	args := []string{"resume", "--quiet"}
	if steps != 0 {
		args = append(args, "--steps="+strconv.Itoa(steps))
	}
	return l.GoOn(ctx, dir, append(args, "--", dir))
}

// farewell says which trainings go on without the page.
func (l launcher) farewell(stderr io.Writer) {
	for _, t := range l.Trainings() {
		if t.Err == nil {
			fmt.Fprintf(stderr, "the training of %s goes on; dcgan stop %s ends it\n", t.Dir, quoted(t.Dir))
		}
	}
}
