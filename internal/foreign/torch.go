// The DCGAN of PyTorch's examples (github.com/pytorch/examples, dcgan) and of its tutorial:
//
//	G: ConvTranspose2d(nz, 8 ngf, 4, 1, 0), then (…, 4, 2, 1) with half the channels each, batch norm and ReLU
//	   after all but the last, which gives the picture's channels and ends in tanh
//	D: Conv2d(nc, ndf, 4, 2, 1) with twice the channels each, batch norm after all but the first, leaky ReLU 0.2;
//	   the last is Conv2d(8 ndf, 1, 4, 1, 0)
//
// Their batch norms have a gamma, ours have none. A norm divides by the deviation, and both
// activations keep a positive factor, f(a x) = a f(x) for a > 0, so
//
//	f(gamma n(x) + beta) = |gamma| f(n(± x) + beta / |gamma|)
//
// with the sign of gamma: the sign goes into the weights before the norm and |gamma| into
// those of the next layer. G's last layer becomes two, the second of which passes its first
// channels on, as ours end in a convolution of 1x1.

package foreign

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// torchEpsilon is added to the variance by PyTorch's batch norm.
const torchEpsilon = 1e-5

// block is a convolution with the batch norm behind it, if any.
type block struct {
	weight, bias                *tensor.Tensor // bias may be nil
	gamma, beta, mean, variance *tensor.Tensor // nil without a norm
}

// Torch returns the model of a generator's tensors and of a discriminator's, by the names
// of their state dicts. They may lie in one or two files. Without a discriminator it
// returns one that has learnt nothing.
func Torch(files ...map[string]*tensor.Tensor) (*Model, error) {
	var g, d []block
	for _, file := range files {
		chains, err := chainsOf(file)
		if err != nil {
			return nil, hint(err)
		}
		for _, chain := range chains {
			switch {
			case generates(chain) && g == nil:
				g = chain
			case discriminates(chain) && d == nil:
				d = chain
			default:
				return nil, hint(errors.New("the layers are not those of a DCGAN: kernels of 4x4, channels that halve or double"))
			}
		}
	}
	if g == nil {
		return nil, hint(errors.New("there is no generator among the tensors"))
	}
	c, err := torchConfig(g, d)
	if err != nil {
		return nil, hint(err)
	}
	m, err := newModel(c)
	if err != nil {
		return nil, err
	}
	if err := m.setTorchGenerator(g); err != nil {
		return nil, hint(err)
	}
	if d != nil {
		err = m.setTorchDiscriminator(d)
	}
	return m, err
}

// tensorName matches PREFIX.INDEX.KIND, the names in the state dict of a Sequential.
var tensorName = regexp.MustCompile(`^(.*?)\.?(\d+)\.(weight|bias|running_mean|running_var|num_batches_tracked)$`)

// chainsOf returns the blocks of each prefix among a file's tensors, in the order of their
// indices.
func chainsOf(tensors map[string]*tensor.Tensor) ([][]block, error) {
	type place struct {
		prefix string
		index  int
	}
	modules := map[place]map[string]*tensor.Tensor{}
	var places []place
	for name, t := range tensors {
		match := tensorName.FindStringSubmatch(name)
		if match == nil {
			return nil, fmt.Errorf("tensor %q is none of a Sequential", name)
		}
		index, err := strconv.Atoi(match[2])
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		at := place{match[1], index}
		if modules[at] == nil {
			modules[at] = map[string]*tensor.Tensor{}
			places = append(places, at)
		}
		modules[at][match[3]] = t
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.prefix != b.prefix {
			return slices.Compare([]string{a.prefix}, []string{b.prefix})
		}
		return a.index - b.index
	})
	var chains [][]block
	for i, at := range places {
		if i == 0 || at.prefix != places[i-1].prefix {
			chains = append(chains, nil)
		}
		last := len(chains) - 1
		chain, err := appendModule(chains[last], modules[at])
		if err != nil {
			return nil, fmt.Errorf("module %s.%d: %w", at.prefix, at.index, err)
		}
		chains[last] = chain
	}
	return chains, nil
}

