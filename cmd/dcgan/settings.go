// The settings as flags: one table, from which come the flags, their help and
// their effect.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan/internal/config"
)

// setting is a row of the table: one field of config.Config as a flag.
type setting struct {
	flag  string
	unit  string // what the help calls the value
	help  string
	field func(*config.Config) any // its address
}

// The groups whose settings decide what is learnt.
const (
	groupNetworks = "The networks"
	groupTraining = "The training"
)

// settings lists the flags by group, in the order of the help.
var settings = []struct {
	group string
	rows  []setting
}{
	{"The pictures", []setting{
		{"pattern", "glob", `names of the pictures to take, such as "*.jpg"`, func(c *config.Config) any { return &c.Pattern }},
		{"size", "pixels", "width and height, a power of two from 8 to 512", func(c *config.Config) any { return &c.Size }},
		{"channels", "number", "1 is grey, 3 RGB, 4 RGB with alpha", func(c *config.Config) any { return &c.Channels }},
		{"fit", "way", "cover: cut the centre square; contain: show all on the background; stretch: squeeze all into it", func(c *config.Config) any { return &c.Fit }},
		{"filter", "way", "of resizing: antialias, or bilinear, plain as cv2.resize", func(c *config.Config) any { return &c.Filter }},
		{"background", "colour", "under transparent parts and around contained pictures: white, black, grey or '#rrggbb'", func(c *config.Config) any { return &c.Background }},
		{"all-frames", "bool", "take every frame of animations, not the first alone", func(c *config.Config) any { return &c.AllFrames }},
		{"mirror", "bool", "flip each picture left to right or not, at random", func(c *config.Config) any { return &c.Mirror }},
		{"max-pixels", "pixels", "skip pictures that have more", func(c *config.Config) any { return &c.MaxPixels }},
		{"draw", "way", "epochs: each picture once in a round; replacement: any at any time", func(c *config.Config) any { return &c.Draw }},
	}},
	{groupNetworks, []setting{
		{"nz", "numbers", "length of the latent z that a picture is made from", func(c *config.Config) any { return &c.NZ }},
		{"latent", "law", "of z: uniform, U[-1, 1), or normal, N(0, 1)", func(c *config.Config) any { return &c.Latent }},
		{"ngf", "channels", "width of the generator at full size; it doubles at each halving", func(c *config.Config) any { return &c.NGF }},
		{"ndf", "channels", "width of the discriminator's first layer; it doubles at each", func(c *config.Config) any { return &c.NDF }},
		{"widths", "kind", "of the generator's middle: corrected, or published with the published code's slip", func(c *config.Config) any { return &c.Widths }},
		{"init", "law", "of the initial weights: xavier, or bilinear, with a generator that begins smooth", func(c *config.Config) any { return &c.Init }},
	}},
	{groupTraining, []setting{
		{"batch", "pictures", "pictures in a batch", func(c *config.Config) any { return &c.Batch }},
		{"steps", "steps", "steps to reach in all; a step is one update of D and the updates of G", func(c *config.Config) any { return &c.Steps }},
		{"gen-updates", "updates", "updates of the generator for each one of the discriminator", func(c *config.Config) any { return &c.GenUpdates }},
		{"lr-d", "rate", "Adam's learning rate of the discriminator", func(c *config.Config) any { return &c.LRD }},
		{"lr-g", "rate", "Adam's learning rate of the generator", func(c *config.Config) any { return &c.LRG }},
		{"lr-hold", "steps", "steps for which the learning rates stay as they are, with --lr-half-life", func(c *config.Config) any { return &c.LRHold }},
		{"lr-half-life", "steps", "steps that halve both learning rates after --lr-hold; 0: they never sink", func(c *config.Config) any { return &c.LRHalfLife }},
		{"beta1", "decay", "Adam's decay of the first moment, from 0 to below 1", func(c *config.Config) any { return &c.Beta1 }},
		{"label-smoothing", "share", "s from 0 to 1: the target of real pictures is 1 - s/2", func(c *config.Config) any { return &c.LabelSmoothing }},
		{"augment", "way", "of what the discriminator sees: none, or translation, pictures moved a little at random", func(c *config.Config) any { return &c.Augment }},
		{"average", "steps", "half-life of the averaged weights that pictures are made with; 0 makes them with the trained ones", func(c *config.Config) any { return &c.Average }},
		{"fixed-batch-every", "steps", "steps between trainings on one fixed batch; 0 is never", func(c *config.Config) any { return &c.FixedBatchEvery }},
		{"seed", "number", "of all the run's random numbers", func(c *config.Config) any { return &c.Seed }},
		{"on-alarm", "way", "when the training goes wrong: warn; stop and save; or rewind: train on from the best checkpoint with softer settings, three times at most", func(c *config.Config) any { return &c.OnAlarm }},
		{"threads", "threads", "processor threads, 0 for one a core; never changes a result", func(c *config.Config) any { return &c.Threads }},
		{"precision", "kind", "of training's products: fp32, or bf16, faster on processors that have it", func(c *config.Config) any { return &c.Precision }},
		{"exact", "bool", "force the direct form of convolutions: slower, with less rounding", func(c *config.Config) any { return &c.Exact }},
	}},
	{"What is written", []setting{
		{"sample-every", "steps", "steps between sheets of 64 samples", func(c *config.Config) any { return &c.SampleEvery }},
		{"sample-files", "bool", "write a sheet's pictures singly too, beside it: generated_step500_1.jpg, ...", func(c *config.Config) any { return &c.SampleFiles }},
		{"sheet-statistics", "kind", "batch norm of the sheets: calibrated for sampling, moving averages, or the batch's own", func(c *config.Config) any { return &c.SheetStatistics }},
		{"rounding", "way", "of pixels: nearest or truncate", func(c *config.Config) any { return &c.Rounding }},
		{"checkpoint-every", "steps", "steps between checkpoints", func(c *config.Config) any { return &c.CheckpointEvery }},
		{"keep", "number", "of the newest checkpoints that stay", func(c *config.Config) any { return &c.Keep }},
		{"keep-best", "number", "of the best scored checkpoints that stay too", func(c *config.Config) any { return &c.KeepBest }},
		{"snapshot-every", "steps", "steps whose weights stay when the rest of their checkpoint goes, a third of its size; 0: none", func(c *config.Config) any { return &c.SnapshotEvery }},
		{"disk-budget", "amount", "that the run's checkpoints never exceed, such as 2GB; 0: no limit", func(c *config.Config) any { return &c.DiskBudget }},
		{"score-every", "steps", "steps between scores; 0: at checkpoints, as often as takes 3 % of the work; -1: never", func(c *config.Config) any { return &c.ScoreEvery }},
	}},
}

