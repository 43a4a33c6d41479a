package score

// The network of FID: Inception v3 (Szegedy et al.: Rethinking the Inception
// Architecture for Computer Vision; CVPR 2016) as in TensorFlow's file of
// 2015-12-05. Layers have the names of the PyTorch port of those weights. As in that
// file, average pools do not count the padding, and the last block has a max pool
// where the paper has an average pool.

import (
	"fmt"
	"strings"

	"dcgan/internal/tensor"
)

const (
	inceptionInput   = 299
	inceptionBorder  = 3 // padding of a kernel of 7, the largest
	inceptionDim     = 2048
	inceptionEpsilon = 0.001
)

// pooling is the operation that a branch begins with. Pools are 3x3.
type pooling int

const (
	noPool pooling = iota
	averagePool
	maxPool
	maxPoolHalf // stride 2, no padding
)

// branch is a path through a block: a pool, a chain of convolutions (the stem), and
// parallel convolutions (the heads) that all read the maps of the stem.
type branch struct {
	pool        pooling
	stem, heads []*conv
}

// block is a list of parallel branches. Its output is the concatenation of theirs.
type block []branch

// inception is the network up to the global average pool.
type inception struct{ blocks []block }

// inceptionTable lists the blocks, each as the prefix of its layers' names and its
// branches, which " | " separates. A branch is its pool, the convolutions of its stem
// as NAME:CHANNELS:KERNEL, and after "+" those of its heads. A kernel is padded for
// stride 1, or is followed by /1 or /2: the stride without padding.
func inceptionTable() [][2]string {
	a := func(name string, features int) [2]string {
		return [2]string{name + ".", fmt.Sprintf("branch1x1:64:1x1 | branch5x5_1:48:1x1 branch5x5_2:64:5x5 | "+
			"branch3x3dbl_1:64:1x1 branch3x3dbl_2:96:3x3 branch3x3dbl_3:96:3x3 | average branch_pool:%d:1x1", features)}
	}
	c := func(name string, n int) [2]string {
		return [2]string{name + ".", strings.ReplaceAll("branch1x1:192:1x1 | "+
			"branch7x7_1:N:1x1 branch7x7_2:N:1x7 branch7x7_3:192:7x1 | branch7x7dbl_1:N:1x1 branch7x7dbl_2:N:7x1 "+
			"branch7x7dbl_3:N:1x7 branch7x7dbl_4:N:7x1 branch7x7dbl_5:192:1x7 | "+
			"average branch_pool:192:1x1", "N", fmt.Sprint(n))}
	}
	e := func(name, pool string) [2]string {
		return [2]string{name + ".", "branch1x1:320:1x1 | " +
			"branch3x3_1:384:1x1 + branch3x3_2a:384:1x3 branch3x3_2b:384:3x1 | branch3x3dbl_1:448:1x1 " +
			"branch3x3dbl_2:384:3x3 + branch3x3dbl_3a:384:1x3 branch3x3dbl_3b:384:3x1 | " +
			pool + " branch_pool:192:1x1"}
	}
	return [][2]string{
		{"", "Conv2d_1a_3x3:32:3x3/2 Conv2d_2a_3x3:32:3x3/1 Conv2d_2b_3x3:64:3x3"},
		{"", "max/2 Conv2d_3b_1x1:80:1x1 Conv2d_4a_3x3:192:3x3/1"},
		{"", "max/2"},
		a("Mixed_5b", 32), a("Mixed_5c", 64), a("Mixed_5d", 64),
		{"Mixed_6a.", "branch3x3:384:3x3/2 | branch3x3dbl_1:64:1x1 branch3x3dbl_2:96:3x3 branch3x3dbl_3:96:3x3/2 | max/2"},
		c("Mixed_6b", 128), c("Mixed_6c", 160), c("Mixed_6d", 160), c("Mixed_6e", 192),
		{"Mixed_7a.", "branch3x3_1:192:1x1 branch3x3_2:320:3x3/2 | " +
			"branch7x7x3_1:192:1x1 branch7x7x3_2:192:1x7 branch7x7x3_3:192:7x1 branch7x7x3_4:192:3x3/2 | max/2"},
		e("Mixed_7b", "average"), e("Mixed_7c", "max"),
	}
}

// NewInception returns the extractor of FID. weights are the tensors of
// pt_inception-2015-12-05 by name. Those after the last pool are not used.
func NewInception(weights map[string]*tensor.Tensor) (*Extractor, error) {
	n, channels := &inception{}, 3
	for _, row := range inceptionTable() {
		b, out, err := newBlock(weights, row[0], row[1], channels)
		if err != nil {
			return nil, fmt.Errorf("take weights for the Inception network: %w", err)
		}
		n.blocks = append(n.blocks, b)
		channels = out
	}
	return &Extractor{
		Name: "inception-2015-12-05", Dim: channels,
		input: inceptionInput, low: -1, high: 1, forward: n.forward,
	}, nil
}

