// ONNX, the format of onnxruntime and its build for the web: a protocol buffer, whose
// messages https://github.com/onnx/onnx/blob/main/onnx/onnx.proto defines.

package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// The versions of what is written: the format's, and the set of operators'. Both are of
// 2020, so that any runtime in use takes them.
const (
	onnxVersion = 7
	onnxOpset   = 13
)

// maxONNX is the most bytes that a protocol buffer may have.
const maxONNX = math.MaxInt32

// ONNX says how a network is written.
type ONNX struct {
	// Bytes makes pictures bytes in [n, size, size, channels] instead of numbers from -1 to
	// 1 in [n, channels, size, size].
	Bytes    bool
	Rounding string            // of bytes, config.RoundNearest or config.RoundTruncate
	Metadata map[string]string // what the file tells about the model
}

// WriteGenerator writes a generator: the input z is [n, nz], the output picture as o says.
func (o ONNX) WriteGenerator(w io.Writer, n *Network) error {
	first, last := &n.Ops[0], &n.Ops[len(n.Ops)-1]
	g := &onnxGraph{name: "generator"}
	g.message.bytes(graphInput, valueInfo("z", onnxFloat, first.In))
	x := g.add("Unsqueeze", "z_map", []string{"z", g.integers("z_axes", 2, 3)})
	x = g.network(n, x)
	kind, shape := onnxFloat, []int{last.Out, last.OutSize, last.OutSize}
	if o.Bytes {
		kind, shape = onnxUint8, []int{last.OutSize, last.OutSize, last.Out}
		x = g.toBytes(x, o.Rounding)
	}
	g.add("Identity", "picture", []string{x})
	g.message.bytes(graphOutput, valueInfo("picture", kind, shape...))
	return o.write(w, g)
}

// WriteDiscriminator writes a discriminator: the input picture is as o says, the output
// logit [n, 1], the larger the more real.
func (o ONNX) WriteDiscriminator(w io.Writer, n *Network) error {
	first := &n.Ops[0]
	g := &onnxGraph{name: "discriminator"}
	x := "picture"
	if o.Bytes {
		g.message.bytes(graphInput, valueInfo("picture", onnxUint8, first.InSize, first.InSize, first.In))
		x = g.fromBytes(x)
	} else {
		g.message.bytes(graphInput, valueInfo("picture", onnxFloat, first.In, first.InSize, first.InSize))
	}
	x = g.network(n, x)
	g.add("Flatten", "logit", []string{x}, integer("axis", 1))
	g.message.bytes(graphOutput, valueInfo("logit", onnxFloat, 1))
	return o.write(w, g)
}

