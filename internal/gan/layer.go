package gan

import (
	"errors"
	"fmt"
)

// Operation is what a layer does with its input. Each but Identity is a convolution from a wide map, the larger one,
// to a narrow map, or the transpose of one.
type Operation int

const (
	Convolution           Operation = iota // wide to narrow
	TransposedConvolution                  // narrow to wide: the transpose of that convolution
	Downsampling                           // to half the size: a convolution of each channel alone, with fixed weights
	Upsampling                             // to twice the size: 4 times the transpose of that convolution
	Identity                               // the output is the input
)

// resamplingFactors are the factors of a resampling kernel along an axis, by the kernel's size. A weight is the product
// of its row's and its column's factor, each divided by the sum of the factors. A kernel of 2 takes the mean of 2x2
// pixels, or repeats a pixel. A kernel of 4 interpolates, with zeros outside the map.
var resamplingFactors = map[int][]float64{2: {1, 1}, 4: {1, 3, 3, 1}}

// ResamplingWeights returns the weights of Downsampling along an axis, for a kernel of that size. They add up to 1.
func ResamplingWeights(kernel int) []float64 {
	var weights []float64
	sum := 0.0
	for _, f := range resamplingFactors[kernel] {
		sum += f
	}
	for _, f := range resamplingFactors[kernel] {
		weights = append(weights, f/sum)
	}
	return weights
}

// Activation is the function that a layer applies last, to each element.
type Activation int

const (
	Linear Activation = iota
	ReLU
	LeakyReLU // max(x, 0.2 x)
	Tanh
)

// Layer is a row of a network's table. It applies an operation to the output of an earlier row, then a batch norm or
// a bias, an optional sum and an activation,
//
//	x = operation(input),   v = norm(x) or x + bias, + added,   y = activation(v)
//
// A convolution has either a bias or a batch norm, whose beta takes the bias's place. The other operations have
// neither.
type Layer struct {
	Name            string // "generator.deconv1", "discriminator.conv2", ...
	Op              Operation
	From            string // the layer whose output is the input, or Input; "" is the layer before
	In, Out         int    // channels
	InSize, OutSize int    // width and height in pixels
	Kernel, Stride  int
	Pad             int    // zeros on every side of the wide map
	Smooth          bool   // the kernels of 4x4 are derived from trained ones of 3x3 (smooth.go)
	BatchNorm       string // "generator.bn1", ..., or ""
	Add             string // the layer whose output is added, or Input; "" adds nothing
	Activation      Activation
	Init            Init // of the weights
}

// Convolves reports whether the layer is a convolution, transposed or not. Only convolutions have parameters.
func (l *Layer) Convolves() bool { return l.Op == Convolution || l.Op == TransposedConvolution }

// widens reports whether the layer leads from the narrow map to the wide one.
func (l *Layer) widens() bool { return l.Op == TransposedConvolution || l.Op == Upsampling }

// Bias reports whether the layer has a bias, which a convolution without a batch norm has.
func (l *Layer) Bias() bool { return l.Convolves() && l.BatchNorm == "" }

// Sizes returns the sizes of the wide and of the narrow map.
func (l *Layer) Sizes() (wide, narrow int) {
	if l.widens() {
		return l.OutSize, l.InSize
	}
	return l.InSize, l.OutSize
}

// Validate returns an error unless the layer can be computed: its numbers must be positive, and its sizes must be
// those of a convolution with its kernel, stride and padding,
//
//	narrow = (wide + 2*pad - kernel)/stride + 1
func (l *Layer) Validate() error {
	wide, narrow := l.Sizes()
	switch reach := wide + 2*l.Pad - l.Kernel; {
	case l.Op < Convolution || l.Op > Identity:
		return fmt.Errorf("layer %s: operation %d is unknown", l.Name, l.Op)
	case l.In < 1 || l.Out < 1:
		return fmt.Errorf("layer %s: from %d channels to %d", l.Name, l.In, l.Out)
	case l.Kernel < 1 || l.Stride < 1:
		return fmt.Errorf("layer %s: a kernel of %d with stride %d", l.Name, l.Kernel, l.Stride)
	case l.Pad < 0 || l.Pad >= l.Kernel:
		return fmt.Errorf("layer %s: padding %d with a kernel of %d", l.Name, l.Pad, l.Kernel)
	case narrow < 1 || reach < 0 || reach/l.Stride+1 != narrow || reach%l.Stride != 0:
		return fmt.Errorf("layer %s: its sizes %d and %d do not fit kernel %d, stride %d, padding %d",
			l.Name, l.InSize, l.OutSize, l.Kernel, l.Stride, l.Pad)
	case l.Activation < Linear || l.Activation > Tanh:
		return fmt.Errorf("layer %s: activation %d is unknown", l.Name, l.Activation)
	case l.Smooth && (!l.Convolves() || l.Kernel != 4 || l.Stride != 2 || l.Pad != 1):
		return fmt.Errorf("layer %s: a smooth kernel has size 4, stride 2 and padding 1", l.Name)
	case !l.Convolves():
		return l.validateFixed()
	}
	return nil
}

