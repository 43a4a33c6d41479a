package main

import (
	"encoding/json"
	"os/exec"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/host"
)

// What a training is said to need is what it takes: in a process of its own, to
// within what a Go program takes for itself.
func TestMemoryNeedIsTrue(t *testing.T) {
	if _, ok := host.PeakMemory(); !ok {
		t.Skip("the peak of memory is not known on this system")
	}
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	c.Size, c.Batch, c.Threads = 16, 4, 1
	out, err := exec.Command("dcgan", "bench", "--size", "16", "--batch", "4", "--threads", "1", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var b engine.Benchmark
	if err := json.Unmarshal(out, &b); err != nil {
		t.Fatal(err)
	}
	const program = 40 // MB
	need := float64(engine.MemoryNeed(c)) / 1e6
	if b.RSSMB < need || b.RSSMB > need+program {
		t.Errorf("it takes %.0f MB and is said to need %.0f", b.RSSMB, need)
	}
	t.Logf("it takes %.0f MB and is said to need %.0f", b.RSSMB, need)
}