// isSetting tells whether a flag of this name is in the table.
func isSetting(flag string) bool {
	for _, g := range settings {
		for _, s := range g.rows {
			if s.flag == flag {
				return true
			}
		}
	}
	return false
}

// set gives the setting the value that text says.
func (s *setting) set(c *config.Config, text string) (err error) {
	switch p := s.field(c).(type) {
	case *string:
		*p = text
	case *int:
		if *p, err = strconv.Atoi(text); err != nil {
			return errors.New(notWhole)
		}
	case *uint64:
		if *p, err = strconv.ParseUint(text, 10, 64); err != nil {
			return errors.New(notWhole64)
		}
	case *float64:
		if *p, err = strconv.ParseFloat(text, 64); err != nil {
			return errors.New("not a number")
		}
	case *bool:
		if *p, err = strconv.ParseBool(text); err != nil {
			return errors.New("not true or false")
		}
	}
	return nil
}

// text is the setting's value in c.
func (s *setting) text(c *config.Config) string {
	switch p := s.field(c).(type) {
	case *string:
		if *p == "" {
			return "all"
		}
		return *p
	case *int:
		return strconv.Itoa(*p)
	case *uint64:
		return strconv.FormatUint(*p, 10)
	case *float64:
		return strconv.FormatFloat(*p, 'g', -1, 64)
	case *bool:
		return map[bool]string{false: "no", true: "yes"}[*p]
	}
	panic("a setting of a type without a text")
}

// usage is the help line: what it is, its default in the first of the recipes, and
// the others that differ.
func (s *setting) usage(recipes ...string) string {
	var defaults []string
	for i, name := range recipes {
		c, err := config.Recipe(name)
		if err != nil {
			panic(err) // the list names recipes that exist
		}
		if text := s.text(c); i == 0 {
			defaults = append(defaults, "default "+text)
		} else if "default "+text != defaults[0] {
			defaults = append(defaults, name+" "+text)
		}
	}
	return fmt.Sprintf("%s (%s)", s.help, strings.Join(defaults, ", "))
}

// settingValue is a setting's flag: it checks the text and keeps it until the
// settings that it changes are known.
type settingValue struct {
	*setting
	given string
}

