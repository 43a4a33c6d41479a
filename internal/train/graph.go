// The model as a graph for TensorBoard: the two networks layer by layer, the
// discriminator once on the generated pictures and once on the real ones.

package train

import (
	"strings"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tfevents"
)

// anyBatch stands for the dimension that is the batch.
const anyBatch = -1

// graph lists the operations of a training step's forward passes. Scopes and
// operations have TensorFlow's names.
func graph(m *gan.Model, loss string) []tfevents.Node {
	g := &graphBuilder{}
	g.variables(m.Generator)
	g.variables(m.Discriminator)
	z := g.add("z", "Placeholder", []int{anyBatch, m.NZ, 1, 1})
	pictures := g.add("pictures", "Placeholder", []int{anyBatch, m.Channels, m.Size, m.Size})
	generated := g.network("generator", m.Generator, z)
	onGenerated := g.network("discriminator_on_generated", m.Discriminator, generated)
	onReal := g.network("discriminator_on_real", m.Discriminator, pictures)
	g.losses(loss, onReal, onGenerated)
	return g.nodes
}

// losses appends the objective on D's logits.
func (g *graphBuilder) losses(loss, onReal, onGenerated string) {
	if loss == config.LossRelativistic {
		margin := g.add("d_margin", "Sub", nil, onReal, onGenerated)
		g.add("discriminator_loss", "Softplus", nil, g.add("negative_margin", "Neg", nil, margin))
		g.add("generator_loss", "Softplus", nil, margin)
		return
	}
	op := "SigmoidCrossEntropyWithLogits"
	if loss == config.LossHinge {
		op = "HingeLoss"
	}
	lossOnGenerated := g.add("discriminator_loss_on_generated", op, nil, onGenerated)
	lossOnReal := g.add("discriminator_loss_on_real", op, nil, onReal)
	g.add("discriminator_loss", "Add", nil, lossOnReal, lossOnGenerated)
	if loss == config.LossHinge {
		op = "Neg"
	}
	g.add("generator_loss", op, nil, onGenerated)
}

type graphBuilder struct{ nodes []tfevents.Node }

// add appends a node and returns its name.
func (g *graphBuilder) add(name, op string, shape []int, inputs ...string) string {
	g.nodes = append(g.nodes, tfevents.Node{Name: name, Op: op, Inputs: inputs, Shape: shape})
	return name
}

// scoped turns a parameter's name into a node's: "generator/conv1/weight".
func scoped(name string) string { return strings.ReplaceAll(name, ".", "/") }

func (g *graphBuilder) variables(layers gan.Network) {
	for _, p := range gan.Parameters(layers) {
		g.add(scoped(p.Name), "VariableV2", p.Shape)
	}
}

// network appends the layers under a scope and returns the name of the output.
func (g *graphBuilder) network(scope string, layers gan.Network, input string) string {
	outputs := make([]string, len(layers))
	output := func(i int) string {
		if i == gan.InputIndex {
			return input
		}
		return outputs[i]
	}
	for i := range layers {
		l := &layers[i]
		_, short, _ := strings.Cut(l.Name, ".")
		added := ""
		if from, ok := layers.Adds(i); ok {
			added = output(from)
		}
		outputs[i] = g.layer(scope+"/"+short+"/", l, output(layers.Reads(i)), added)
	}
	return output(len(layers) - 1)
}

// layer appends an operation, its bias or batch norm, what is added, and its activation.
func (g *graphBuilder) layer(scope string, l *gan.Layer, x, added string) string {
	shape := []int{anyBatch, l.Out, l.OutSize, l.OutSize}
	switch l.Op {
	case gan.Convolution:
		x = g.add(scope+"conv2d", "Conv2D", shape, x, scoped(l.Name+".weight"))
	case gan.TransposedConvolution:
		x = g.add(scope+"conv2d_transpose", "Conv2DBackpropInput", shape, x, scoped(l.Name+".weight"))
	case gan.Downsampling, gan.Upsampling:
		x = g.add(scope+"resize", "ResizeBilinear", shape, x)
	}
	if l.Bias() {
		x = g.add(scope+"bias_add", "BiasAdd", shape, x, scoped(l.Name+".bias"))
	}
	if l.BatchNorm != "" {
		x = g.add(scope+"batch_norm", "FusedBatchNorm", shape, x, scoped(l.BatchNorm+".bias"))
	}
	if added != "" {
		x = g.add(scope+"add", "AddV2", shape, x, added)
	}
	switch l.Activation {
	case gan.ReLU:
		return g.add(scope+"relu", "Relu", shape, x)
	case gan.LeakyReLU:
		return g.add(scope+"leaky_relu", "LeakyRelu", shape, x)
	case gan.Tanh:
		return g.add(scope+"tanh", "Tanh", shape, x)
	}
	return x
}
