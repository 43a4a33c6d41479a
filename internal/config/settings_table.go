package config

import (
	"math"
	"path"
	"slices"
)

// Settings is the table of all settings, by group, in the order of the help. To add one, add a field to Config (to
// Rates if it is Live), its row here, and its value in recipe.go if that is not zero.
//
// Fields that say where a run comes from have no row: data, from, parent. They are paths on one machine, and commands
// take them as arguments. A run that is resumed compares the fingerprint of the content, not the path.
var Settings = slices.Concat(
	group("The pictures", pictureSettings),
	group(networksGroup, networkSettings),
	group("The training", trainingSettings),
	group("What is written", outputSettings),
)

// networksGroup is the group of the settings that say what the networks are.
const networksGroup = "The networks"

func group(name string, rows []Setting) []Setting {
	for i := range rows {
		rows[i].Group = name
	}
	return rows
}

// Settings of the real pictures decide what is learnt, but they are no settings of a sweep, because scores are
// comparable only for the same pictures.
var pictureSettings = []Setting{
	{Key: "pattern", Unit: "glob", Help: `names of the pictures to take, such as "*.jpg"`,
		Valid: validPattern, Want: "a glob on file names, such as '*.png'", Traits: Arithmetic,
		field: func(c *Config) any { return &c.Pattern }},
	{Key: "size", Label: "Size, pixels", Unit: "pixels", Help: "width and height, a power of two from 8 to 512",
		Choices: []string{"8", "16", "32", "64", "128", "256", "512"},
		Want:    "the size is a power of two from 8 to 512: 8, 16, 32, 64, 128, 256 or 512", Traits: Arithmetic,
		field: func(c *Config) any { return &c.Size }},
	{Key: "channels", Unit: "number", Help: "1 is grey, 3 RGB, 4 RGB with alpha",
		Choices: []string{"1", "3", "4"}, Want: "1 is grey, 3 is RGB, 4 is RGB with alpha", Traits: Arithmetic,
		field: func(c *Config) any { return &c.Channels }},
	{Key: "fit", Unit: "way",
		Help:    "cover: cut the centre square; contain: show all on the background; stretch: squeeze all into it",
		Choices: []string{FitCover, FitContain, FitStretch}, Traits: Arithmetic,
		field: func(c *Config) any { return &c.Fit }},
	{Key: "filter", Unit: "way", Help: "of resizing: antialias, or bilinear, plain as cv2.resize",
		Choices: []string{FilterAntialias, FilterBilinear}, Traits: Arithmetic,
		field: func(c *Config) any { return &c.Filter }},
	{Key: "background", Unit: "colour",
		Help:  "under transparent parts and around contained pictures: white, black, grey or '#rrggbb'",
		Valid: validColour, Want: "white, black, grey, or red, green and blue as in '#ff8000'", Traits: Arithmetic,
		field: func(c *Config) any { return &c.Background }},
	{Key: "all_frames", Unit: "bool", Help: "take every frame of animations, not only the first", Traits: Arithmetic,
		field: func(c *Config) any { return &c.AllFrames }},
	{Key: "mirror", Unit: "way",
		Help:    "flip pictures left to right at random: true, false, or auto, where the set is found symmetric",
		Choices: []string{MirrorNo, MirrorYes, MirrorAuto}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Mirror }},
	{Key: "damaged", Unit: "way",
		Help:    "of pictures that are cut short: skip those that lack a tenth of their rows, or use what is there",
		Choices: []string{DamagedSkip, DamagedUse}, Traits: Arithmetic,
		field: func(c *Config) any { return &c.Damaged }},
	{Key: "max_pixels", Unit: "pixels",
		Help:  "skip pictures that have more; a JPEG, decoded in part, may have four times as many unless it is progressive",
		Range: Range{Min: 1, Max: 1 << 30}, Want: "from 1 to 1073741824; the default is 100 million", Traits: Arithmetic,
		field: func(c *Config) any { return &c.MaxPixels }},
	{Key: "draw", Unit: "way", Help: "epochs: each picture once in a round; replacement: any at any time",
		Choices: []string{DrawEpochs, DrawReplacement}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Draw }},
}

