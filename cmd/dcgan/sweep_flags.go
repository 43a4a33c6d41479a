// The settings of a sweep as flags: those that may be compared take several values.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan/internal/config"
	"dcgan/internal/train"
)

// mayCompare tells whether a sweep may compare values of a setting: scores compare
// only where the real pictures are the same, and nothing else than what is learnt.
func mayCompare(group, flag string) bool {
	switch flag {
	case "draw", "mirror":
		return true
	case "steps", "on-alarm", "threads", "exact":
		return false
	}
	return group == groupNetworks || group == groupTraining
}

// listValue is the flag of a setting that a sweep may compare. It takes values
// separated by commas, and more each time that it is given.
type listValue struct {
	*setting
	values []json.RawMessage
}

func (v *listValue) String() string { return "" } // the help line states the default itself
func (v *listValue) Type() string {
	if v.unit == "bool" {
		return v.unit // which the help does not show
	}
	return v.unit + ",..."
}

func (v *listValue) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		var c config.Config
		if err := v.set(&c, strings.TrimSpace(part)); err != nil {
			return fmt.Errorf("%s: %w", quoteEmpty(part), err)
		}
		value, err := json.Marshal(reflect.ValueOf(v.field(&c)).Elem().Interface())
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

func quoteEmpty(text string) string {
	if text == "" {
		return "''"
	}
	return text
}

// addSweepSettings gives cmd the flags of all settings but --steps, with lists where
// values may be compared.
func addSweepSettings(cmd *cobra.Command) (*settingFlags, []*listValue) {
	f := addSettings(cmd, "steps")
	var lists []*listValue
	for _, g := range settings {
		for _, s := range g.rows {
			if !mayCompare(g.group, s.flag) {
				continue
			}
			flag := f.flags.Lookup(s.flag)
			list := &listValue{setting: &s}
			flag.Value = list
			lists = append(lists, list)
		}
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
func varied(lists []*listValue, c *config.Config) ([]train.Varied, error) {
	var list []train.Varied
	n := 1
	for _, v := range lists {
		key := strings.ReplaceAll(v.flag, "-", "_")
		switch {
		case len(v.values) == 1:
			if err := json.Unmarshal(fmt.Appendf(nil, "{%q: %s}", key, v.values[0]), c); err != nil {
				return nil, err
			}
			c.DropChanges(key)
		case len(v.values) > 1:
			list = append(list, train.Varied{Setting: key, Values: v.values})
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

// trainCommand is the command that trains with the settings from the beginning.
func trainCommand(c *config.Config) (string, error) {
	recipe, err := config.Recipe(c.Recipe)
	if err != nil {
		return "", err
	}
	words := []string{"dcgan train"}
	if c.Data != "" {
		words = append(words, quoted(c.Data))
	}
	if f := (&settingFlags{}); f.recipeFor(c.Data) != c.Recipe {
		words = append(words, "--recipe "+c.Recipe)
	}
	for _, g := range settings {
		for _, s := range g.rows {
			if text := s.argument(c); text != s.argument(recipe) {
				words = append(words, "--"+s.flag+text)
			}
		}
	}
	return strings.Join(words, " "), nil
}

// argument is the setting's value in c as it stands behind its flag.
func (s *setting) argument(c *config.Config) string {
	switch p := s.field(c).(type) {
	case *bool: // whose flag takes a value only so
		return fmt.Sprintf("=%t", *p)
	case *string:
		if *p == "" {
			return "=''"
		}
		return " " + quoted(*p)
	}
	return " " + s.text(c)
}
