package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"dcgan/internal/config"
)

// The values that the flags of a sweep take, as JSON has them.
func TestSweepValues(t *testing.T) {
	cmd := &cobra.Command{}
	_, lists := addSweepSettings(cmd)
	args := []string{"--lr-g", "5e-5, 1e-4", "--gen-updates=1", "--gen-updates=2,3", "--mirror=true,false",
		"--latent", "uniform,normal", "--augment", "none,translation", "--seed", "18446744073709551615", "--nz", "8"}
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	c, err := config.Recipe(config.Quick)
	if err != nil {
		t.Fatal(err)
	}
	list, err := varied(lists, c)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, v := range list {
		got += fmt.Sprintf("%s %s\n", v.Setting, v.Values)
	}
	want := `mirror ["true" "false"]
latent ["uniform" "normal"]
gen_updates [1 2 3]
lr_g [0.00005 0.0001]
augment ["none" "translation"]
`
	if got != want {
		t.Errorf("compared are\n%swant\n%s", got, want)
	}
	if c.Seed != 1<<64-1 || c.NZ != 8 {
		t.Errorf("seed %d and nz %d of all candidates", c.Seed, c.NZ)
	}
}

// The command that a sweep ends with has the very settings.
func TestTrainCommand(t *testing.T) {
	for _, c := range []struct {
		recipe, data string
		change       func(*config.Config)
		want         string
	}{
		{config.Vivid, "", func(*config.Config) {},
			"dcgan train --size 64 --channels 3 --ngf 16 --ndf 16 --gamma 1 --average 400"},
		{config.Reference, "", func(*config.Config) {}, "dcgan train --recipe reference"},
		{config.Vivid, "/my/photos", func(c *config.Config) { c.LRG = 5e-5 },
			"dcgan train /my/photos --size 64 --channels 3 --ngf 16 --ndf 16 --lr-g 5e-05 --gamma 1 --average 400"},
		{config.Quick, "/my/photos", func(c *config.Config) { c.Mirror, c.Seed = config.MirrorYes, 1<<64-1 },
			"dcgan train /my/photos --recipe quick --mirror true --seed 18446744073709551615"},
		{config.Published, "/my/photos", func(c *config.Config) { c.Pattern, c.SampleFiles, c.Background = "", false, "#102030" },
			"dcgan train /my/photos --recipe published --pattern='' --background '#102030' --sample-files=false"},
	} {
		settings, err := config.Recipe(c.recipe)
		if err != nil {
			t.Fatal(err)
		}
		settings.Data = c.data
		c.change(settings)
		got, err := trainCommand(settings)
		if err != nil || got != c.want {
			t.Errorf("%s, want %s: %v", got, c.want, err)
		}
		cmd := &cobra.Command{}
		f := addSettings(cmd)
		words := strings.Fields(strings.ReplaceAll(got, "'", "")) // as a shell reads these
		if err := cmd.ParseFlags(words[2:]); err != nil {
			t.Fatal(err)
		}
		back, err := f.config(strings.Join(cmd.Flags().Args(), ""))
		if err != nil || !reflect.DeepEqual(back, settings) {
			t.Errorf("%s has the settings\n%+v, want\n%+v, %v", got, back, settings, err)
		}
	}
}