var networkSettings = []Setting{
	{Key: "nz", Unit: "numbers", Help: "length of the latent z that a picture is made from",
		Range: Range{Min: 1, Max: 1 << 16}, Want: "from 1 to 65536; the default is 64", Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.NZ }},
	{Key: "latent", Unit: "law", Help: "of z: uniform, U[-1, 1), or normal, N(0, 1)",
		Choices: []string{LatentUniform, LatentNormal}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Latent }},
	{Key: "ngf", Label: "Width of G", Unit: "channels",
		Help:  "width of the generator at full size; it doubles at each halving",
		Range: Range{Min: 1, Max: 1024}, Want: "from 1 to 1024; the reference has 64", Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.NGF }},
	{Key: "ndf", Label: "Width of D", Unit: "channels",
		Help:  "width of the discriminator's first layer; it doubles at each",
		Range: Range{Min: 1, Max: 1024}, Want: "from 1 to 1024; the reference has 64", Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.NDF }},
	{Key: "widths", Unit: "kind",
		Help:    "of the generator's middle: corrected, or published with the published code's slip",
		Choices: []string{WidthsCorrected, WidthsPublished}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Widths }},
	{Key: "generator", Unit: "kind",
		Help:    "dcgan: the article's, with batch norm; residual: bottleneck blocks without any norm",
		Choices: []string{GeneratorDCGAN, GeneratorResidual}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Generator }},
	{Key: "output", Unit: "kind",
		Help:    "of the generator: tanh, which keeps pixels from -1 to 1, or linear, where what is beyond is cut off",
		Choices: []string{OutputTanh, OutputLinear}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Output }},
	{Key: "discriminator", Unit: "kind",
		Help: "dcgan: the article's, with batch norm; plain: without any norm, as {gamma} needs it; residual: bottleneck " +
			"blocks without any norm; torch: that of PyTorch's example, with batch norm down to 4x4",
		Choices: []string{DiscriminatorDCGAN, DiscriminatorPlain, DiscriminatorResidual, DiscriminatorTorch},
		Traits:  Arithmetic | Sweep,
		field:   func(c *Config) any { return &c.Discriminator }},
	{Key: "blocks", Unit: "blocks", Help: "of each stage of a residual generator or discriminator",
		Range: Range{Min: 1, Max: 64}, Want: "from 1 to 64", Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Blocks }},
	{Key: "kernels", Unit: "kind",
		Help: "of stride 2: free; smooth, those of the generator as of resizing and a 3x3 convolution, which paints no " +
			"grid of dots; or smooth-both, those of the discriminator too",
		Choices: []string{KernelsFree, KernelsSmooth, KernelsSmoothBoth}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Kernels }},
	{Key: "init", Unit: "law",
		Help:    "of the initial weights: xavier, or bilinear, with a generator that begins smooth",
		Choices: []string{InitXavier, InitBilinear}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Init }},
}

