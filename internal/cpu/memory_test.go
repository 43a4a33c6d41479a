package cpu

import (
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// The budget of the defaults: the weights of both networks with their moments, one gradient, and 1.5 times
// the activations that backward needs, all counted plainly. cmd/dcgan's TestMemoryNeedIsTrue says that MemoryNeed is what
// a process takes, but for what a Go program takes for itself.
func TestMemoryBudget(t *testing.T) {
	const program = 40e6
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	c.Threads = 2
	var weights, gradient, activations int
	m := gan.NewModel(c)
	for _, layers := range [][]gan.Layer{m.Generator, m.Discriminator} {
		n := 0
		for _, p := range gan.Parameters(layers) {
			n += tensor.Size(p.Shape)
		}
		weights, gradient = weights+n, max(gradient, n)
		for _, l := range computed(layers) {
			activations += l.In * l.InSize * l.InSize // of a convolution
			if !l.Bias() {
				activations += l.Out * l.OutSize * l.OutSize // of the batch norm
			}
		}
	}
	counted := 4 * (3*weights + gradient)
	activations *= 4 * c.Batch
	budget := float64(counted) + 1.5*float64(activations)
	need := float64(MemoryNeed(c)) + program
	t.Logf("parameters %d MB, activations %d MB, budget %.0f MB, need %.0f MB", counted/1e6, activations/1e6, budget/1e6, need/1e6)
	if need > budget {
		t.Error("training needs more memory than its budget")
	}
}
