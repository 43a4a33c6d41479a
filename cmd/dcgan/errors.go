// How a command line ends: one line that says what and where, a hint, a code.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage marks err as a mistake in the command line.
func usage(err error) error { return usageError{err} }

func usagef(hint, format string, args ...any) error {
	return usage(config.Hint(fmt.Errorf(format, args...), hint))
}

// exitCode prints err and its hint, and returns the exit code.
func exitCode(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "dcgan: interrupted")
		printHint(stderr, config.WordHint(err, flagWord))
		return exitInterrupted
	}
	err = explain(err)
	fmt.Fprintf(stderr, "dcgan: %s\n", strings.ReplaceAll(config.WordError(err, flagWord), "\n", "; "))
	printHint(stderr, config.WordHint(err, flagWord))
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*train.AlarmError](err); ok {
		return exitAlarm
	}
	return exitFailed
}

// flagWord is how texts name the setting with a key: by its flag.
func flagWord(key string) string { return "--" + flagName(key) }

func printHint(stderr io.Writer, hint string) {
	if hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", hint)
	}
}

// explain gives an error without a hint the one that its kind deserves, and completes those
// that another command helps with.
func explain(err error) error {
	hint := config.WordHint(err, flagWord)
	switch {
	case errors.Is(err, engine.ErrNoBF16):
		return config.Hint(err, hint+"; dcgan rewind RUN --precision fp32 makes a run that goes on so")
	case errors.Is(err, run.ErrSettingsDiffer):
		return config.Hint(err, hint+": dcgan train --config FILE")
	case hint != "":
		return err
	}
	switch {
	case atomicfile.DiskFull(err):
		return config.Hint(err, "the disk is full: make room; files that were complete before are still complete")
	case errors.Is(err, run.ErrLocked):
		return config.Hint(err, "another dcgan works on this run; wait until it ends, or stop it")
	case errors.Is(err, checkpoint.ErrCorrupt):
		return config.Hint(err, "the file is cut short, changed or of another format: get it again")
	case errors.Is(err, fs.ErrNotExist):
		return config.Hint(err, "check the spelling of the path")
	case errors.Is(err, fs.ErrPermission):
		return config.Hint(err, "the permissions of this path forbid it")
	}
	return err
}

// noCommand is the answer to a bare "dcgan".
func noCommand() error {
	return usagef("dcgan --help lists the commands; dcgan train shows a demonstration", "no command given")
}

// unknownCommand answers a word that is no command with those that it may mean.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "dcgan --help lists the commands"
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef(hint, "unknown command %q", args[0])
}

// arguments allows from lo to hi arguments, called what in the message.
func arguments(lo, hi int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		hint := "usage: " + cmd.UseLine()
		switch {
		case len(args) < lo:
			return usagef(hint, "%s: %s is missing", cmd.Name(), what)
		case slices.Contains(args, ""): // of a variable in a script that has no value
			return usagef(hint, "%s: %s is empty", cmd.Name(), what)
		case len(args) > hi && hi == 0:
			return usagef(hint, "%s takes no argument, not %q", cmd.Name(), args[0])
		case len(args) > hi:
			return usagef(hint, "%s takes one %s, not also %q", cmd.Name(), what, args[hi])
		}
		return nil
	}
}

// flagError words the errors that parsing flags can have.
func flagError(cmd *cobra.Command, err error) error {
	help := cmd.CommandPath() + " --help lists the flags"
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknownFlag(cmd, e)
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		_, text := pflag.UnquoteUsage(e.GetFlag())
		return usagef(text, "--%s needs a value", e.GetFlag().Name)
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return badValue(e)
	}
	return usagef(help, "%s", err)
}

// badValue words a value that is none of its flag's type.
func badValue(e *pflag.InvalidValueError) error {
	f := e.GetFlag()
	cause := fmt.Sprint(errors.Unwrap(e))
	switch f.Value.Type() { // those of pflag, whose errors tell of the parser
	case "int":
		cause = config.ErrNotWhole.Error()
	case "uint64":
		cause = config.ErrNotWhole64.Error()
	case "float64":
		cause = config.ErrNotNumber.Error()
	case "bool":
		cause = config.ErrNotBool.Error()
	case "duration":
		cause = "not a time, such as 90s, 30m or 2h"
	}
	_, text := pflag.UnquoteUsage(f)
	return usagef(text, "--%s %q: %s", f.Name, e.GetValue(), cause)
}

// unknownFlag names the flag and the one that it may mean. A setting that
// "resume" does not take gets the reason.
func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) error {
	name := "--" + e.GetSpecifiedName()
	if e.GetSpecifiedShortnames() != "" {
		name = "-" + e.GetSpecifiedName()
	}
	hint := cmd.CommandPath() + " --help lists the flags"
	if cmd.Name() == "resume" && settingOf(e.GetSpecifiedName()) != nil {
		hint = "a run keeps its settings but for those that dcgan resume --help lists; " +
			"a new run takes others: dcgan train --config RUN/config.json " + name + " ..."
	} else if near := nearestFlag(cmd, e.GetSpecifiedName()); near != "" {
		hint = "did you mean --" + near + "?"
	}
	return usagef(hint, "%s has no flag %s", cmd.CommandPath(), name)
}

// nearestFlag returns the command's flag that is the fewest typing mistakes away
// from name, if that is half of its letters or less, or that begins like it.
func nearestFlag(cmd *cobra.Command, name string) string {
	best, least := "", len(name)/2+1
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		d := editDistance(name, f.Name)
		if strings.HasPrefix(f.Name, name) || strings.HasPrefix(name, f.Name) && len(f.Name) > 3 {
			d = min(d, 1)
		}
		if d < least {
			best, least = f.Name, d
		}
	})
	return best
}

// editDistance is Levenshtein's: the fewest insertions, deletions and
// replacements of bytes that make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// quoted writes a path as one word of a command to type.
func quoted(path string) string {
	if runtime.GOOS == "windows" {
		if strings.Contains(path, " ") {
			return `"` + path + `"`
		}
		return path
	}
	if strings.ContainsAny(path, " \t\n'\"\\$&()*;<>?[]`|~#!{}") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