// validateFixed is the part of Validate for operations without parameters.
func (l *Layer) validateFixed() error {
	resampling := l.Op == Downsampling || l.Op == Upsampling
	switch {
	case l.In != l.Out:
		return fmt.Errorf("layer %s: it keeps its channels, and is to make %d of %d", l.Name, l.Out, l.In)
	case l.BatchNorm != "":
		return fmt.Errorf("layer %s: only a convolution has a batch norm", l.Name)
	case resampling && (resamplingFactors[l.Kernel] == nil || l.Stride != 2 || l.Pad != l.Kernel/2-1):
		return fmt.Errorf("layer %s: resampling has stride 2 and kernel 2 without padding, or kernel 4 with padding 1",
			l.Name)
	case l.Op == Identity && l.InSize != l.OutSize:
		return fmt.Errorf("layer %s: an identity from size %d to %d", l.Name, l.InSize, l.OutSize)
	}
	return nil
}

// KernelShape returns the shape of the kernels: OIHW for a convolution, IOHW for a transposed one.
func (l *Layer) KernelShape() []int { return l.shape(l.Kernel) }

// WeightShape returns the shape of the trained weights. It is KernelShape unless the kernels are smooth.
func (l *Layer) WeightShape() []int { return l.shape(l.trainedKernel()) }

func (l *Layer) shape(kernel int) []int {
	if l.Op == TransposedConvolution {
		return []int{l.In, l.Out, kernel, kernel}
	}
	return []int{l.Out, l.In, kernel, kernel}
}

// trainedKernel returns the width and height of the trained kernels.
func (l *Layer) trainedKernel() int {
	if l.Smooth {
		return 3
	}
	return l.Kernel
}

// fanIn returns the number of trained weights that an output pixel depends on.
func (l *Layer) fanIn() int {
	side := l.trainedKernel()
	switch {
	case l.Op == TransposedConvolution && l.InSize == 1:
		side = 1
	case l.Op == TransposedConvolution && !l.Smooth:
		side /= l.Stride
	}
	return l.In * side * side
}

// Multiplies returns the number of multiply-adds in the definition of the convolution's forward pass for one picture,
// products with padding included. It is 0 for other operations.
func (l *Layer) Multiplies() int64 {
	if !l.Convolves() {
		return 0
	}
	size := min(l.InSize, l.OutSize) // the side on which every pixel meets the whole kernel
	return int64(size) * int64(size) * int64(l.In) * int64(l.Out) * int64(l.Kernel) * int64(l.Kernel)
}

// Network is a table of layers in the order in which they are computed. The output of the last layer is the network's
// output.
type Network []Layer

// Input is the name of a network's input in From and Add. Where a layer's index is expected, InputIndex stands for it.
const (
	Input      = "input"
	InputIndex = -1
)

// Reads returns the index of the layer whose output layer i of a valid network reads, or InputIndex.
func (n Network) Reads(i int) int {
	if n[i].From == "" {
		return i - 1
	}
	at, _ := n.find(n[i].From, i)
	return at
}

// Adds returns the index of the layer whose output layer i of a valid network adds, or InputIndex. It returns false if
// layer i adds nothing.
func (n Network) Adds(i int) (int, bool) {
	if n[i].Add == "" {
		return 0, false
	}
	return n.find(n[i].Add, i)
}

// find returns the index of the layer with that name among the layers before layer i.
func (n Network) find(name string, i int) (int, bool) {
	if name == Input {
		return InputIndex, true
	}
	for at := range n[:i] {
		if n[at].Name == name {
			return at, true
		}
	}
	return 0, false
}

// Multiplies returns the sum of the layers' multiply-adds.
func (n Network) Multiplies() (sum int64) {
	for i := range n {
		sum += n[i].Multiplies()
	}
	return sum
}

// Validate returns an error unless the network can be computed from an input of that many channels and that size. Each
// layer must be valid, have a unique name, read and add earlier outputs of the shapes that it expects and, unless it is
// the last, be read by a later layer.
func (n Network) Validate(channels, size int) error {
	if len(n) == 0 {
		return errors.New("a network has no layers")
	}
	used := map[int]bool{len(n) - 1: true}
	for i := range n {
		l := &n[i]
		if err := l.Validate(); err != nil {
			return err
		}
		if _, taken := n.find(l.Name, i); taken {
			return fmt.Errorf("layer %s: another layer has that name", l.Name)
		}
		in := side{l.From, l.In, l.InSize, "takes"}
		if in.name == "" {
			in.name = Input
			if i > 0 {
				in.name = n[i-1].Name
			}
		}
		sides := []side{in}
		if l.Add != "" {
			sides = append(sides, side{l.Add, l.Out, l.OutSize, "adds"})
		}
		for _, s := range sides {
			at, err := n.check(i, s, channels, size)
			if err != nil {
				return err
			}
			used[at] = true
		}
	}
	for i := range n {
		if !used[i] {
			return fmt.Errorf("layer %s: no layer reads it", n[i].Name)
		}
	}
	return nil
}

// side is the shape that a layer expects of the output that it reads or adds.
type side struct {
	name           string
	channels, size int
	verb           string
}

// check returns the index of the layer whose output layer i reads or adds, or InputIndex. It returns an error if there
// is no such layer or its shape differs. channels and size are the shape of the network's input.
func (n Network) check(i int, s side, channels, size int) (int, error) {
	at, ok := n.find(s.name, i)
	if !ok {
		return 0, fmt.Errorf("layer %s: no layer before it is called %s", n[i].Name, s.name)
	}
	if at != InputIndex {
		channels, size = n[at].Out, n[at].OutSize
	}
	if s.channels != channels || s.size != size {
		return 0, fmt.Errorf("layer %s: it %s %d channels of %dx%d and is given %d of %dx%d",
			n[i].Name, s.verb, s.channels, s.size, s.size, channels, size, size)
	}
	return at, nil
}
