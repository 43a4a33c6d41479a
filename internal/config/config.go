// Package config holds one run's settings: the recipes they start from, their
// validation, and the JSON form that a run folder keeps as config.json.
package config

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/bits"
	"path"
	"strings"
)

// Config is every setting of a run. The flag of a setting has the name of its
// JSON key with dashes for underscores (NZ: "nz", --nz).
type Config struct {
	Recipe string `json:"recipe"` // the recipe that the other settings started from

	// The pictures.
	Data     string `json:"data"`     // folder, .zip or .tar; "" is the embedded set
	Pattern  string `json:"pattern"`  // glob on base names; "" takes every picture name
	Size     int    `json:"size"`     // width and height in pixels, a power of two
	Channels int    `json:"channels"` // 1 grey, 3 RGB, 4 RGB and alpha
	Fit      string `json:"fit"`      // FitCover, FitContain or FitStretch
	Filter   string `json:"filter"`   // FilterAntialias or FilterBilinear
	Draw     string `json:"draw"`     // DrawEpochs or DrawReplacement

	Background string `json:"background"` // colour under transparent parts and around a contained picture
	AllFrames  bool   `json:"all_frames"` // every frame of an animation, not the first alone
	Mirror     bool   `json:"mirror"`     // each picture of a batch flipped or not, at random
	MaxPixels  int    `json:"max_pixels"` // a larger picture is skipped

	// The networks.
	NZ     int    `json:"nz"`     // numbers in a latent z
	Latent string `json:"latent"` // law of z: LatentUniform or LatentNormal
	NGF    int    `json:"ngf"`    // channels of the generator's last transposed convolution
	NDF    int    `json:"ndf"`    // channels of the discriminator's first convolution
	Widths string `json:"widths"` // WidthsCorrected or WidthsPublished
	Init   string `json:"init"`   // law of the initial weights: InitXavier or InitBilinear

	// The training.
	Batch           int     `json:"batch"`             // pictures in a batch
	Steps           int     `json:"steps"`             // steps to reach in all
	GenUpdates      int     `json:"gen_updates"`       // updates of G for each one of D
	LRD             float64 `json:"lr_d"`              // Adam's learning rate of D
	LRG             float64 `json:"lr_g"`              // Adam's learning rate of G
	LRHold          int     `json:"lr_hold"`           // steps for which the learning rates stay before they sink
	LRHalfLife      int     `json:"lr_half_life"`      // steps that halve the learning rates from then on; 0: they stay
	Beta1           float64 `json:"beta1"`             // Adam's decay of the first moment
	LabelSmoothing  float64 `json:"label_smoothing"`   // s: the target of a real picture is 1 - s/2
	FixedBatchEvery int     `json:"fixed_batch_every"` // steps between trainings on the fixed batch; 0 never
	Augment         string  `json:"augment"`           // what D sees of pictures: AugmentNone or AugmentTranslation
	Average         int     `json:"average"`           // half-life in steps of the weights that G samples with; 0 samples with the trained
	Seed            uint64  `json:"seed"`              // of all the run's random numbers

	// What is written.
	SampleEvery     int    `json:"sample_every"`     // steps between sheets
	SampleFiles     bool   `json:"sample_files"`     // the sheet's pictures as single files too
	SheetStatistics string `json:"sheet_statistics"` // batch norm of sheets: StatisticsCalibrated, ...
	Rounding        string `json:"rounding"`         // of pixels: RoundNearest or RoundTruncate
	CheckpointEvery int    `json:"checkpoint_every"` // steps between checkpoints
	Keep            int    `json:"keep"`             // newest checkpoints that stay
	KeepBest        int    `json:"keep_best"`        // checkpoints of the best scores that stay beside them
	SnapshotEvery   int    `json:"snapshot_every"`   // steps whose weights stay when the rest of their checkpoint goes; 0 none
	DiskBudget      string `json:"disk_budget"`      // what all checkpoints may take, as Bytes reads it; "0" is any amount
	ScoreEvery      int    `json:"score_every"`      // steps between scores; 0 by the rule of package train, -1 never

	OnAlarm string `json:"on_alarm"` // what an alarm leads to: AlarmWarn, AlarmStop or AlarmRewind

	// Of a run that began as another one stood; "" and 0 of others.
	Parent     string `json:"parent,omitempty"`      // folder of the other run
	ParentStep int    `json:"parent_step,omitempty"` // the step
	Rewinds    int    `json:"rewinds,omitempty"`     // times that alarms have led back, in this run and those before it

	Changes []Change `json:"changes,omitempty"` // of the settings that may change while a run trains, by step

	Threads int  `json:"threads"` // 0: one a core. Never changes a result
	Exact   bool `json:"exact"`   // convolutions in their direct form only: slower, less rounding

	Precision string `json:"precision"` // of training's products: PrecisionFP32 or PrecisionBF16
}

