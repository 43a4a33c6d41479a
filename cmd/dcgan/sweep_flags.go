// The settings of a sweep as flags: those that may be compared take several values.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan/internal/config"
	"dcgan/internal/sweep"
)

// listValue is the flag of a setting that a sweep may compare. It takes values
// separated by commas, and more each time that it is given.
type listValue struct {
	*config.Setting
	values []json.RawMessage
}

func (v *listValue) String() string { return "" } // the help line states the default itself
func (v *listValue) Type() string {
	if v.Unit == "bool" {
		return v.Unit // which the help does not show
	}
	return v.Unit + ",..."
}

func (v *listValue) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		var c config.Config
		if err := v.Setting.Set(&c, strings.TrimSpace(part)); err != nil {
			return fmt.Errorf("%q: %w", part, err)
		}
		value, err := v.JSON(&c)
		if err != nil {
			return errors.New("not a number that can be")
		}
		if slices.ContainsFunc(v.values, func(known json.RawMessage) bool { return string(known) == string(value) }) {
			return fmt.Errorf("%s is listed twice", part)
		}
		v.values = append(v.values, value)
	}
	return nil
}

// addSweepSettings gives cmd the flags of all settings but --steps, with lists where
// values may be compared.
func addSweepSettings(cmd *cobra.Command) (*settingFlags, []*listValue) {
	f := addSettings(cmd, "steps")
	var lists []*listValue
	for _, key := range config.Keys(config.Sweep) {
		list := &listValue{Setting: config.Lookup(key)}
		f.flags.Lookup(flagName(key)).Value = list
		lists = append(lists, list)
	}
	cmd.SetFlagErrorFunc(sweepFlagError)
	return f, lists
}

// sweepFlagError words a list of values for a setting that takes none.
func sweepFlagError(cmd *cobra.Command, err error) error {
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok && strings.Contains(e.GetValue(), ",") {
		if _, ok := e.GetFlag().Value.(*settingValue); ok {
			return usagef("a sweep for each of them; the settings of the networks and of the training take lists",
				"--%s %q: candidates that differ in it can't be compared", e.GetFlag().Name, e.GetValue())
		}
	}
	return flagError(cmd, err)
}

// maxCandidates is more than anybody would wait for.
const maxCandidates = 256

// varied lists what is compared, and gives c the values of which there is only one.
func varied(lists []*listValue, c *config.Config) ([]sweep.Varied, error) {
	var list []sweep.Varied
	n := 1
	for _, v := range lists {
		key := v.Key
		switch {
		case len(v.values) == 1:
			if err := json.Unmarshal(fmt.Appendf(nil, "{%q: %s}", key, v.values[0]), c); err != nil {
				return nil, err
			}
			c.DropChanges(key)
		case len(v.values) > 1:
			list = append(list, sweep.Varied{Setting: key, Values: v.values})
			n *= len(v.values)
		}
		if n > maxCandidates {
			return nil, usagef("shorten a list; successive sweeps of fewer settings find as much",
				"the lists have more than %d combinations", maxCandidates)
		}
	}
	if n == 1 {
		return nil, usagef("give a setting several values, such as --lr-g 5e-5,1e-4,2e-4", "there is nothing to compare")
	}
	return list, nil
}

// trainCommand is the command that trains with the settings from the beginning. It names those that might follow the
// pictures otherwise.
func trainCommand(c *config.Config) (string, error) {
	recipe, err := config.Recipe(c.Recipe)
	if err != nil {
		return "", err
	}
	words := []string{"dcgan train"}
	if c.Data != "" {
		words = append(words, quoted(c.Data))
	}
	if c.Recipe != config.Default {
		words = append(words, "--recipe "+c.Recipe)
	}
	for i := range config.Settings {
		s := &config.Settings[i]
		if text := argument(s, c); text != argument(s, recipe) || c.MayFollow(s.Key) {
			words = append(words, "--"+flagName(s.Key)+text)
		}
	}
	return strings.Join(words, " "), nil
}

// argument is the setting's value in c as it stands behind its flag.
func argument(s *config.Setting, c *config.Config) string {
	text := s.Text(c)
	switch {
	case s.IsBool(): // whose flag takes a value only so
		return "=" + text
	case text == "":
		return "=''"
	}
	return " " + quoted(text)
}