var trainingSettings = []Setting{
	{Key: "batch", Label: "Batch", Unit: "pictures", Help: "pictures in a batch",
		Range: Range{Min: 1, Max: 1 << 16}, Want: "from 1 to 65536 pictures; the default is 64",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.Batch }},
	{Key: "steps", Label: "Steps", Unit: "steps",
		Help:  "steps to reach in all; a step is one update of D and the updates of G",
		Range: Range{Min: 1, Max: 1 << 40}, Want: "at least one step", Traits: Resume,
		field: func(c *Config) any { return &c.Steps }},
	{Key: KeyGenUpdates, Label: "Updates of G a step", Unit: "updates",
		Help:  "updates of the generator for each one of the discriminator",
		Range: Range{Min: 1, Max: 1000}, Want: "from 1 to 1000; the reference has 5",
		Traits: Arithmetic | Live | Sweep, field: func(c *Config) any { return &c.GenUpdates }},
	{Key: KeyLRD, Label: "Learning rate of D", Unit: "rate", Help: "Adam's learning rate of the discriminator",
		Range: Range{Max: 1, AboveMin: true}, Want: "above 0, at most 1; the reference has 0.0004",
		Traits: Arithmetic | Live | Sweep, field: func(c *Config) any { return &c.LRD }},
	{Key: KeyLRG, Label: "Learning rate of G", Unit: "rate", Help: "Adam's learning rate of the generator",
		Range: Range{Max: 1, AboveMin: true}, Want: "above 0, at most 1; the reference has 0.0001",
		Traits: Arithmetic | Live | Sweep, field: func(c *Config) any { return &c.LRG }},
	{Key: "schedule", Unit: "kind",
		Help:    "of the rates, gamma and {augment_p}: constant; or cosine, falling until the end of the planned steps",
		Choices: []string{ScheduleConstant, ScheduleCosine}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Schedule }},
	{Key: "hold", Unit: "share", Help: "of the planned steps that the cosine schedule leaves at full rates",
		Range: Range{Max: 1, BelowMax: true}, Want: "from 0 to below 1; the recipe vivid has 0.5",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.Hold }},
	{Key: "lr_end", Unit: "share", Help: "of the learning rates that the cosine schedule ends with",
		Range: Range{Max: 1, AboveMin: true}, Want: "above 0, at most 1; 1 keeps them constant",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.LREnd }},
	{Key: "gamma_end", Unit: "share", Help: "of gamma that the cosine schedule ends with",
		Range: Range{Max: 1, AboveMin: true}, Want: "above 0, at most 1; 1 keeps it constant",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.GammaEnd }},
	{Key: "augment_end", Unit: "share", Help: "of the probability of augmentation that the cosine schedule ends with",
		Range: Range{Max: 1, AboveMin: true}, Want: "above 0, at most 1; 1 keeps it constant",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.AugmentEnd }},
	{Key: "lr_hold", Unit: "steps", Help: "steps before the learning rates begin to halve",
		Range: atLeast(0), Want: "a number of steps; with 0 the rates fall from the beginning",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.LRHold }},
	{Key: "lr_half_life", Unit: "steps",
		Help:  "steps that halve both learning rates from then on, with a constant schedule; 0: none do",
		Range: atLeast(0), Want: "a number of steps; 0 keeps the rates constant",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.LRHalfLife }},
	{Key: "loss", Unit: "kind",
		Help: "what the networks descend: sigmoid, the article's; non-saturating; hinge; or relativistic, " +
			"which compares each real picture with a generated one",
		Choices: []string{LossSigmoid, LossNonSaturating, LossHinge, LossRelativistic}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Loss }},
	{Key: "updates", Unit: "order",
		Help: "of the networks' updates: alternating, G's by D as updated; or simultaneous, by D as it was, " +
			"on the same batch, which costs less",
		Choices: []string{UpdatesAlternating, UpdatesSimultaneous}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Updates }},
	{Key: KeyGamma, Label: "Weight of penalties", Unit: "weight",
		Help:  "of the gradient penalties R1 and R2, which keep the discriminator from running ahead; 0: none",
		Range: Range{Max: 1e6}, Want: "from 0, no penalties, to 1000000; the recipe vivid has 1",
		Traits: Arithmetic | Live | Sweep, field: func(c *Config) any { return &c.Gamma }},
	{Key: "beta1", Unit: "decay", Help: "Adam's decay of the first moment, from 0 to below 1",
		Range: Range{Max: 1, BelowMax: true}, Want: "from 0 to below 1; the reference has 0.5",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.Beta1 }},
	{Key: "beta2", Unit: "decay", Help: "Adam's decay of the second moment, from 0 to below 1",
		Range: Range{Max: 1, BelowMax: true}, Want: "from 0 to below 1; the reference has 0.999",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.Beta2 }},
	{Key: KeyLabelSmoothing, Label: "Label smoothing", Unit: "share",
		Help:  "s from 0 to 1: the target of real pictures is 1 - s/2",
		Range: Range{Max: 1}, Want: "from 0 to 1; the reference has 0.25",
		Traits: Arithmetic | Live | Sweep, field: func(c *Config) any { return &c.LabelSmoothing }},
	{Key: "augment", Unit: "way",
		Help: "of changing what the discriminator sees: none; translation, small moves; mild, larger moves, " +
			"a square cut out, and small changes of colours; or diffaugment, with large changes of colours",
		Choices: []string{AugmentNone, AugmentTranslation, AugmentMild, AugmentDiff}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Augment }},
	{Key: KeyAugmentP, Label: "Probability of augmentation", Unit: "probability",
		Help: "of each transform on each picture, though mild always moves and cuts out; with {augment_target} " +
			"the most that it rises to, 0.8 at most",
		Range: Range{Max: 1}, Want: "from 0 to 1; at 1 samples may show what the transforms do",
		Traits: Arithmetic | Live | Sweep, field: func(c *Config) any { return &c.AugmentP }},
	{Key: "augment_target", Unit: "number",
		Help: "mean of d_sign above which the probability of transforms rises, and below which it falls, " +
			"such as 0.6; 0: it is fixed",
		Range: Range{Max: 1, BelowMax: true}, Want: "from 0, a fixed probability, to below 1; 0.6 is usual",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.AugmentTarget }},
	{Key: "augment_border", Unit: "kind",
		Help:    "what a moved picture shows beyond its border: grey, or reflect, its mirror image",
		Choices: []string{BorderGrey, BorderReflect}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.AugmentBorder }},
	{Key: "average", Unit: "steps",
		Help:  "half-life of the averaged weights that pictures are made with; 0 makes them with the trained ones",
		Range: Range{Max: 1 << 30}, Want: "a number of steps; 0 samples with the trained weights",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.Average }},
	{Key: "average_ramp", Unit: "share",
		Help:  "of the steps made so far that the averaged weights reach back over at most; 0: no bound",
		Range: Range{Max: 1}, Want: "a share from 0, no bound, to 1",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.AverageRamp }},
	{Key: "fixed_batch_every", Unit: "steps", Help: "steps between trainings on one fixed batch; 0 is never",
		Range: atLeast(0), Want: "a number of steps; 0 never trains on the fixed batch",
		Traits: Arithmetic | Sweep, field: func(c *Config) any { return &c.FixedBatchEvery }},
	{Key: "seed", Label: "Seed", Unit: "number", Help: "of all the run's random numbers", Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Seed }},
	{Key: "on_alarm", Unit: "way",
		Help: "when the training goes wrong: warn; stop and save; or rewind: train on from the best checkpoint " +
			"with softer settings, three times at most",
		Choices: []string{AlarmWarn, AlarmStop, AlarmRewind}, Traits: Resume,
		field: func(c *Config) any { return &c.OnAlarm }},
	{Key: "threads", Unit: "threads", Help: "processor threads, 0 for one a core; never changes a result",
		Range: Range{Max: MaxThreads}, Want: "0 takes one a core", Traits: Resume,
		field: func(c *Config) any { return &c.Threads }},
	{Key: "device", Unit: "name", Help: "what trains: cpu, the processor",
		Choices: []string{DeviceCPU}, Want: "cpu, the only device so far", Traits: Arithmetic,
		field: func(c *Config) any { return &c.Device }},
	{Key: "precision", Unit: "kind",
		Help:    "of training's products: fp32, or bf16, faster on processors that have it",
		Choices: []string{PrecisionFP32, PrecisionBF16}, Traits: Arithmetic | Sweep,
		field: func(c *Config) any { return &c.Precision }},
	{Key: "exact", Unit: "bool", Help: "force the direct form of convolutions: slower, with less rounding",
		Traits: Arithmetic, field: func(c *Config) any { return &c.Exact }},
}

