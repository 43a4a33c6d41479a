package score

// The embedded network: MobileNet v2 (Sandler, Howard, Zhu, Zhmoginov, Chen:
// MobileNetV2: Inverted Residuals and Linear Bottlenecks; CVPR 2018). The weights
// are from the npm package nsfwjs (MIT licence), trained on ImageNet and then on
// drawings and photographs; weights/make.js extracts them.

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
)

//go:embed weights/mobilenet.bin
var mobilenetFile []byte

// mobilenetInput is the width and height that pictures are scaled to.
const mobilenetInput = 128

const mobilenetEpsilon = 0.001 // of its batch norms

// bottleneck is an inverted residual block: a 1x1 convolution to more channels, a
// depthwise convolution, and a 1x1 convolution to fewer channels. The result is
// added to the input if the shapes are equal.
type bottleneck struct {
	expand  *conv // nil in the first block
	spatial *depthwise
	project *conv
	add     bool
}

// mobilenet is the network up to its last bottleneck, which has 320 channels. The
// next layer has 1,280, but ranks damaged pictures no better (bench/ladder.py) and
// would need more pictures for a distance of the same accuracy.
type mobilenet struct {
	first  *conv
	blocks []bottleneck
}

// mobilenetBlocks returns the output channels and the stride of each bottleneck.
func mobilenetBlocks() [][2]int {
	return [][2]int{
		{16, 1}, {24, 2}, {24, 1}, {32, 2}, {32, 1}, {32, 1}, {64, 2}, {64, 1}, {64, 1}, {64, 1},
		{96, 1}, {96, 1}, {96, 1}, {160, 2}, {160, 1}, {160, 1}, {320, 1},
	}
}

// quantised holds the tensors of the weights' file by name. Their values are bytes:
// b stands for Min + b*Scale.
type quantised map[string]quantisedTensor

type quantisedTensor struct {
	Name       string
	Shape      []int
	Min, Scale float64
	bytes      []byte
}

func readQuantised(file []byte) (quantised, error) {
	line, rest, found := bytes.Cut(file, []byte("\n"))
	var list []quantisedTensor
	if err := json.Unmarshal(line, &list); err != nil || !found {
		return nil, errors.New("embedded weights: no list of tensors")
	}
	q := quantised{}
	for _, t := range list {
		size := 1
		for _, d := range t.Shape {
			size *= d
		}
		if size > len(rest) {
			return nil, fmt.Errorf("embedded weights: %s is cut short", t.Name)
		}
		t.bytes, rest = rest[:size], rest[size:]
		q[t.Name] = t
	}
	return q, nil
}

// values returns the values of a tensor.
func (q quantised) values(name string) []float32 {
	t := q[name]
	v := make([]float32, len(t.bytes))
	for i, b := range t.bytes {
		v[i] = float32(float64(b)*t.Scale + t.Min)
	}
	return v
}

func (q quantised) readNorm(name string) norm {
	return newNorm(q.values(name+"/gamma"), q.values(name+"/beta"),
		q.values(name+"/moving_mean"), q.values(name+"/moving_variance"), mobilenetEpsilon)
}

// readConv returns a convolution. The file has its kernel as [height][width][in][out].
func (q quantised) readConv(name, normName string, stride int, pad padding, a activation) (*conv, error) {
	shape, hwio := q[name+"/kernel"].Shape, q.values(name+"/kernel")
	if len(shape) != 4 {
		return nil, fmt.Errorf("embedded weights: %s has the shape %v", name, shape)
	}
	taps, in, out := shape[0]*shape[1], shape[2], shape[3]
	oihw := make([]float32, len(hwio))
	for i, v := range hwio {
		tap, k, o := i/(in*out), i/out%in, i%out
		oihw[(o*in+k)*taps+tap] = v
	}
	return newConv(oihw, [4]int{out, in, shape[0], shape[1]}, stride, pad, q.readNorm(normName), a)
}

// samePadding returns TensorFlow's padding SAME of a 3x3 kernel on an even size. With
// stride 2 it is at the bottom and the right only.
func samePadding(stride int) padding {
	if stride == 2 {
		return padding{bottom: 1, right: 1}
	}
	return evenly(1, 1)
}

func newMobilenet(file []byte) (*mobilenet, error) {
	q, err := readQuantised(file)
	if err != nil {
		return nil, err
	}
	m := &mobilenet{}
	if m.first, err = q.readConv("Conv1", "bn_Conv1", 2, samePadding(2), relu6); err != nil {
		return nil, err
	}
	in := 32
	for i, b := range mobilenetBlocks() {
		name := "expanded_conv"
		if i > 0 {
			name = fmt.Sprintf("block_%d", i)
		}
		block, err := q.readBottleneck(name, in, b[0], b[1])
		if err != nil {
			return nil, err
		}
		m.blocks = append(m.blocks, block)
		in = b[0]
	}
	return m, nil
}

func (q quantised) readBottleneck(name string, in, out, stride int) (b bottleneck, err error) {
	wide := in
	if _, ok := q[name+"_expand/kernel"]; ok {
		if b.expand, err = q.readConv(name+"_expand", name+"_expand_BN", 1, padding{}, relu6); err != nil {
			return b, err
		}
		wide = b.expand.out
	}
	kernel := q.values(name + "_depthwise/depthwise_kernel")
	b.spatial = newDepthwise(kernel, wide, stride, samePadding(stride), q.readNorm(name+"_depthwise_BN"))
	b.project, err = q.readConv(name+"_project", name+"_project_BN", 1, padding{}, linear)
	b.add = in == out && stride == 1
	return b, err
}

// forward returns the maps of the last bottleneck, of 320 channels.
func (m *mobilenet) forward(a *arena, x *featureMap) *featureMap {
	x = m.first.forward(a, x, 1)
	for i := range m.blocks {
		x = m.blocks[i].forward(a, x)
	}
	return x
}

func (b *bottleneck) forward(a *arena, x *featureMap) *featureMap {
	wide := x
	if b.expand != nil {
		wide = b.expand.forward(a, x, 1)
	}
	y := b.project.forward(a, b.spatial.forward(a, wide), 0)
	if b.add {
		add(y, x)
	}
	return y
}
