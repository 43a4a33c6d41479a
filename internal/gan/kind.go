package gan

// Kind is what a tensor of a state is.
type Kind int

const (
	Parameter        Kind = iota // trained: a weight, a bias, or a batch norm's beta, which is called its bias
	FirstMoment                  // Adam's m of a parameter
	SecondMoment                 // Adam's v of a parameter
	Average                      // the moving average of a parameter of the generator
	RunningMean                  // a batch norm's moving average of means
	RunningVariance              // and of variances
	SamplingMean                 // a batch norm's calibrated mean
	SamplingVariance             // and variance
	ControlState                 // a number of the augmentation's Control
)

// Moment reports whether a tensor of the kind is one of Adam's moments.
func (k Kind) Moment() bool { return k == FirstMoment || k == SecondMoment }

// Sampling reports whether a tensor of the kind is a statistic for sampling.
func (k Kind) Sampling() bool { return k == SamplingMean || k == SamplingVariance }

// Named is the name, kind and shape of a tensor.
type Named struct {
	Name  string
	Kind  Kind
	Shape []int
}

// The names of tensors in states and files. A parameter has the name that PyTorch would give it. Its moments and its
// average have that name behind a prefix. A batch norm's statistics have the batch norm's name and a suffix.
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

// As returns the tensor of kind k, a moment or an average, that belongs to the parameter n.
func (n Named) As(k Kind) Named { return Named{prefixes[k] + n.Name, k, n.Shape} }

// Statistic returns the tensor of kind k, a mean or a variance, that the layer's batch norm records.
func (l *Layer) Statistic(k Kind) Named { return Named{l.BatchNorm + suffixes[k], k, []int{l.Out}} }

// Parameters lists the trained tensors of layers: for each convolution its weight, then its bias or, if it has a batch
// norm, the batch norm's beta, whose name ends in .bias too.
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

// Statistics lists the tensors of the given kinds that the layers' batch norms record.
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
