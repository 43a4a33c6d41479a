// dcgan runs: the runs there are, their checkpoints and how good these are.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"dcgan/internal/config"
	"dcgan/internal/run"
)

// runsFlags are the flags of dcgan runs.
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

func (f *runsFlags) run(dir string, stdout io.Writer) error {
	dirs, err := run.Folders(dir)
	if err != nil {
		return err
	}
	if len(dirs) == 0 {
		return config.Hint(fmt.Errorf("there is no run in %s", dir), "dcgan train makes one")
	}
	list := []*run.Summary{}
	var broken error // of the runs that can't be read: they hide no other
	for _, d := range dirs {
		r, err := run.Summarize(d)
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
		if err := printRun(stdout, r); err != nil {
			return err
		}
	}
	return broken
}

func printRun(w io.Writer, r *run.Summary) error {
	fmt.Fprintf(w, "%s: %s, %d steps", r.Run, dataName(r.Data), r.Steps)
	if r.Parent != "" {
		fmt.Fprintf(w, ", from step %d of %s", r.ParentStep, r.Parent)
	}
	fmt.Fprintln(w)
	if r.Note != "" {
		fmt.Fprintf(w, "  %s\n", r.Note)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Checkpoints {
		scores := "not scored"
		if s := c.Scores; s != nil {
			scores = fmt.Sprintf("kid %.4f\tswd %.1f\tfd %.1f\tcoverage %.2f", s.KID, s.SWD, s.FD, s.Coverage)
		}
		fmt.Fprintf(t, "  step %d\t%s\t%s\t%s\t%s\n", c.Step, config.BytesText(c.Bytes), canText(c), scores, marksText(c))
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

// canText says what a checkpoint is good for.
func canText(c run.CheckpointEntry) string {
	if c.Damaged {
		return "damaged"
	}
	if c.Full {
		return "rewind, pictures"
	}
	return "pictures only"
}

func marksText(c run.CheckpointEntry) string {
	var marks []string
	if c.Best {
		marks = append(marks, "best")
	}
	if c.Newest {
		marks = append(marks, "newest: resume goes on here")
	}
	return strings.Join(marks, ", ")
}
