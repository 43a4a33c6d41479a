package gan

// Kind is what a tensor of a state is.
type Kind int

const (
	Parameter        Kind = iota // trained: a weight, a bias, or a batch norm's beta, which is called its bias
	FirstMoment                  // Adam's m of a parameter
	SecondMoment                 // Adam's v of a parameter
	Average                      // the moving average of a parameter of the generator
	RunningMean                  // a batch norm's moving averages
	RunningVariance              //
	SamplingMean                 // a batch norm's calibrated statistics
	SamplingVariance             //
	ControlState                 // a number of the augmentation's Control
)

// Moment reports whether a tensor of the kind is one of Adam's moments.
func (k Kind) Moment() bool { return k == FirstMoment || k == SecondMoment }

// Sampling reports whether a tensor of the kind is a statistic for sampling.
func (k Kind) Sampling() bool { return k == SamplingMean || k == SamplingVariance }

// Named is a tensor's name and kind with its shape.
type Named struct {
	Name  string
	Kind  Kind
	Shape []int
}

// Names of tensors in a state and in files: those of a parameter's moments and average begin with the prefix of their
// kind, a batch norm's statistics end in its suffix. The others are PyTorch's.
var (
	prefixes = map[Kind]string{FirstMoment: "adam_m.", SecondMoment: "adam_v.", Average: "average."}
	suffixes = map[Kind]string{
		RunningMean: ".running_mean", RunningVariance: ".running_var",
		SamplingMean: ".sampling_mean", SamplingVariance: ".sampling_var",
	}
)

// ControlP and ControlSign are a Control's numbers, p and r.
var (
	ControlP    = Named{"augment.p", ControlState, []int{1}}
	ControlSign = Named{"augment.sign", ControlState, []int{1}}
)

// As returns the moment or average of a parameter.
func (n Named) As(k Kind) Named { return Named{prefixes[k] + n.Name, k, n.Shape} }

// Statistic returns a batch norm's recorded mean or variance.
func (l *Layer) Statistic(k Kind) Named { return Named{l.BatchNorm + suffixes[k], k, []int{l.Out}} }

// Parameters lists the trained tensors of some layers: of each convolution the weight, then the bias, where
// a batch norm's bias is its beta.
func Parameters(layers []Layer) []Named {
	var list []Named
	for i := range layers {
		l := &layers[i]
		if !l.Convolves() {
			continue
		}
		bias := l.Name
		if !l.Bias() {
			bias = l.BatchNorm
		}
		list = append(list,
			Named{l.Name + ".weight", Parameter, l.WeightShape()},
			Named{bias + ".bias", Parameter, []int{l.Out}})
	}
	return list
}

// Statistics lists the batch norms' recorded statistics of some kinds.
func Statistics(layers []Layer, kinds ...Kind) []Named {
	var list []Named
	for i := range layers {
		if l := &layers[i]; l.BatchNorm != "" {
			for _, k := range kinds {
				list = append(list, l.Statistic(k))
			}
		}
	}
	return list
}