var outputSettings = []Setting{
	{Key: "sample_every", Unit: "steps", Help: "steps between sheets of 64 samples",
		Range: atLeast(1), Want: "at least one step", Traits: Resume,
		field: func(c *Config) any { return &c.SampleEvery }},
	{Key: "sample_files", Unit: "bool",
		Help:  "write a sheet's pictures singly too, beside it: generated_step500_1.jpg, ...",
		field: func(c *Config) any { return &c.SampleFiles }},
	{Key: "sheet_statistics", Unit: "kind",
		Help:    "batch norm of the sheets: calibrated for sampling, moving averages, or the batch's own",
		Choices: []string{StatisticsCalibrated, StatisticsMoving, StatisticsBatch},
		field:   func(c *Config) any { return &c.SheetStatistics }},
	{Key: "rounding", Unit: "way", Help: "of pixels: nearest or truncate",
		Choices: []string{RoundNearest, RoundTruncate}, field: func(c *Config) any { return &c.Rounding }},
	{Key: "checkpoint_every", Unit: "steps", Help: "steps between checkpoints",
		Range: atLeast(1), Want: "at least one step", Traits: Resume,
		field: func(c *Config) any { return &c.CheckpointEvery }},
	{Key: "keep", Unit: "number", Help: "of the newest checkpoints that stay",
		Range: atLeast(1), Want: "at least one checkpoint must stay", Traits: Resume,
		field: func(c *Config) any { return &c.Keep }},
	{Key: "keep_best", Unit: "number", Help: "of the best scored checkpoints that stay too",
		Range: atLeast(0), Want: "a number of checkpoints; 0 keeps the newest alone", Traits: Resume,
		field: func(c *Config) any { return &c.KeepBest }},
	{Key: "snapshot_every", Unit: "steps",
		Help:  "steps whose weights stay when the rest of their checkpoint goes, a third of its size; 0: none",
		Range: atLeast(0), Want: "a number of steps; 0 keeps no weights but those of full checkpoints", Traits: Resume,
		field: func(c *Config) any { return &c.SnapshotEvery }},
	{Key: "disk_budget", Unit: "amount", Help: "that the run's checkpoints never exceed, such as 2GB; 0: no limit",
		Valid: validBytes, Want: "an amount such as 2GB or 500MB; 0 is no limit", Traits: Resume,
		field: func(c *Config) any { return &c.DiskBudget }},
	{Key: "score_every", Unit: "steps",
		Help:  "steps between scores; 0: at checkpoints, as often as takes 3 % of the work; -1: never",
		Range: atLeast(-1), Want: "a number of steps; 0 is as often as costs little, -1 never", Traits: Resume,
		field: func(c *Config) any { return &c.ScoreEvery }},
}

