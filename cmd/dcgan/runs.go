// dcgan runs: the runs there are, their checkpoints and how good these are.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"dcgan/internal/alarm"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/run"
	"dcgan/internal/score"
)

// runsFlags are those of dcgan runs.
type runsFlags struct{ json bool }

func newRuns() *cobra.Command {
	f := &runsFlags{}
	cmd := &cobra.Command{
		Use:   "runs [FOLDER|RUN]",
		Short: "List runs and their checkpoints with their scores",
		Long: `List the runs in a folder, or one run: each checkpoint with the scores that it was
given while training, then the alarms that rang. The best, of the least product of kid
and swd, is what generate and rewind take by themselves. A full checkpoint makes
pictures and can be gone back to, and resume goes on from the newest; one of weights
only, a third of its size, makes pictures.`,
		Example: `  dcgan runs                    those in the folder runs
  dcgan runs runs/photos --json`,
		Args: arguments(0, 1, "FOLDER|RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := runsFolder
			if len(args) > 0 {
				dir = args[0]
			}
			return f.run(dir, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

// listedRun is a run as runs prints it.
type listedRun struct {
	Run         string             `json:"run"`
	Data        string             `json:"data"`
	Steps       int                `json:"steps"` // to reach in all
	Parent      string             `json:"parent,omitempty"`
	ParentStep  int                `json:"parent_step,omitempty"`
	Checkpoints []listedCheckpoint `json:"checkpoints"`
	Alarms      []alarm.Episode    `json:"alarms,omitempty"`
}

type listedCheckpoint struct {
	Step   int           `json:"step"`
	Path   string        `json:"path"`
	Bytes  int64         `json:"bytes"`
	Full   bool          `json:"full"` // false: of weights only, for pictures
	Best   bool          `json:"best"`
	Newest bool          `json:"newest"`
	Scores *score.Scores `json:"scores,omitempty"`
}

func (f *runsFlags) run(dir string, stdout io.Writer) error {
	dirs, err := runFolders(dir)
	if err != nil {
		return err
	}
	list := []*listedRun{}
	var broken error // of the runs that can't be read: they hide no other
	for _, d := range dirs {
		r, err := listRun(d)
		if err != nil {
			broken = errors.Join(broken, err)
			continue
		}
		list = append(list, r)
	}
	if f.json {
		return errors.Join(json.NewEncoder(stdout).Encode(list), broken)
	}
	for _, r := range list {
		if err := r.print(stdout); err != nil {
			return err
		}
	}
	return broken
}

// runFolders is dir, if it is a run, or else the runs in it.
func runFolders(dir string) ([]string, error) {
	if run.Exists(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		if d := filepath.Join(dir, e.Name()); run.Exists(d) {
			list = append(list, d)
		}
	}
	if len(list) == 0 {
		return nil, config.Hint(fmt.Errorf("there is no run in %s", dir), "dcgan train makes one")
	}
	return list, nil
}

func listRun(dir string) (*listedRun, error) {
	r := &listedRun{Run: dir, Checkpoints: []listedCheckpoint{}}
	if text, err := os.ReadFile(filepath.Join(dir, "config.json")); err == nil {
		c, err := config.ParseRun(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		r.Data, r.Steps, r.Parent, r.ParentStep = c.Data, c.Steps, c.Parent, c.ParentStep
	}
	var err error
	if r.Alarms, err = run.Alarms(dir); err != nil {
		return nil, err
	}
	list, err := checkpoint.List(run.Checkpoints(dir))
	if err != nil {
		return nil, err
	}
	scores, err := run.Scores(dir)
	if err != nil {
		return nil, err
	}
	best, _, err := run.Best(dir)
	if err != nil && !errors.Is(err, checkpoint.ErrNone) {
		return nil, err
	}
	newest, err := checkpoint.Latest(run.Checkpoints(dir))
	if err != nil && !errors.Is(err, checkpoint.ErrNone) {
		return nil, err
	}
	for _, e := range list {
		info, err := os.Stat(e.Path)
		if err != nil { // a training that goes on has deleted it
			continue
		}
		r.Checkpoints = append(r.Checkpoints, listedCheckpoint{
			Step: e.Step, Path: e.Path, Bytes: info.Size(), Full: e.Full,
			Best: e.Path == best.Path, Newest: e.Path == newest.Path, Scores: scores[e.Step],
		})
	}
	return r, nil
}

func (r *listedRun) print(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s, %d steps", r.Run, dataName(r.Data), r.Steps)
	if r.Parent != "" {
		fmt.Fprintf(w, ", from step %d of %s", r.ParentStep, r.Parent)
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Checkpoints {
		scores := "not scored"
		if s := c.Scores; s != nil {
			scores = fmt.Sprintf("kid %.4f\tswd %.1f\tfd %.1f\tcoverage %.2f", s.KID, s.SWD, s.FD, s.Coverage)
		}
		fmt.Fprintf(t, "  step %d\t%s\t%s\t%s\t%s\n", c.Step, config.BytesText(c.Bytes), c.can(), scores, c.marks())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, a := range r.Alarms {
		until := ""
		if a.To > 0 {
			until = fmt.Sprintf(" to %d", a.To)
		}
		fmt.Fprintf(w, "  alarm %s from step %d%s: %s\n", a.Name, a.From, until, a.Seen)
	}
	return nil
}

// can says what a checkpoint is good for.
func (c *listedCheckpoint) can() string {
	if c.Full {
		return "rewind, pictures"
	}
	return "pictures only"
}

func (c *listedCheckpoint) marks() string {
	var marks []string
	if c.Best {
		marks = append(marks, "best")
	}
	if c.Newest {
		marks = append(marks, "newest: resume goes on here")
	}
	return strings.Join(marks, ", ")
}
