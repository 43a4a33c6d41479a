// Package config defines the settings of a run: the recipes that they start from, their
// validation, and their JSON form, which a run folder keeps as config.json.
package config

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"strings"
)

// Version is the version of config.json that this program writes and reads.
const Version = 1

// Config is every setting of a run; Settings describes its fields.
type Config struct {
	Version int    `json:"version"` // version of the file's format: Version
	Recipe  string `json:"recipe"`  // the recipe that the other settings started from

	// The pictures.
	Data     string `json:"data"`     // folder, .zip or .tar; "" is the embedded set
	Pattern  string `json:"pattern"`  // glob on base names; "" takes every picture name
	Size     int    `json:"size"`     // width and height in pixels, a power of two
	Channels int    `json:"channels"` // 1 grey, 3 RGB, 4 RGB and alpha
	Fit      string `json:"fit"`      // FitCover, FitContain or FitStretch
	Filter   string `json:"filter"`   // FilterAntialias or FilterBilinear
	Draw     string `json:"draw"`     // DrawEpochs or DrawReplacement

	Background string `json:"background"` // colour under transparent parts and around a contained picture
	AllFrames  bool   `json:"all_frames"` // all frames of an animation instead of the first
	Mirror     string `json:"mirror"`     // whether pictures of a batch are mirrored at random: MirrorNo, ...
	MaxPixels  int    `json:"max_pixels"` // pictures with more pixels to decode are skipped
	Damaged    string `json:"damaged"`    // treatment of truncated pictures: DamagedSkip or DamagedUse

	// The networks.
	NZ            int    `json:"nz"`            // numbers in a latent z
	Latent        string `json:"latent"`        // distribution of z: LatentUniform or LatentNormal
	NGF           int    `json:"ngf"`           // channels of the generator's last transposed convolution
	NDF           int    `json:"ndf"`           // channels of the discriminator's first convolution
	Widths        string `json:"widths"`        // WidthsCorrected or WidthsPublished
	Generator     string `json:"generator"`     // GeneratorDCGAN or GeneratorResidual
	Output        string `json:"output"`        // activation of G's last layer: OutputTanh or OutputLinear
	Blocks        int    `json:"blocks"`        // blocks of each stage of a residual network
	Discriminator string `json:"discriminator"` // DiscriminatorDCGAN, ...
	Kernels       string `json:"kernels"`       // kernels of stride 2: KernelsFree, KernelsSmooth or KernelsSmoothBoth
	Init          string `json:"init"`          // distribution of the initial weights: InitXavier or InitBilinear

	// The training.
	Batch           int     `json:"batch"` // pictures in a batch
	Steps           int     `json:"steps"` // steps to reach in all
	Rates                   // at the start of the training
	Schedule        string  `json:"schedule"`          // how the rates change: ScheduleConstant or ScheduleCosine
	Hold            float64 `json:"hold"`              // share of the planned steps before ScheduleCosine decays
	LREnd           float64 `json:"lr_end"`            // factor of the learning rates at the end of ScheduleCosine
	GammaEnd        float64 `json:"gamma_end"`         // factor of Gamma at the end
	AugmentEnd      float64 `json:"augment_end"`       // factor of AugmentP at the end
	LRHold          int     `json:"lr_hold"`           // steps before the learning rates decay by LRHalfLife
	LRHalfLife      int     `json:"lr_half_life"`      // steps that halve the learning rates from then on; 0: no decay
	Loss            string  `json:"loss"`              // the objective: LossSigmoid, ...
	Updates         string  `json:"updates"`           // order of the updates: UpdatesAlternating or UpdatesSimultaneous
	Beta1           float64 `json:"beta1"`             // Adam's decay of the first moment
	Beta2           float64 `json:"beta2"`             // Adam's decay of the second moment
	FixedBatchEvery int     `json:"fixed_batch_every"` // steps between trainings on the fixed batch; 0: never
	Augment         string  `json:"augment"`           // augmentation of the pictures that D sees: AugmentNone, ...
	AugmentTarget   float64 `json:"augment_target"`    // target of d_sign, to which augment_p adapts; 0: none
	AugmentBorder   string  `json:"augment_border"`    // border of a moved picture: BorderGrey or BorderReflect
	Average         int     `json:"average"`           // half-life in steps of G's averaged weights; 0: no average
	AverageRamp     float64 `json:"average_ramp"`      // largest share of the steps made that the average covers; 0: all
	Seed            uint64  `json:"seed"`              // seed of all random numbers

	// What is written.
	SampleEvery     int    `json:"sample_every"`     // steps between sheets
	SampleFiles     bool   `json:"sample_files"`     // the sheet's pictures as single files too
	SheetStatistics string `json:"sheet_statistics"` // statistics of batch norms in sheets: StatisticsCalibrated, ...
	Rounding        string `json:"rounding"`         // rounding of pixels: RoundNearest or RoundTruncate
	CheckpointEvery int    `json:"checkpoint_every"` // steps between checkpoints
	Keep            int    `json:"keep"`             // number of newest checkpoints to keep
	KeepBest        int    `json:"keep_best"`        // number of checkpoints with the best scores to keep besides
	SnapshotEvery   int    `json:"snapshot_every"`   // steps between checkpoints whose weights are kept; 0: none
	DiskBudget      string `json:"disk_budget"`      // most bytes of all checkpoints, as Bytes reads it; "0": no limit
	ScoreEvery      int    `json:"score_every"`      // steps between scores; 0: by the rule of package train; -1: never

	OnAlarm string `json:"on_alarm"` // reaction to an alarm: AlarmWarn, AlarmStop or AlarmRewind

	// Of a run that continues from a checkpoint of another one; "" and 0 otherwise.
	Parent     string `json:"parent,omitempty"`      // folder of the other run
	ParentStep int    `json:"parent_step,omitempty"` // the step
	Rewinds    int    `json:"rewinds,omitempty"`     // rewinds after alarms, in this run and those before it

	// Of a run that starts from the weights of another training; "" otherwise.
	From        string `json:"from,omitempty"`         // the checkpoint with the weights
	FromWeights string `json:"from_weights,omitempty"` // the weights' fingerprint (gan.State)

	Changes []Change `json:"changes,omitempty"` // changes of Live settings, by step
	Plans   []Plan   `json:"plans,omitempty"`   // earlier values of Steps, if rates depend on it

	Threads int  `json:"threads"` // 0: one a core. It does not change results
	Exact   bool `json:"exact"`   // convolutions in their direct form only: slower, less rounding

	Device    string `json:"device"`    // device that trains: DeviceCPU
	Precision string `json:"precision"` // precision of products in training: PrecisionFP32 or PrecisionBF16
}

