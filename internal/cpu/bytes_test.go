package cpu

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// recordedBytes has the hashes of what the recipes have learnt after 30 steps. AVX2, AVX-512 and NEON compute the
// same bits, and plain Go rounds differently. A deliberate change of the arithmetic records new hashes, and its commit
// says so, because every recorded run then replays to other bits.
var recordedBytes = map[string]string{
	"vivid 16 plain":       "74a6149309f8a62d6c2578ba3b6fad58",
	"vivid 16 vectors":     "7a7727f19dbcc31286c06d6b7290b0c3",
	"vivid 64 plain":       "499ab5dc2dbefb0fdccf5087a42b0ff9",
	"vivid 64 vectors":     "f02ee20b93eb48e36db9ff1ade405d5d",
	"reference 16 plain":   "8f1d55c7c19a759afc645f4e191acb34",
	"reference 16 vectors": "341a7fe7902fac91aaed27e38d67de37",
	"reference 64 plain":   "a3528b38429048696e5591a41dce11a0",
	"reference 64 vectors": "2cd709136c703b8ba2fec616ce546422",
	"published 16 plain":   "8f1d55c7c19a759afc645f4e191acb34",
	"published 16 vectors": "341a7fe7902fac91aaed27e38d67de37",
	"published 64 plain":   "774dbb0c6f537b256d623a999e8fd175",
	"published 64 vectors": "f0fde731d2994bbb58c70e1e59c9dd23",
	"quick 16 plain":       "0c9a76c7374fba2268451a759b29faac",
	"quick 16 vectors":     "c19f983494d66d9a2f2b1a1fce093952",
	"quick 64 plain":       "a11d16ac3c7a37f8ebaa607bd73bbdf9",
	"quick 64 vectors":     "0ab8273b91ac9f7af8f03f41d2424bf0",
}

// bytesConfig returns a recipe at a size, narrow enough for a quick test.
func bytesConfig(t *testing.T, recipe string, size int) *config.Config {
	t.Helper()
	c, err := config.Recipe(recipe)
	if err != nil {
		t.Fatal(err)
	}
	c.Size, c.Batch, c.Threads = size, 4, 2
	if size == 64 {
		c.NGF, c.NDF = min(c.NGF, 16), min(c.NDF, 16)
	}
	return c
}

// The recipes give the recorded bytes after 30 steps. A second engine, which takes over the state as after a kill and
// a resume, makes the last 15.
func TestRecipesGiveTheirBytes(t *testing.T) {
	for _, recipe := range config.Recipes {
		for _, size := range []int{16, 64} {
			if size == 64 && testing.Short() {
				continue // a minute under the race detector
			}
			t.Run(fmt.Sprintf("%s %d", recipe, size), func(t *testing.T) {
				eachISA(t, func(t *testing.T) {
					rounding := "vectors"
					if kernel.Active() == kernel.Generic {
						rounding = "plain"
						if testing.Short() {
							t.Skip("plain Go is slow")
						}
					}
					key := fmt.Sprintf("%s %d %s", recipe, size, rounding)
					if got := trainedBytes(t, bytesConfig(t, recipe, size)); got != recordedBytes[key] {
						t.Errorf("%q: %q, recorded is %q", key, got, recordedBytes[key])
					}
				})
			})
		}
	}
}

// trainedBytes trains for 15 steps, hands the state to a second engine, trains 15 more, and hashes the state.
func trainedBytes(t *testing.T, c *config.Config) string {
	t.Helper()
	e := newEngine(t, c)
	steps(t, e, 1, 15)
	resumed := newEngine(t, c)
	if err := resumed.SetState(stateOf(t, e)); err != nil {
		t.Fatal(err)
	}
	steps(t, resumed, 16, 30)
	if err := resumed.Calibrate(resumed.model.PictureZ(0, 64)); err != nil {
		t.Fatal(err)
	}
	return hashOf(stateOf(t, resumed))
}

// hashOf hashes a state's tensors in the order of their names.
func hashOf(s *gan.State) string {
	h := sha256.New()
	fmt.Fprintln(h, s.UpdatesD, s.UpdatesG)
	var names []string
	for name := range s.Tensors {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		x := s.Tensors[name]
		fmt.Fprintln(h, name, x.Shape)
		for _, v := range x.Data {
			var b [4]byte
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
			h.Write(b[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}
