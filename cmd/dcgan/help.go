// The help: what a command does, how it is called, its flags by group.

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupAnnotation is the flag annotation that names its heading in the help.
const groupAnnotation = "group"

// helpWidth is the width that help lines are wrapped to, in columns.
const helpWidth = 100

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), args)
			}
			topic.InitDefaultHelpFlag()
			printHelp(topic, nil)
			return nil
		},
	}
}

// printHelp writes the help of a command to its standard output.
func printHelp(cmd *cobra.Command, _ []string) {
	w := cmd.OutOrStdout()
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintf(w, "%s\n\nUsage:\n  %s\n", text, cmd.UseLine())
	if cmd.HasAvailableSubCommands() {
		printCommands(w, cmd)
	}
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	printFlags(w, cmd.LocalFlags())
}

func printCommands(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintf(w, "\nCommands:\n")
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			fmt.Fprintf(w, "  %-12s %s\n", c.Name(), c.Short)
		}
	}
}

// printFlags writes the flags under the headings of their groups, those without
// one first.
func printFlags(w io.Writer, flags *pflag.FlagSet) {
	headings := []string{"Flags"}
	groups := map[string]*pflag.FlagSet{}
	flags.VisitAll(func(f *pflag.Flag) {
		heading := "Flags"
		if g := f.Annotations[groupAnnotation]; len(g) > 0 {
			heading = g[0]
		}
		if groups[heading] == nil {
			groups[heading] = pflag.NewFlagSet(heading, pflag.ContinueOnError)
			groups[heading].SortFlags = false
			if heading != "Flags" {
				headings = append(headings, heading)
			}
		}
		groups[heading].AddFlag(f)
	})
	for _, h := range headings {
		if g := groups[h]; g != nil && g.HasAvailableFlags() {
			fmt.Fprintf(w, "\n%s:\n%s", h, g.FlagUsagesWrapped(helpWidth))
		}
	}
}

// checkShells makes cobra's command "completion" refuse a shell that it does not know.
func checkShells(root *cobra.Command) {
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Use = "completion SHELL"
			c.Short = "Print the completion script of a shell"
			c.Long = ""
			c.Args = cobra.ArbitraryArgs
			c.RunE = func(*cobra.Command, []string) error {
				return usagef("bash, zsh, fish or powershell", "completion: no such SHELL")
			}
		}
	}
}
