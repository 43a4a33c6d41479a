package config

import (
	"fmt"
	"slices"
)

// The recipes.
const (
	Vivid     = "vivid"     // a stable loss: pictures improve the longer it trains
	Reference = "reference" // the article's settings with its widths corrected
	Published = "published" // the published code, slips and all
	Quick     = "quick"     // the article's loss, narrow and short
)

// Default is the recipe if nobody names one.
const Default = Vivid

// recipes lists the recipes in the order of the help. Each changes some of the article's settings.
var recipes = []struct {
	name   string
	change func(*Config)
}{
	{Vivid, func(c *Config) {
		// The objective comes from Huang et al. 2024 (R3GAN: RpGAN with R1 and R2), and the augmentation from Zhao et
		// al. 2020, with smaller changes of colours. The numbers were found by experiment (bench/recipes.md): rates of
		// 1e-3 learn faster than 5e-4 and 2e-3, smooth kernels paint clean outlines, and a discriminator that sees some
		// pictures whole soon memorises a set of a thousand.
		c.Mirror = MirrorAuto
		c.NGF, c.NDF = 16, 16
		c.Discriminator, c.Kernels, c.Init = DiscriminatorPlain, KernelsSmooth, InitBilinear
		c.Loss, c.Gamma, c.LabelSmoothing = LossRelativistic, 1, 0
		c.Batch = 32
		c.Steps = 10_000
		c.GenUpdates, c.LRD, c.LRG, c.Beta1, c.Beta2 = 1, 1e-3, 1e-3, 0, 0.99
		c.Schedule, c.Hold, c.LREnd, c.GammaEnd = ScheduleCosine, 0.5, 0.1, 1
		c.Augment, c.AugmentP, c.AugmentBorder = AugmentMild, 0.8, BorderReflect
		c.Average, c.AverageRamp = 400, 0.1
		c.SampleEvery, c.CheckpointEvery = 100, 500
	}},
	{Reference, func(*Config) {}},
	{Published, func(c *Config) {
		c.Pattern = "*.jpg"
		c.Fit, c.Filter = FitStretch, FilterBilinear
		c.Draw = DrawReplacement
		c.Widths = WidthsPublished
		c.FixedBatchEvery = 500
		c.SampleFiles = true
		c.SheetStatistics = StatisticsBatch
		c.Rounding = RoundTruncate
	}},
	{Quick, func(c *Config) {
		// Found by experiment (bench/quick.md). A narrow G with Xavier's initial weights
		// paints noise, and needs four updates a step or more to leave it. With bilinear
		// initial weights it needs one update, at equal low rates; twice as high rates paint
		// the same dots into every picture. Moving the pictures that D sees prevents noise.
		// At constant rates D gets ahead, and with some seeds G collapses to one pattern from
		// step 5,500 on.
		c.NGF, c.NDF = 16, 16
		c.Batch = 32
		c.Steps = 6000
		c.GenUpdates, c.LRD, c.LRG = 1, 1e-4, 1e-4
		c.LRHold, c.LRHalfLife = 2500, 1000
		c.Init, c.Augment, c.Average = InitBilinear, AugmentTranslation, 100
		c.SampleEvery, c.CheckpointEvery = 100, 500
	}},
}

// Recipes lists the names of the recipes in the order of the help.
var Recipes = recipeNames()

func recipeNames() []string {
	var names []string
	for _, r := range recipes {
		names = append(names, r.name)
	}
	return names
}

// Recipe returns the settings of a recipe, ready for single changes.
func Recipe(name string) (*Config, error) {
	i := slices.Index(Recipes, name)
	if i < 0 {
		return nil, Hint(fmt.Errorf("no recipe is called %q", name), "the recipes are "+join(Recipes, "and"))
	}
	c := reference()
	recipes[i].change(c)
	c.Recipe = name
	return c, nil
}

// reference returns the article's settings (reference: data, optimisers, the loop).
func reference() *Config {
	return &Config{
		Version: Version,
		Size:    64, Channels: 3,
		Fit: FitCover, Filter: FilterAntialias, Draw: DrawEpochs,
		Background: "white", Mirror: MirrorNo, MaxPixels: 100_000_000, Damaged: DamagedSkip,
		NZ: 64, Latent: LatentUniform, NGF: 64, NDF: 64, Widths: WidthsCorrected, Generator: GeneratorDCGAN,
		Output: OutputTanh, Blocks: 1, Discriminator: DiscriminatorDCGAN,
		Kernels: KernelsFree, Init: InitXavier,
		Batch: 64, Steps: 20000, Rates: Rates{LRD: 4e-4, LRG: 1e-4, GenUpdates: 5, LabelSmoothing: 0.25, AugmentP: 1},
		Schedule: ScheduleConstant, LREnd: 0.1, GammaEnd: 0.1, AugmentEnd: 1, Updates: UpdatesAlternating,
		Loss: LossSigmoid, Beta1: 0.5, Beta2: Beta2, Augment: AugmentNone, AugmentBorder: BorderGrey,
		SampleEvery: 500, SheetStatistics: StatisticsCalibrated, Rounding: RoundNearest,
		CheckpointEvery: 500, Keep: 2, KeepBest: 3, SnapshotEvery: 2500, DiskBudget: "0", OnAlarm: AlarmWarn,
		Device: DeviceCPU, Precision: PrecisionFP32,
	}
}