// conflicts are the pairs of settings whose values exclude each other.
var conflicts = []struct {
	key, with string
	clash     func(*Config) bool
	want      string
}{
	{"sheet_statistics", "average", func(c *Config) bool { return c.Average > 0 && c.SheetStatistics == StatisticsMoving },
		"the moving averages are those of the trained weights, and sheets show the averaged ones: calibrated or batch"},
	{"exact", "precision", func(c *Config) bool { return c.Exact && c.Precision != PrecisionFP32 },
		"the direct form is in fp32: leave out one of the two"},
	{"gamma", "discriminator", func(c *Config) bool { return c.Gamma > 0 && c.normedDiscriminator() },
		"a batch norm couples the pictures, so the penalties need a discriminator without: plain or residual"},
	{"augment_target", "augment", func(c *Config) bool { return c.AugmentTarget > 0 && c.Augment == AugmentNone },
		"there is no transform whose probability could follow the target: mild, diffaugment or translation"},
	{"lr_half_life", "schedule", func(c *Config) bool { return c.LRHalfLife > 0 && c.Schedule != ScheduleConstant },
		"the rates either halve again and again or follow a cosine: leave out one of the two"},
}

// normedDiscriminator reports whether D has batch norms.
func (c *Config) normedDiscriminator() bool {
	return c.Discriminator == DiscriminatorDCGAN || c.Discriminator == DiscriminatorTorch
}

func atLeast(n float64) Range { return Range{Min: n, Max: math.Inf(1)} }

func validPattern(p string) bool {
	_, err := path.Match(p, "")
	return err == nil
}

func validColour(text string) bool {
	_, err := Colour(text)
	return err == nil
}

func validBytes(text string) bool {
	_, err := Bytes(text)
	return err == nil
}