// appendModule appends a convolution to a chain, or puts a norm behind its last one.
func appendModule(chain []block, m map[string]*tensor.Tensor) ([]block, error) {
	w := m["weight"]
	if w == nil {
		return nil, errors.New("it has no weight")
	}
	if len(w.Shape) == 4 {
		if w.Shape[2] != 4 || w.Shape[3] != 4 || slices.Contains(w.Shape, 0) {
			return nil, fmt.Errorf("its kernel has the shape %v, not 4x4", w.Shape)
		}
		return append(chain, block{weight: w, bias: m["bias"]}), nil
	}
	b := block{gamma: w, beta: m["bias"], mean: m["running_mean"], variance: m["running_var"]}
	if len(chain) == 0 || chain[len(chain)-1].gamma != nil {
		return nil, errors.New("it follows no convolution")
	}
	for _, t := range []*tensor.Tensor{b.gamma, b.beta, b.mean, b.variance} {
		if t == nil || !slices.Equal(t.Shape, w.Shape) || len(t.Shape) != 1 {
			return nil, errors.New("it is no batch norm with gamma, beta, mean and variance")
		}
	}
	last := &chain[len(chain)-1]
	last.gamma, last.beta, last.mean, last.variance = b.gamma, b.beta, b.mean, b.variance
	return chain, nil
}

// generates reports whether a chain has the form of a generator, at any width.
func generates(chain []block) bool {
	n := len(chain)
	if n < 3 || chain[n-1].gamma != nil {
		return false
	}
	for i := range n - 1 {
		out := chain[i].weight.Shape[1]
		if !chain[i].normed(out) || out != chain[i+1].weight.Shape[0] || i > 0 && chain[i-1].weight.Shape[1] != 2*out {
			return false
		}
	}
	return chain[n-1].biased(chain[n-1].weight.Shape[1])
}

// discriminates reports whether a chain has the form of a discriminator.
func discriminates(chain []block) bool {
	n := len(chain)
	if n < 2 || chain[n-1].gamma != nil || chain[n-1].weight.Shape[0] != 1 || !chain[n-1].biased(1) {
		return false
	}
	for i := range n - 1 {
		out := chain[i].weight.Shape[0]
		fits := chain[i].normed(out)
		if i == 0 {
			fits = chain[i].gamma == nil && chain[i].biased(out)
		}
		if !fits || out != chain[i+1].weight.Shape[1] || i > 0 && 2*chain[i-1].weight.Shape[0] != out {
			return false
		}
	}
	return true
}

// normed reports whether the block has a norm of so many channels, and a bias that fits.
func (b *block) normed(channels int) bool {
	return b.gamma != nil && len(b.gamma.Data) == channels && b.biased(channels)
}

func (b *block) biased(channels int) bool { return b.bias == nil || len(b.bias.Data) == channels }

// torchConfig returns the settings of the networks, and of a training as PyTorch's example
// does it. d may be nil.
func torchConfig(g, d []block) (*config.Config, error) {
	c, err := config.Recipe(config.Reference)
	if err != nil {
		return nil, err
	}
	n := len(g)
	c.Size, c.Channels, c.NZ = 2<<n, g[n-1].weight.Shape[1], g[0].weight.Shape[0]
	c.Latent = config.LatentNormal
	c.NGF = g[n-2].weight.Shape[1] / 2 // our last transposed convolution halves the channels once more
	if c.NGF < c.Channels || 2*c.NGF != g[n-2].weight.Shape[1] {
		return nil, fmt.Errorf("the generator's last layer has %d channels for pictures of %d",
			g[n-2].weight.Shape[1], c.Channels)
	}
	c.NDF = 2 * c.NGF
	c.Discriminator = config.DiscriminatorTorch
	if d != nil {
		c.NDF = d[0].weight.Shape[0]
		if size, channels := 4<<(len(d)-1), d[0].weight.Shape[1]; size != c.Size || channels != c.Channels {
			return nil, fmt.Errorf("the generator paints %d channels of %dx%d, the discriminator reads %d of %dx%d",
				c.Channels, c.Size, c.Size, channels, size, size)
		}
	}
	c.Batch, c.GenUpdates, c.LRD, c.LRG, c.LabelSmoothing = 64, 1, 2e-4, 2e-4, 0
	return c, nil
}

