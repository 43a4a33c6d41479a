// Command dcgan trains a DCGAN on a folder of pictures and gives pictures back.
//
// Each subcommand has a file of its own. People read standard error, programs
// read standard output: progress, advice and errors go to the first, results
// (paths, JSON) to the second.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"dcgan/internal/launch"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2 // a flag, a value or a command that cannot be
	exitAlarm       = 3 // an alarm has ended the training, after everything was saved
	exitInterrupted = launch.Interrupted
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	context.AfterFunc(ctx, stop) // the first signal asks to end; a second ends the process at once
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// endings are the signals that ask to end: Ctrl-C, kill, and that the terminal is gone,
// unless the program was started to outlive that, as nohup does.
func endings() []os.Signal {
	if signal.Ignored(syscall.SIGHUP) {
		return []os.Signal{os.Interrupt, syscall.SIGTERM}
	}
	return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
}

// outliveListeners lets the process go on when nobody reads any more what it says: of
// "dcgan train 2>&1 | tee log" Ctrl-C ends tee at once, and the training has still to save.
func outliveListeners() { signal.Ignore(syscall.SIGPIPE) }

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	// Whatever fails before a command's own work starts is a wrong command line.
	started := false
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	err := root.ExecuteContext(ctx)
	if err != nil && !started {
		err = usage(err)
	}
	return exitCode(stderr, err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "dcgan COMMAND",
		Short: "Train a DCGAN on a folder of pictures and get pictures back",
		Long: `dcgan trains a DCGAN, a pair of networks that learn to paint pictures like
yours, on a folder of pictures, and paints with it. Without any, "dcgan train"
shows itself on an embedded set of cartoon heads.`,
		Example: `  dcgan train                          the demonstration: minutes on a laptop
  dcgan inspect ~/photos               what a training on ~/photos would take
  dcgan train ~/photos                 into the run folder runs/photos
  dcgan generate runs/photos -n 16     16 new pictures`,
		Args:          unknownCommand,
		RunE:          func(*cobra.Command, []string) error { return noCommand() },
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
	}
	cobra.EnableCommandSorting = false // the help lists them as they are used
	root.AddCommand(newTrain(), newResume(), newStop(), newGenerate(), newInterpolate(), newFilm(), newDirections(),
		newExport(), newImport(), newServe(), newScore(), newRuns(), newRewind(), newSweep(), newInspect(), newBench(),
		newVersion())
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(printHelp)
	root.SetHelpCommand(newHelp())
	root.InitDefaultCompletionCmd()
	checkShells(root)
	return root
}
