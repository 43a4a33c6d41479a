package score

// The embedded network: MobileNet v2 (Sandler, Howard, Zhu, Zhmoginov, Chen:
// MobileNetV2: Inverted Residuals and Linear Bottlenecks; CVPR 2018) as the npm
// package nsfwjs ships it under the MIT licence, trained on ImageNet and then on
// drawings and photographs; weights/make.js cuts it out of the package.

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

// bottleneck is an inverted residual: a 1x1 convolution to many channels, a
// depthwise one, a 1x1 convolution to few, added to the input where shapes allow.
type bottleneck struct {
	expand  *conv // nil in the first
	spatial *depthwise
	project *conv
	add     bool
}

// mobilenet is the network up to its last bottleneck. The layer that follows, of
// 1,280 channels, ranks damaged pictures no better than the 320 here (bench/ladder.py),
// and so many values need more pictures for a distance as sure.
type mobilenet struct {
	first  *conv
	blocks []bottleneck
}

// mobilenetBlocks are output channels and stride of each bottleneck.
func mobilenetBlocks() [][2]int {
	return [][2]int{
		{16, 1}, {24, 2}, {24, 1}, {32, 2}, {32, 1}, {32, 1}, {64, 2}, {64, 1}, {64, 1}, {64, 1},
		{96, 1}, {96, 1}, {96, 1}, {160, 2}, {160, 1}, {160, 1}, {320, 1},
	}
}

// quantised is a file of tensors of bytes: byte b stands for min + b*scale.
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

// values returns a tensor's numbers.
func (q quantised) values(name string) []float32 {
	t := q[name]
	v := make([]float32, len(t.bytes))
	for i, b := range t.bytes {
		v[i] = float32(float64(b)*t.Scale + t.Min)
	}
	return v
}

func (q quantised) norm(name string) norm {
	return newNorm(q.values(name+"/gamma"), q.values(name+"/beta"),
		q.values(name+"/moving_mean"), q.values(name+"/moving_variance"), mobilenetEpsilon)
}

// conv reads a convolution; its file has the kernel as [height][width][in][out].
func (q quantised) conv(name, normName string, stride int, pad padding, a activation) (*conv, error) {
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
	return newConv(oihw, [4]int{out, in, shape[0], shape[1]}, stride, pad, q.norm(normName), a)
}

// samePadding is that of a 3x3 kernel: of stride 2 on an even size, it is on the
// far sides alone.
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
	if m.first, err = q.conv("Conv1", "bn_Conv1", 2, samePadding(2), relu6); err != nil {
		return nil, err
	}
	in := 32
	for i, b := range mobilenetBlocks() {
		name := "expanded_conv"
		if i > 0 {
			name = fmt.Sprintf("block_%d", i)
		}
		block, err := q.bottleneck(name, in, b[0], b[1])
		if err != nil {
			return nil, err
		}
		m.blocks = append(m.blocks, block)
		in = b[0]
	}
	return m, nil
}

func (q quantised) bottleneck(name string, in, out, stride int) (b bottleneck, err error) {
	wide := in
	if _, ok := q[name+"_expand/kernel"]; ok {
		if b.expand, err = q.conv(name+"_expand", name+"_expand_BN", 1, padding{}, relu6); err != nil {
			return b, err
		}
		wide = b.expand.out
	}
	b.spatial = newDepthwise(q.values(name+"_depthwise/depthwise_kernel"), wide, stride, samePadding(stride), q.norm(name+"_depthwise_BN"))
	b.project, err = q.conv(name+"_project", name+"_project_BN", 1, padding{}, linear)
	b.add = in == out && stride == 1
	return b, err
}

// forward returns the maps of the last bottleneck, 320 channels.
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
