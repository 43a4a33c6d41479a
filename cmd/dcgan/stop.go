// dcgan stop: a training ends as with Ctrl-C, from another terminal.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"dcgan/internal/config"
	"dcgan/internal/run"
)

func newStop() *cobra.Command {
	return &cobra.Command{
		Use:   "stop RUN",
		Short: "Let the training of a run save and end, wherever it was started",
		Long: `Ask the process that trains in a run folder to finish the running step, save and
end, as Ctrl-C at its terminal does, and wait until it has. It makes no difference
whether a terminal or a page started it.`,
		Example: `  dcgan stop runs/photos
  dcgan resume runs/photos       go on from there`,
		Args: arguments(1, 1, "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return stopTraining(cmd.Context(), args[0], cmd.ErrOrStderr())
		},
	}
}

func stopTraining(ctx context.Context, dir string, stderr io.Writer) error {
	if !run.Exists(dir) {
		return config.Hint(fmt.Errorf("%s is no run", dir), "name a run folder, such as runs/demo")
	}
	err := run.Stop(ctx, dir)
	if errors.Is(err, run.ErrNotTraining) {
		return config.Hint(err, "dcgan resume "+quoted(dir)+" would train it")
	} else if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "the training of %s has saved and ended\n", dir)
	return nil
}