// The values that the settings of choice take.
const (
	FitCover   = "cover"   // scale to cover the square, cut the centre
	FitContain = "contain" // scale into the square, fill the rest with the background
	FitStretch = "stretch" // scale both sides to the square

	FilterAntialias = "antialias" // average over the source pixels of a target pixel
	FilterBilinear  = "bilinear"  // four nearest source pixels, as cv2.resize does by default

	DrawEpochs      = "epochs"      // each picture once in a shuffled epoch
	DrawReplacement = "replacement" // each picture of a batch drawn from all

	LatentUniform = "uniform" // U[-1, 1)
	LatentNormal  = "normal"  // N(0, 1)

	WidthsCorrected = "corrected" // depth * 2^(n-i) channels at layer i of n
	WidthsPublished = "published" // depth * 2 * (n-i) in the middle layers: the published slip

	InitXavier   = "xavier"   // U(+-sqrt(6 / (k*k*(in+out))))
	InitBilinear = "bilinear" // the same, with G's stride-2 kernels those of bilinear interpolation

	AugmentNone        = "none"        // pictures as they are
	AugmentTranslation = "translation" // moved by up to a thirty-second of the size

	StatisticsCalibrated = "calibrated" // recorded at the snapshot from 512 fixed z
	StatisticsMoving     = "moving"     // the moving averages of training
	StatisticsBatch      = "batch"      // of the very batch that is generated

	AlarmWarn   = "warn"   // say so
	AlarmStop   = "stop"   // save and end
	AlarmRewind = "rewind" // go on from the best checkpoint, with softer settings

	PrecisionFP32 = "fp32"
	PrecisionBF16 = "bf16" // products of numbers of 16 bits, added up in fp32

	RoundNearest  = "nearest"
	RoundTruncate = "truncate"
)

// Adam's constants that the reference leaves at their defaults.
const (
	Beta2   = 0.999
	Epsilon = 1e-8
)

// SheetSize is the number of pictures of a sample sheet: those of seeds 0 to 63.
const SheetSize = 64

// MaxRewinds is how often alarms lead back before one ends the training.
const MaxRewinds = 3

// MaxThreads is more than any machine has cores.
const MaxThreads = 4096

// CalibrationSize is the number of fixed z that record a snapshot's statistics.
const CalibrationSize = 512

// Levels is log2(Size): the number of the discriminator's stride-2 convolutions,
// one more than the generator's transposed ones.
func (c *Config) Levels() int { return bits.Len(uint(c.Size)) - 1 }