func (m *Model) setTorchGenerator(g []block) error {
	n := len(g)
	var factors []float64 // that the layer before leaves to this one, one a channel
	for i := range g[:n-1] {
		norm := normalised(&g[i])
		w := slices.Clone(g[i].weight.Data)
		out := g[i].weight.Shape[1]
		for k := range w {
			w[k] = float32(float64(w[k]) * norm.signs[k/16%out] * factor(factors, k/16/out))
		}
		name := strconv.Itoa(i + 1)
		if err := errors.Join(m.set("generator.deconv"+name+".weight", w), m.setNorm("generator.bn"+name, norm)); err != nil {
			return err
		}
		factors = norm.factors
	}
	last, up, out := &g[n-1], m.Config.NGF, m.Config.Channels
	w := make([]float32, len(last.weight.Data)/out*up)
	for k, v := range last.weight.Data {
		in, o := k/16/out, k/16%out
		w[(in*up+o)*16+k%16] = float32(float64(v) * factor(factors, in))
	}
	pass := make([]float32, out*up)
	for o := range out {
		pass[o*up+o] = 1
	}
	name := "generator.deconv" + strconv.Itoa(n)
	return errors.Join(m.set(name+".weight", w), m.set(name+".bias", make([]float32, up)),
		m.set("generator.logits.weight", pass), m.set("generator.logits.bias", biasOf(last, out)))
}

func (m *Model) setTorchDiscriminator(d []block) error {
	var factors []float64
	for i := range d {
		name, out, in := "discriminator.conv"+strconv.Itoa(i+1), d[i].weight.Shape[0], d[i].weight.Shape[1]
		if i == len(d)-1 {
			name = "discriminator.logits"
		}
		signs, next := func(int) float64 { return 1 }, []float64(nil)
		if d[i].gamma == nil {
			if err := m.set(name+".bias", biasOf(&d[i], out)); err != nil {
				return err
			}
		} else {
			norm := normalised(&d[i])
			if err := m.setNorm("discriminator.bn"+strconv.Itoa(i+1), norm); err != nil {
				return err
			}
			signs = func(o int) float64 { return norm.signs[o] }
			next = norm.factors
		}
		w := slices.Clone(d[i].weight.Data)
		for k := range w {
			w[k] = float32(float64(w[k]) * signs(k/16/in) * factor(factors, k/16%in))
		}
		if err := m.set(name+".weight", w); err != nil {
			return err
		}
		factors = next
	}
	return nil
}

// norm is a batch norm without gamma that gives what one with gamma gave, but for factors.
type norm struct {
	signs, factors       []float64 // for the weights before it, and for those of the next layer
	beta, mean, variance []float32
}

// normalised returns the norm of a block. A gamma of 0 makes the channel constant: its
// weights become 0.
func normalised(b *block) norm {
	channels := len(b.gamma.Data)
	r := norm{
		signs: make([]float64, channels), factors: make([]float64, channels), beta: make([]float32, channels),
		mean: make([]float32, channels), variance: make([]float32, channels),
	}
	bias := biasOf(b, channels)
	for o := range channels {
		gamma := float64(b.gamma.Data[o])
		r.factors[o] = max(math.Abs(gamma), math.SmallestNonzeroFloat32)
		switch {
		case gamma > 0:
			r.signs[o] = 1
		case gamma < 0:
			r.signs[o] = -1
		default:
			r.factors[o] = 1
		}
		r.beta[o] = float32(float64(b.beta.Data[o]) / r.factors[o])
		r.mean[o] = float32(r.signs[o] * (float64(b.mean.Data[o]) - float64(bias[o])))
		// Our norm adds another epsilon; the difference goes into what is recorded, which may then be below 0.
		r.variance[o] = float32(float64(b.variance.Data[o]) + torchEpsilon - gan.BatchNormEpsilon)
	}
	return r
}

// setNorm sets the statistics of both kinds and beta, which stands in the place of a bias.
func (m *Model) setNorm(name string, n norm) error {
	err := errors.Join(m.set(name+".bias", n.beta), m.set(name+".running_mean", n.mean),
		m.set(name+".running_var", n.variance))
	if m.State.Tensors[name+".sampling_mean"].Tensor == nil { // of the discriminator
		return err
	}
	return errors.Join(err, m.set(name+".sampling_mean", n.mean), m.set(name+".sampling_var", n.variance))
}

func factor(factors []float64, channel int) float64 {
	if factors == nil {
		return 1
	}
	return factors[channel]
}

// biasOf returns the bias of a block's convolution, zeros if it has none.
func biasOf(b *block, channels int) []float32 {
	if b.bias == nil {
		return make([]float32, channels)
	}
	return b.bias.Data
}
