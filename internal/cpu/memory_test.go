package cpu

import (
	"runtime"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// The reference stays within a budget: the weights of both networks with their moments, one gradient, and 1.5
// times the activations that backward needs, counted from the shapes alone. TestMemoryNeedIsTrue in cmd/dcgan
// checks that MemoryNeed is what a process takes, apart from what every Go program takes.
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
	t.Logf("parameters %d MB, activations %d MB, budget %.0f MB, need %.0f MB",
		counted/1e6, activations/1e6, budget/1e6, need/1e6)
	if need > budget {
		t.Error("training needs more memory than its budget")
	}
}

// The constructors allocate what they count, for each recipe and option. The memory that the runtime reports is
// larger only by short tables and vectors, which are not counted.
func TestMemoryNeedIsAllocated(t *testing.T) {
	const tables = 3e6
	for name, c := range map[string]*config.Config{
		"reference": small(64, 16, 8), "full": full(64, 16, 8), "exact": exact(small(64, 16, 8)), "vivid": vivid(64, 16, 8),
		"a batch of one": vivid(32, 16, 1), "without penalties": noPenalty(vivid(64, 16, 8)),
		"residual": residual(vivid(64, 16, 8)),
		"smooth":   smoothed(vivid(64, 16, 8)),
	} {
		t.Run(name, func(t *testing.T) {
			c.Threads = 2
			need := float64(MemoryNeed(c))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			e, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			runtime.ReadMemStats(&after)
			if took := float64(after.TotalAlloc - before.TotalAlloc); took < need || took > need+tables {
				t.Errorf("the engine takes %.2f MB and is said to need %.2f", took/1e6, need/1e6)
			}
		})
	}
}

func noPenalty(c *config.Config) *config.Config {
	c.Gamma = 0
	return c
}