// Validate reports the first setting that cannot be, by its flag's name, with a
// hint. It looks at the settings alone, not at the machine.
func (c *Config) Validate() error {
	if err := check(append(c.RatesAt(0).rules(), []rule{
		{c.Size >= 8 && c.Size <= 512 && c.Size&(c.Size-1) == 0, "size", fmt.Sprint(c.Size),
			"the size is a power of two from 8 to 512: 8, 16, 32, 64, 128, 256 or 512"},
		{c.Channels == 1 || c.Channels == 3 || c.Channels == 4, "channels", fmt.Sprint(c.Channels),
			"1 is grey, 3 is RGB, 4 is RGB with alpha"},
		{c.Fit == FitCover || c.Fit == FitContain || c.Fit == FitStretch, "fit", c.Fit, "cover, contain or stretch"},
		{c.Filter == FilterAntialias || c.Filter == FilterBilinear, "filter", c.Filter, "antialias or bilinear"},
		{c.Draw == DrawEpochs || c.Draw == DrawReplacement, "draw", c.Draw, "epochs or replacement"},
		{validColour(c.Background), "background", c.Background, "white, black, grey, or red, green and blue as in '#ff8000'"},
		{c.MaxPixels >= 1 && c.MaxPixels <= 1<<30, "max-pixels", fmt.Sprint(c.MaxPixels), "from 1 to 1073741824; the default is 100 million"},
		{validPattern(c.Pattern), "pattern", c.Pattern, "a glob on file names, such as '*.png'"},
		{c.NZ >= 1 && c.NZ <= 1<<16, "nz", fmt.Sprint(c.NZ), "from 1 to 65536; the default is 64"},
		{c.Latent == LatentUniform || c.Latent == LatentNormal, "latent", c.Latent, "uniform or normal"},
		{c.NGF >= 1 && c.NGF <= 1024, "ngf", fmt.Sprint(c.NGF), "from 1 to 1024; the reference has 64"},
		{c.NDF >= 1 && c.NDF <= 1024, "ndf", fmt.Sprint(c.NDF), "from 1 to 1024; the reference has 64"},
		{c.Widths == WidthsCorrected || c.Widths == WidthsPublished, "widths", c.Widths, "corrected or published"},
		{c.Init == InitXavier || c.Init == InitBilinear, "init", c.Init, "xavier or bilinear"},
		{c.Batch >= 1 && c.Batch <= 1<<16, "batch", fmt.Sprint(c.Batch), "from 1 to 65536 pictures; the default is 64"},
		{c.Steps >= 1 && c.Steps <= 1<<40, "steps", fmt.Sprint(c.Steps), "at least one step"},
		{c.LRHold >= 0, "lr-hold", fmt.Sprint(c.LRHold), "a number of steps; 0 lets the rates sink from the beginning"},
		{c.LRHalfLife >= 0, "lr-half-life", fmt.Sprint(c.LRHalfLife), "a number of steps; 0 lets the rates stay as they are"},
		{c.Beta1 >= 0 && c.Beta1 < 1, "beta1", fmt.Sprint(c.Beta1), "from 0 to below 1; the reference has 0.5"},
		{c.FixedBatchEvery >= 0, "fixed-batch-every", fmt.Sprint(c.FixedBatchEvery), "a number of steps; 0 never trains on the fixed batch"},
		{c.Augment == AugmentNone || c.Augment == AugmentTranslation, "augment", c.Augment, "none or translation"},
		{c.Average >= 0 && c.Average <= 1<<30, "average", fmt.Sprint(c.Average), "a number of steps; 0 samples with the trained weights"},
		{c.Average == 0 || c.SheetStatistics != StatisticsMoving, "sheet-statistics", c.SheetStatistics,
			"the moving averages are those of the trained weights, and sheets show the averaged ones: calibrated or batch"},
		{c.SampleEvery >= 1, "sample-every", fmt.Sprint(c.SampleEvery), "at least one step"},
		{c.SheetStatistics == StatisticsCalibrated || c.SheetStatistics == StatisticsMoving || c.SheetStatistics == StatisticsBatch,
			"sheet-statistics", c.SheetStatistics, "calibrated, moving or batch"},
		{c.Rounding == RoundNearest || c.Rounding == RoundTruncate, "rounding", c.Rounding, "nearest or truncate"},
		{c.CheckpointEvery >= 1, "checkpoint-every", fmt.Sprint(c.CheckpointEvery), "at least one step"},
		{c.Keep >= 1, "keep", fmt.Sprint(c.Keep), "at least one checkpoint must stay"},
		{c.KeepBest >= 0, "keep-best", fmt.Sprint(c.KeepBest), "a number of checkpoints; 0 keeps the newest alone"},
		{c.SnapshotEvery >= 0, "snapshot-every", fmt.Sprint(c.SnapshotEvery), "a number of steps; 0 keeps no weights but those of full checkpoints"},
		{validBytes(c.DiskBudget), "disk-budget", c.DiskBudget, "an amount such as 2GB or 500MB; 0 is no limit"},
		{c.ScoreEvery >= -1, "score-every", fmt.Sprint(c.ScoreEvery), "a number of steps; 0 is as often as costs little, -1 never"},
		{c.OnAlarm == AlarmWarn || c.OnAlarm == AlarmStop || c.OnAlarm == AlarmRewind, "on-alarm", c.OnAlarm, "warn, stop or rewind"},
		{c.Threads >= 0 && c.Threads <= MaxThreads, "threads", fmt.Sprint(c.Threads), "0 takes one a core"},
		{c.Precision == PrecisionFP32 || c.Precision == PrecisionBF16, "precision", c.Precision, "fp32 or bf16"},
		{!c.Exact || c.Precision == PrecisionFP32, "exact", "with --precision " + c.Precision, "the direct form is in fp32: leave out one of the two"},
	}...)); err != nil {
		return err
	}
	return c.validateChanges()
}