// write writes the ModelProto.
func (o ONNX) write(w io.Writer, g *onnxGraph) error {
	g.message.text(graphName, g.name)
	var head message
	head.varint(modelVersion, onnxVersion)
	head.text(modelProducer, "dcgan")
	var opset message
	opset.text(opsetDomain, "")
	opset.varint(opsetVersion, onnxOpset)
	head.bytes(modelOpset, opset)
	for _, key := range slices.Sorted(maps.Keys(o.Metadata)) {
		var entry message
		entry.text(entryKey, key)
		entry.text(entryValue, o.Metadata[key])
		head.bytes(modelMetadata, entry)
	}
	head = protowire.AppendTag(head, modelGraph, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(len(g.message)))
	if len(head)+len(g.message) > maxONNX {
		return config.Hint(fmt.Errorf("write ONNX: the model takes %d MB, an ONNX file holds 2 GB", len(g.message)>>20),
			"safetensors files have no such limit")
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(g.message)
	return err
}

// onnxGraph is a GraphProto that grows. Values have the names of the nodes that give them.
type onnxGraph struct {
	name    string
	message message
}

// add appends a node and returns the name of its output.
func (g *onnxGraph) add(op, output string, inputs []string, attributes ...message) string {
	var node message
	for _, input := range inputs {
		node.text(nodeInput, input)
	}
	node.text(nodeOutput, output)
	node.text(nodeName, output)
	node.text(nodeOp, op)
	for _, a := range attributes {
		node.bytes(nodeAttribute, a)
	}
	g.message.bytes(graphNode, node)
	return output
}

// network appends the operations on a value and returns the name of the last one's output.
func (g *onnxGraph) network(n *Network, input string) string {
	outputs := make([]string, len(n.Ops))
	output := func(i int) string {
		if i == gan.InputIndex {
			return input
		}
		return outputs[i]
	}
	for i := range n.Ops {
		op := &n.Ops[i]
		x := g.operation(op, output(op.Input))
		if op.Added != none {
			x = g.add("Add", op.Name+".sum", []string{x, output(op.Added)})
		}
		switch op.Activation {
		case gan.ReLU:
			x = g.add("Relu", op.Name+".relu", []string{x})
		case gan.LeakyReLU:
			x = g.add("LeakyRelu", op.Name+".leaky_relu", []string{x}, float("alpha", gan.LeakySlope))
		case gan.Tanh:
			x = g.add("Tanh", op.Name+".tanh", []string{x})
		}
		outputs[i] = x
	}
	return outputs[len(outputs)-1]
}

// operation appends a convolution with its bias. Resampling is one of as many groups as
// channels, with the same weights in each.
func (g *onnxGraph) operation(op *Op, x string) string {
	kind, shape, weights, groups := "Conv", op.KernelShape(), op.Weight, 1
	switch {
	case op.Op == gan.Identity:
		return g.add("Identity", op.Name, []string{x})
	case op.resamples():
		shape, weights, groups = []int{op.In, 1, op.Kernel, op.Kernel}, slices.Repeat(op.Weight, op.In), op.In
	}
	if op.widens() {
		kind = "ConvTranspose"
	}
	return g.add(kind, op.Name, []string{
		x, g.floats(op.Name+".weight", shape, weights), g.floats(op.Name+".bias", []int{op.Out}, op.Bias),
	}, integers("kernel_shape", op.Kernel, op.Kernel), integers("strides", op.Stride, op.Stride),
		integers("pads", op.Pad, op.Pad, op.Pad, op.Pad), integer("group", int64(groups)))
}

// toBytes appends what picture.Byte does: [-1, 1] to 0..255, and channels last.
func (g *onnxGraph) toBytes(x, rounding string) string {
	x = g.add("Add", "from_0", []string{x, g.floats("one", nil, []float32{1})})
	x = g.add("Mul", "to_255", []string{x, g.floats("half_of_255", nil, []float32{127.5})})
	if rounding != config.RoundTruncate {
		x = g.add("Add", "rounded", []string{x, g.floats("half", nil, []float32{0.5})})
	}
	x = g.add("Clip", "clipped", []string{x, g.floats("least", nil, []float32{0}), g.floats("most", nil, []float32{255})})
	x = g.add("Cast", "bytes", []string{x}, integer("to", onnxUint8))
	return g.add("Transpose", "channels_last", []string{x}, integers("perm", 0, 2, 3, 1))
}

// fromBytes appends what picture.Value does: 0..255 to [-1, 1], and channels first.
func (g *onnxGraph) fromBytes(x string) string {
	middle := g.floats("half_of_255", nil, []float32{127.5})
	x = g.add("Cast", "numbers", []string{x}, integer("to", onnxFloat))
	x = g.add("Sub", "from_middle", []string{x, middle})
	x = g.add("Div", "to_1", []string{x, middle})
	return g.add("Transpose", "channels_first", []string{x}, integers("perm", 0, 3, 1, 2))
}

// floats appends an initializer, a tensor of constants, and returns its name.
func (g *onnxGraph) floats(name string, shape []int, v []float32) string {
	data := make([]byte, 0, 4*len(v))
	for _, f := range v {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(f))
	}
	return g.initializer(name, onnxFloat, shape, data)
}

func (g *onnxGraph) integers(name string, v ...int) string {
	var data []byte
	for _, n := range v {
		data = binary.LittleEndian.AppendUint64(data, uint64(n))
	}
	return g.initializer(name, onnxInt64, []int{len(v)}, data)
}

func (g *onnxGraph) initializer(name string, kind int64, shape []int, data []byte) string {
	var t message
	for _, d := range shape {
		t.varint(tensorDim, int64(d))
	}
	t.varint(tensorKind, kind)
	t.text(tensorName, name)
	t.bytes(tensorData, data)
	g.message.bytes(graphInitializer, t)
	return name
}

// valueInfo describes an input or output of shape [n, shape...], n open.
func valueInfo(name string, kind int64, shape ...int) message {
	var dims, tensor, kinds, info message
	var n message
	n.text(dimName, "n")
	dims.bytes(shapeDim, n)
	for _, d := range shape {
		var dim message
		dim.varint(dimValue, int64(d))
		dims.bytes(shapeDim, dim)
	}
	tensor.varint(typeElement, kind)
	tensor.bytes(typeShape, dims)
	kinds.bytes(typeTensor, tensor)
	info.text(infoName, name)
	info.bytes(infoType, kinds)
	return info
}
