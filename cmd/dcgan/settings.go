// The settings as flags: config's table, wired to the command line.

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

// flagName is the name of a setting's flag, without its dashes.
func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// settingOf returns the setting that a flag of this name sets, or nil.
func settingOf(flag string) *config.Setting { return config.Lookup(strings.ReplaceAll(flag, "-", "_")) }

// usageText is the help line of a setting's flag: what it is, its default in the first of the recipes, and
// those of the others that differ.
func usageText(s *config.Setting, recipes ...string) string {
	var defaults []string
	for i, name := range recipes {
		c, err := config.Recipe(name)
		if err != nil {
			panic(err) // the list names recipes that exist
		}
		if text := defaultText(s, c); i == 0 {
			defaults = append(defaults, "default "+text)
		} else if "default "+text != defaults[0] {
			defaults = append(defaults, name+" "+text)
		}
	}
	return fmt.Sprintf("%s (%s)", s.HelpText(flagWord), strings.Join(defaults, ", "))
}

// defaultText is a setting's value in c as the help states it.
func defaultText(s *config.Setting, c *config.Config) string {
	switch v := s.Value(c).(type) {
	case bool:
		return map[bool]string{false: "no", true: "yes"}[v]
	case string:
		if v == "" {
			return "all"
		}
	}
	return s.Text(c)
}

// settingValue is a setting's flag: it checks the text and keeps it until the
// settings that it changes are known.
type settingValue struct {
	*config.Setting
	given string
}

func (v *settingValue) String() string { return "" } // the help line states the default itself
func (v *settingValue) Type() string   { return v.Unit }
func (v *settingValue) Set(text string) error {
	v.given = text
	return v.Setting.Set(&config.Config{}, text)
}

// apply gives the setting in c the value of the flag.
func (v *settingValue) apply(c *config.Config) {
	if err := v.Setting.Set(c, v.given); err != nil {
		panic(err) // Set has checked it
	}
}

// applyAfter gives the setting in c the value of the flag. c has the settings of a run that has made step steps.
func (v *settingValue) applyAfter(c *config.Config, step int) {
	before := c.Steps
	v.apply(c)
	if steps := c.Steps; steps != before {
		c.Steps = before
		c.Replan(step, steps)
	}
}

// settingFlags are the flags of a command that starts from a recipe.
type settingFlags struct {
	flags        *pflag.FlagSet
	recipe, file string
	from         string // run or checkpoint with the weights to begin with, "" for none

	inFile map[string]json.RawMessage // the settings that the file has
}

// addSettings gives cmd the flags of all settings but some, --recipe and --config.
func addSettings(cmd *cobra.Command, but ...string) *settingFlags {
	f := &settingFlags{flags: cmd.Flags()}
	f.flags.SortFlags = false
	f.flags.StringVar(&f.recipe, "recipe", "",
		"`name` of the settings to start from: "+strings.Join(config.Recipes, ", ")+` (default `+config.Default+`)`)
	complete(cmd, "recipe", config.Recipes)
	f.flags.StringVar(&f.file, "config", "", "`file` of settings, such as a run's config.json; single flags override it")
	for i := range config.Settings {
		if s := &config.Settings[i]; !slices.Contains(but, s.Key) {
			addSetting(cmd, s, usageText(s, config.Recipes...)).Annotations = map[string][]string{groupAnnotation: {s.Group}}
		}
	}
	return f
}

// addSomeSettings gives cmd the flags of the settings with these keys, which start from a recipe.
func addSomeSettings(cmd *cobra.Command, recipe string, keys ...string) *settingFlags {
	f := &settingFlags{flags: cmd.Flags(), recipe: recipe}
	f.flags.SortFlags = false
	for i := range config.Settings {
		if s := &config.Settings[i]; slices.Contains(keys, s.Key) {
			addSetting(cmd, s, usageText(s, recipe))
		}
	}
	return f
}

// addRunSettings gives cmd the flags of the settings with these keys, which change those of a run.
func addRunSettings(cmd *cobra.Command, keys ...string) {
	for _, key := range keys {
		s := config.Lookup(key)
		addSetting(cmd, s, s.HelpText(flagWord)+" (default the run's)")
	}
}

func addSetting(cmd *cobra.Command, s *config.Setting, text string) *pflag.Flag {
	flag := cmd.Flags().VarPF(&settingValue{Setting: s}, flagName(s.Key), "", text)
	if s.IsBool() {
		flag.NoOptDefVal = "true"
	}
	complete(cmd, flag.Name, s.Choices)
	return flag
}

// given lists the settings whose flags are given.
func given(flags *pflag.FlagSet) []*settingValue {
	var list []*settingValue
	flags.VisitAll(func(flag *pflag.Flag) {
		if v, ok := flag.Value.(*settingValue); ok && flag.Changed {
			list = append(list, v)
		}
	})
	return list
}