// rule says of a setting whether it can be, and by its flag's name what to say if not.
type rule struct {
	ok         bool
	flag, what string
	hint       string
}

// check reports the first rule that does not hold.
func check(rules []rule) error {
	for _, r := range rules {
		if !r.ok {
			return Hint(fmt.Errorf("--%s %s is not possible", r.flag, quoteEmpty(r.what)), r.hint)
		}
	}
	return nil
}

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

// Colour returns the red, green and blue of a setting that is a colour: white,
// black, grey, or six hexadecimal digits behind #.
func Colour(text string) (rgb [3]byte, err error) {
	switch text {
	case "white":
		return [3]byte{255, 255, 255}, nil
	case "black":
		return [3]byte{}, nil
	case "grey", "gray":
		return [3]byte{128, 128, 128}, nil
	}
	digits, ok := strings.CutPrefix(text, "#")
	if b, err := hex.DecodeString(digits); ok && err == nil && len(b) == len(rgb) {
		return [3]byte(b), nil
	}
	return rgb, fmt.Errorf("%q is no colour", text)
}

func quoteEmpty(s string) string {
	if s == "" {
		return "''"
	}
	return s
}

// JSON returns the settings as config.json holds them.
func (c *Config) JSON() []byte {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		panic(err) // a struct of strings and finite numbers always encodes
	}
	return append(b, '\n')
}

// Parse reads settings that somebody has written: a key that the file lacks keeps the
// value of the file's recipe; a key that no setting has is an error, since it is a
// typing mistake or comes from another version. A file that a run has kept it reads as
// ParseRun does, so that it gives that run again.
func Parse(data []byte) (*Config, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	if complete(keys) {
		return ParseRun(data)
	}
	var head struct {
		Recipe string `json:"recipe"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	c, err := Recipe(cmp.Or(head.Recipe, Reference))
	if err != nil {
		return nil, err
	}
	return c, c.read(data)
}

// complete tells whether there are all the keys that the first program had: every file
// that a run has kept has them, and hardly one that a person wrote.
func complete(keys map[string]json.RawMessage) bool {
	const first = "recipe data pattern size channels fit filter draw nz latent ngf ndf widths batch steps gen_updates " +
		"lr_d lr_g beta1 label_smoothing fixed_batch_every seed sample_every sample_files sheet_statistics rounding " +
		"checkpoint_every keep threads"
	for key := range strings.FieldsSeq(first) {
		if keys[key] == nil {
			return false
		}
	}
	return true
}

// ParseRun reads the settings that a run keeps. They were complete when they were
// written: what they lack are settings that no program had then, which have the
// reference's value, that of no effect, whatever their recipe gives new runs.
func ParseRun(data []byte) (*Config, error) {
	c := reference()
	return c, c.read(data)
}

// read takes over the settings that data has and checks them all.
func (c *Config) read(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	return c.Validate()
}