// newBlock makes a block of in channels from its row of inceptionTable, and returns
// its number of output channels.
func newBlock(weights map[string]*tensor.Tensor, prefix, table string, in int) (b block, out int, err error) {
	for text := range strings.SplitSeq(table, " | ") {
		var br branch
		channels, sideBySide := in, false
		for word := range strings.FieldsSeq(text) {
			switch word {
			case "average":
				br.pool = averagePool
			case "max":
				br.pool = maxPool
			case "max/2":
				br.pool = maxPoolHalf
			case "+":
				sideBySide = true
			default:
				c, err := newBasicConv(weights, prefix, word, channels)
				if err != nil {
					return nil, 0, err
				}
				if sideBySide {
					br.heads = append(br.heads, c)
					out += c.out
				} else {
					br.stem = append(br.stem, c)
					channels = c.out
				}
			}
		}
		if !sideBySide {
			out += channels
		}
		b = append(b, br)
	}
	return b, out, nil
}

// newBasicConv makes a convolution, with its batch norm and ReLU, from its word in
// inceptionTable.
func newBasicConv(weights map[string]*tensor.Tensor, prefix, word string, in int) (*conv, error) {
	name, geometry, _ := strings.Cut(word, ":")
	var out, height, width int
	kernel, stride, strided := strings.Cut(geometry, "/")
	if _, err := fmt.Sscanf(kernel, "%d:%dx%d", &out, &height, &width); err != nil {
		panic(err) // the table is part of the program
	}
	pad, step := evenly(height/2, width/2), 1
	if strided {
		pad = padding{}
		step = int(stride[0] - '0')
	}
	values := func(part string, shape ...int) ([]float32, error) {
		t, ok := weights[prefix+name+part]
		if !ok {
			return nil, fmt.Errorf("%s is missing", prefix+name+part)
		}
		if err := t.CheckShape(shape...); err != nil {
			return nil, fmt.Errorf("%s: %w", prefix+name+part, err)
		}
		return t.Data, nil
	}
	var list [4][]float32
	for i, part := range []string{".bn.weight", ".bn.bias", ".bn.running_mean", ".bn.running_var"} {
		v, err := values(part, out)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	w, err := values(".conv.weight", out, in, height, width)
	if err != nil {
		return nil, err
	}
	return newConv(w, [4]int{out, in, height, width}, step, pad,
		newNorm(list[0], list[1], list[2], list[3], inceptionEpsilon), relu)
}

func (n *inception) forward(a *arena, x *featureMap) *featureMap {
	for _, b := range n.blocks {
		x = b.forward(a, x)
	}
	return x
}

func (b block) forward(a *arena, x *featureMap) *featureMap {
	var outs []*featureMap
	for i := range b {
		outs = append(outs, b[i].forward(a, x)...)
	}
	return concat(a, outs)
}

func (b *branch) forward(a *arena, x *featureMap) []*featureMap {
	switch b.pool {
	case averagePool:
		x = pool3(a, x, 1, 1, true)
	case maxPool:
		x = pool3(a, x, 1, 1, false)
	case maxPoolHalf:
		x = pool3(a, x, 2, 0, false)
	}
	for _, c := range b.stem {
		x = c.forward(a, x, inceptionBorder)
	}
	if len(b.heads) == 0 {
		return []*featureMap{x}
	}
	var outs []*featureMap
	for _, c := range b.heads {
		outs = append(outs, c.forward(a, x, inceptionBorder))
	}
	return outs
}

// concat concatenates the channels of maps of one size. All have whole blocks.
func concat(a *arena, maps []*featureMap) *featureMap {
	if len(maps) == 1 {
		return maps[0]
	}
	channels := 0
	for _, m := range maps {
		channels += m.channels
	}
	y := a.newMap(maps[0].n, maps[0].height, maps[0].width, channels, inceptionBorder)
	for n := range y.n {
		at := n * y.image()
		for _, m := range maps {
			at += copy(y.data[at:], m.data[n*m.image():][:m.image()])
		}
	}
	return y
}

// pool3 is a 3x3 pool: the mean or the maximum of the pixels inside the map.
func pool3(a *arena, x *featureMap, stride, pad int, mean bool) *featureMap {
	y := a.newMap(x.n, (x.height+2*pad-3)/stride+1, (x.width+2*pad-3)/stride+1, x.channels, inceptionBorder)
	for n := range y.n {
		for b := range blocksOf(y.channels) {
			for i := range y.height {
				for j := range y.width {
					poolPixel((*[lanes]float32)(y.data[y.at(n, b, i, j):]), x, n, b, i*stride-pad, j*stride-pad, mean)
				}
			}
		}
	}
	return y
}

// poolPixel pools the 3x3 pixels whose first is (top, left).
func poolPixel(out *[lanes]float32, x *featureMap, n, b, top, left int, mean bool) {
	count := float32(0)
	for y := max(top, 0); y < min(top+3, x.height); y++ {
		for c := max(left, 0); c < min(left+3, x.width); c++ {
			in := (*[lanes]float32)(x.data[x.at(n, b, y, c):])
			switch {
			case count == 0:
				*out = *in
			case mean:
				for k, v := range in {
					out[k] += v
				}
			default:
				for k, v := range in {
					out[k] = max(out[k], v)
				}
			}
			count++
		}
	}
	if mean {
		for k := range out {
			out[k] /= count
		}
	}
}