func (v *settingValue) String() string { return "" } // the help line states the default itself
func (v *settingValue) Type() string   { return v.unit }
func (v *settingValue) Set(text string) error {
	v.given = text
	return v.set(&config.Config{}, text)
}

// settingFlags are the flags of a command that starts from a recipe.
type settingFlags struct {
	flags        *pflag.FlagSet
	recipe, file string
}

// addSettings gives cmd the flags of all settings but some, --recipe and --config.
func addSettings(cmd *cobra.Command, but ...string) *settingFlags {
	f := &settingFlags{flags: cmd.Flags()}
	f.flags.SortFlags = false
	f.flags.StringVar(&f.recipe, "recipe", "", "`name` of the settings to start from: "+strings.Join(config.Recipes, ", ")+
		` (default reference; quick without DATA)`)
	f.flags.StringVar(&f.file, "config", "", "`file` of settings, such as a run's config.json; single flags override it")
	for _, g := range settings {
		for i := range g.rows {
			if slices.Contains(but, g.rows[i].flag) {
				continue
			}
			flag := f.add(&g.rows[i], config.Recipes...)
			flag.Annotations = map[string][]string{groupAnnotation: {g.group}}
		}
	}
	return f
}

// addSomeSettings gives cmd the flags of the settings named, which start from a recipe.
func addSomeSettings(cmd *cobra.Command, recipe string, names ...string) *settingFlags {
	f := &settingFlags{flags: cmd.Flags(), recipe: recipe}
	f.flags.SortFlags = false
	for _, g := range settings {
		for i := range g.rows {
			if slices.Contains(names, g.rows[i].flag) {
				f.add(&g.rows[i], recipe)
			}
		}
	}
	return f
}

func (f *settingFlags) add(s *setting, recipes ...string) *pflag.Flag {
	flag := f.flags.VarPF(&settingValue{setting: s}, s.flag, "", s.usage(recipes...))
	if _, ok := s.field(&config.Config{}).(*bool); ok {
		flag.NoOptDefVal = "true"
	}
	return flag
}

// config returns the settings of the command line: the recipe's, changed by
// --config, changed by single flags, which hold for the whole run: changes of their
// settings go. data is the argument DATA or "".
func (f *settingFlags) config(data string) (*config.Config, error) {
	c, err := f.start(data)
	if err != nil {
		return nil, err
	}
	if data != "" {
		if c.Data, err = filepath.Abs(data); err != nil {
			return nil, err
		}
	}
	f.flags.VisitAll(func(flag *pflag.Flag) {
		if v, ok := flag.Value.(*settingValue); ok && flag.Changed {
			err = v.set(c, v.given) // Set has checked it
			c.DropChanges(strings.ReplaceAll(flag.Name, "-", "_"))
		}
	})
	if err := c.Validate(); err != nil {
		return nil, usage(err)
	}
	return c, err
}

// start returns the settings that single flags change.
func (f *settingFlags) start(data string) (*config.Config, error) {
	if f.file == "" {
		c, err := config.Recipe(f.recipeFor(data))
		if err != nil {
			return nil, usage(err)
		}
		return c, nil
	}
	text, err := os.ReadFile(f.file)
	if err != nil {
		return nil, err
	}
	c, err := f.parse(text, data)
	if err != nil {
		return nil, config.Hint(fmt.Errorf("%s: %w", f.file, err), config.HintOf(err))
	}
	c.Parent, c.ParentStep, c.Rewinds = "", 0, 0 // the run begins anew
	return c, nil
}

// recipeFor is the recipe to start from when no file names one.
func (f *settingFlags) recipeFor(data string) string {
	switch {
	case f.recipe != "":
		return f.recipe
	case data == "":
		return config.Quick
	}
	return config.Reference
}

// parse reads a settings file. One without a recipe starts from that of the
// command line; one of another recipe than --recipe says is a contradiction.
func (f *settingFlags) parse(text []byte, data string) (*config.Config, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	if keys["recipe"] == nil {
		if keys["data"] != nil {
			data = "set"
		}
		keys["recipe"], _ = json.Marshal(f.recipeFor(data))
		text, _ = json.Marshal(keys)
	}
	c, err := config.Parse(text)
	if err == nil && f.recipe != "" && f.recipe != c.Recipe {
		return nil, usagef("leave out --recipe, or the file's line \"recipe\"",
			"the file's recipe is %s, --recipe is %s", c.Recipe, f.recipe)
	}
	return c, err
}