// The values of settings with choices.
const (
	FitCover   = "cover"   // scale to cover the square, cut the centre
	FitContain = "contain" // scale into the square, fill the rest with the background
	FitStretch = "stretch" // scale both sides to the square

	FilterAntialias = "antialias" // average over the source pixels of a target pixel
	FilterBilinear  = "bilinear"  // four nearest source pixels, as cv2.resize does by default

	DrawEpochs      = "epochs"      // each picture once in a shuffled epoch
	DrawReplacement = "replacement" // each picture of a batch drawn from all

	MirrorNo   = "false"
	MirrorYes  = "true"
	MirrorAuto = "auto" // decided by the pictures; a run that has begun has one of the others

	DamagedSkip = "skip" // skip pictures that lack a tenth of their rows or more
	DamagedUse  = "use"  // use all rows that are there

	LatentUniform = "uniform" // U[-1, 1)
	LatentNormal  = "normal"  // N(0, 1)

	WidthsCorrected = "corrected" // depth * 2^(n-i) channels at layer i of n
	WidthsPublished = "published" // depth * 2 * (n-i) in the middle layers: the published slip

	KernelsFree       = "free"        // every tap is trained
	KernelsSmooth     = "smooth"      // G's equal a doubling of the map and then a 3x3 convolution
	KernelsSmoothBoth = "smooth-both" // and D's equal a 3x3 convolution and then a halving

	InitXavier   = "xavier"   // U(+-sqrt(6 / (k*k*(in+out))))
	InitBilinear = "bilinear" // the same, with G's stride-2 kernels those of bilinear interpolation

	AugmentNone        = "none"        // unchanged pictures
	AugmentTranslation = "translation" // moved by up to a thirty-second of the size
	AugmentMild        = "mild"        // always moved and cut out as by AugmentDiff, colours changed less
	AugmentDiff        = "diffaugment" // colours changed, moved by up to an eighth, a square cut out

	BorderGrey    = "grey"    // 0, the middle between black and white
	BorderReflect = "reflect" // the picture's mirror image

	GeneratorDCGAN    = "dcgan"    // the article's, with batch norm
	GeneratorResidual = "residual" // bottleneck blocks without any norm

	OutputTanh   = "tanh"
	OutputLinear = "linear"

	DiscriminatorDCGAN    = "dcgan"    // the article's, with batch norm
	DiscriminatorPlain    = "plain"    // without any norm, as gradient penalties need it
	DiscriminatorResidual = "residual" // bottleneck blocks without any norm
	DiscriminatorTorch    = "torch"    // that of PyTorch's DCGAN example, whose last layer sees 4x4 pixels

	ScheduleConstant = "constant" // no change, except by LRHalfLife
	ScheduleCosine   = "cosine"   // along a cosine over the planned steps

	UpdatesAlternating  = "alternating"  // G learns from D after D's update
	UpdatesSimultaneous = "simultaneous" // both learn from the weights before the step

	LossSigmoid       = "sigmoid"        // the article's cross-entropies, with label smoothing
	LossNonSaturating = "non-saturating" // the same without smoothing
	LossHinge         = "hinge"
	LossRelativistic  = "relativistic" // of the differences between pairs of a real and a generated picture

	StatisticsCalibrated = "calibrated" // recorded at the snapshot from 512 fixed z
	StatisticsMoving     = "moving"     // the moving averages of training
	StatisticsBatch      = "batch"      // those of the batch that is generated

	AlarmWarn   = "warn"   // report it
	AlarmStop   = "stop"   // save and end
	AlarmRewind = "rewind" // continue from the best checkpoint, with softer settings

	DeviceCPU = "cpu" // the processor's cores

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

// MaxRewinds is the number of rewinds after which an alarm ends the training.
const MaxRewinds = 3

// MaxThreads is the largest value of Threads. No machine has as many cores.
const MaxThreads = 4096

// CalibrationSize is the number of fixed z whose batch gives the calibrated statistics.
const CalibrationSize = 512

// Levels returns log2(Size). It is the number of stride-2 convolutions in the article's
// discriminator, which is one more than that of transposed ones in its generator.
func (c *Config) Levels() int { return bits.Len(uint(c.Size)) - 1 }

// Validate returns a *SettingError for the first setting whose value is not possible. It looks at the settings
// alone, not at the machine.
func (c *Config) Validate() error {
	for i := range Settings {
		if err := Settings[i].check(c); err != nil {
			return err
		}
	}
	for _, pair := range conflicts {
		if pair.clash(c) {
			key, with := Lookup(pair.key), Lookup(pair.with)
			return &SettingError{Key: pair.key, Value: key.Text(c), With: pair.with, WithValue: with.Text(c), Want: pair.want}
		}
	}
	if err := c.validatePlans(); err != nil {
		return err
	}
	return c.validateChanges()
}

// Take copies the values of all settings with a trait from from.
func (c *Config) Take(from *Config, t Trait) {
	for i := range Settings {
		if s := &Settings[i]; s.Is(t) {
			s.Copy(c, from)
		}
	}
}

// TakeNetworks copies the values of all settings of the networks (Setting.OfNetworks) from from.
func (c *Config) TakeNetworks(from *Config) {
	for _, s := range networks() {
		s.Copy(c, from)
	}
}

// OtherNetworks returns the key of a setting by which the networks differ from those of other, or "" if they do not.
func (c *Config) OtherNetworks(other *Config) string {
	for _, s := range networks() {
		if s.Key != "init" && s.Value(c) != s.Value(other) {
			return s.Key
		}
	}
	return ""
}

// OfNetworks reports whether the shapes or the meaning of the networks' weights may depend on the setting.
func (s *Setting) OfNetworks() bool {
	return s.Group == networksGroup || s.Key == "size" || s.Key == "channels"
}

// networks lists the settings of the networks, with those of the pictures that they make.
func networks() (list []*Setting) {
	for i := range Settings {
		if s := &Settings[i]; s.OfNetworks() {
			list = append(list, s)
		}
	}
	return list
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

// JSON returns the settings as config.json holds them.
func (c *Config) JSON() []byte {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		panic(err) // a struct of strings and finite numbers always encodes
	}
	return append(b, '\n')
}

// Parse reads settings that a person has written. A key that the file lacks has the value of the file's recipe, or of
// Default if the file names none. A key that no setting has is an error, since it is a typing mistake.
func Parse(data []byte) (*Config, error) {
	head := struct {
		Version int    `json:"version"`
		Recipe  string `json:"recipe"`
	}{Version, Default}
	if err := Unmarshal(data, &head); err != nil {
		return nil, err
	}
	if err := checkVersion(head.Version); err != nil {
		return nil, err
	}
	c, err := Recipe(head.Recipe)
	if err != nil {
		return nil, err
	}
	return c, c.read(data)
}

// ParseRun reads the settings that a run keeps. They are complete: a key that the file lacks has the zero value.
func ParseRun(data []byte) (*Config, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := Unmarshal(data, &head); err != nil {
		return nil, err
	}
	if err := checkVersion(head.Version); err != nil {
		return nil, err
	}
	c := &Config{}
	return c, c.read(data)
}

// Unmarshal is json.Unmarshal for a file of settings. Its errors have hints.
func Unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if len(bytes.TrimSpace(data)) == 0 {
		err = errors.New("the file is empty")
	}
	if err == nil {
		return nil
	}
	return Hint(fmt.Errorf("read settings: %w", err),
		`such as {"recipe": "vivid", "steps": 5000}; a run's config.json is one`)
}

// VersionError reports settings of another version than this program reads.
type VersionError struct{ Version int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("they are of version %d, this program reads version %d", e.Version, Version)
}

func checkVersion(version int) error {
	if version == Version {
		return nil
	}
	return Hint(fmt.Errorf("read settings: %w", &VersionError{version}),
		"the version of dcgan that made the run reads it")
}

// read sets the settings that data has and validates all settings.
func (c *Config) read(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	return c.Validate()
}
