package engine

import (
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// Every device of the settings' table has an engine, and no other has one.
func TestDevices(t *testing.T) {
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	c.Size, c.NGF, c.NDF, c.Batch, c.Threads = 8, 2, 2, 2, 1
	for _, device := range config.Lookup("device").Choices {
		c.Device = device
		e, err := Open(c)
		if err != nil {
			t.Fatalf("%s: %v", device, err)
		}
		if err := e.SetState(gan.NewModel(c).Init(1)); err != nil {
			t.Errorf("%s: %v", device, err)
		}
		e.Close()
		if MemoryNeed(c) <= 0 {
			t.Errorf("%s needs no memory", device)
		}
	}
	c.Device = "abacus"
	if _, err := Open(c); err == nil || config.HintOf(err) == "" {
		t.Errorf("a device without an engine: %v", err)
	}
}