// complete lets the shell complete the flag's value to one of the choices, if there are any.
func complete(cmd *cobra.Command, flag string, choices []string) {
	if choices == nil {
		return
	}
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(choices,
		cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag exists and has no other completion
	}
}

// config returns the settings of the command line: the recipe's, changed by
// --config, changed by single flags, which hold for the whole run: changes of their
// settings go. data is the argument DATA or "".
func (f *settingFlags) config(data string) (*config.Config, error) {
	c, learnt, err := f.startLearnt()
	if err != nil {
		return nil, err
	}
	if data != "" {
		if c.Data, err = filepath.Abs(data); err != nil {
			return nil, err
		}
	}
	for _, v := range given(f.flags) {
		v.apply(c)
		c.DropChanges(v.Key)
	}
	if learnt != nil {
		if err := learnt.Check(c); err != nil {
			return nil, usage(err)
		}
	}
	return c, validate(c)
}

// apiSettings returns c as the API has settings.
func apiSettings(c *config.Config) *dcgan.Settings {
	s := &dcgan.Settings{}
	if err := s.UnmarshalJSON(c.JSON()); err != nil {
		panic(err) // c has been validated
	}
	return s
}

// validate returns a usage error for settings that are not possible.
func validate(c *config.Config) error {
	if err := c.Validate(); err != nil {
		return usage(err)
	}
	if err := run.CheckBudget(c); err != nil {
		return usage(err)
	}
	return nil
}

// named reports whether a flag, the file or the weights to begin with give the setting its value, so that it follows
// nothing.
func (f *settingFlags) named(key string) bool {
	s := config.Lookup(key)
	return f.flags.Changed(flagName(key)) || f.inFile[key] != nil || f.from != "" && s.OfNetworks()
}

// follow lets the settings that nobody has named follow the pictures, the machine and the time, and says which values
// they have.
func (f *settingFlags) follow(ctx context.Context, c *config.Config, d time.Duration, stderr io.Writer) error {
	facts, err := train.Follow(ctx, c, d, f.named)
	if err != nil {
		return dataHint(err)
	}
	if facts != (config.Facts{}) {
		fmt.Fprintf(stderr, "settings for these pictures: %s\n", c.Followed(flagWord))
	}
	return validate(c)
}

// startLearnt is start with what --from has learnt, if that is given: then the recipe is the one that it was trained
// with, unless another is named.
func (f *settingFlags) startLearnt() (*config.Config, *run.Learnt, error) {
	if f.from == "" {
		c, err := f.start()
		return c, nil, err
	}
	learnt, err := run.FindLearnt(f.from)
	if errors.Is(err, checkpoint.ErrNone) {
		return nil, nil, noCheckpoint(f.from)
	} else if err != nil {
		return nil, nil, err
	}
	if f.recipe == "" && f.file == "" {
		f.recipe = learnt.Config.Recipe
	}
	c, err := f.start()
	if err != nil {
		return nil, nil, err
	}
	learnt.Start(c)
	return c, learnt, nil
}

// start returns the settings that single flags change.
func (f *settingFlags) start() (*config.Config, error) {
	if f.file == "" {
		c, err := config.Recipe(cmp.Or(f.recipe, config.Default))
		if err != nil {
			return nil, usage(err)
		}
		return c, nil
	}
	text, err := os.ReadFile(f.file)
	if err != nil {
		return nil, err
	}
	c, err := f.parse(text)
	if err != nil {
		return nil, config.Hint(fmt.Errorf("%s: %w", f.file, err), config.HintOf(err))
	}
	c.Parent, c.ParentStep, c.Rewinds = "", 0, 0 // the run begins anew
	return c, nil
}

// parse reads a settings file. One without a recipe starts from the recipe of the
// command line; one of another recipe than --recipe says is a contradiction.
func (f *settingFlags) parse(text []byte) (*config.Config, error) {
	var keys map[string]json.RawMessage
	if err := config.Unmarshal(text, &keys); err != nil {
		return nil, err
	}
	if keys == nil { // the file says null
		keys = map[string]json.RawMessage{}
	}
	if keys["recipe"] == nil {
		keys["recipe"], _ = json.Marshal(cmp.Or(f.recipe, config.Default))
		text, _ = json.Marshal(keys)
	}
	f.inFile = keys
	c, err := config.Parse(text)
	if err == nil && f.recipe != "" && f.recipe != c.Recipe {
		return nil, usagef("leave out --recipe, or the file's line \"recipe\"",
			"the file's recipe is %s, --recipe is %s", c.Recipe, f.recipe)
	}
	return c, err
}
