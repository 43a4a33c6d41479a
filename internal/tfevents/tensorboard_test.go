// The event files as the real TensorBoard reads them.

package tfevents

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcgan/internal/pythontest"
)

// run is what testdata/read_events.py prints for each of TensorBoard's readers.
type run struct {
	Scalars map[string][]scalarAt
	Images  map[string][]imageAt
	Texts   map[string][]textAt
	Graph   []Node
}

type scalarAt struct {
	Step  int64
	Value float32
}

type imageAt struct {
	Step          int64
	Width, Height int
	PNG           []byte
}

type textAt struct {
	Step     int64
	Markdown string
}

// TestTensorBoard writes a run that was killed after step 30, in the middle of
// its last record, and resumed from the state after step 19.
func TestTensorBoard(t *testing.T) {
	sheet := encodePNG(t, 6, 4)
	dir := t.TempDir()

	w := mustCreate(t, dir, 0)
	check(t, w.Graph(sampleGraph))
	check(t, w.Text(0, "settings", "| lr-d | `4e-4` |\n\nüñ"))
	writeSteps(t, w, 1, 30, 0, sheet)
	truncateBy(t, w.file.Name(), 3)
	writeSteps(t, mustCreate(t, dir, 20), 20, 40, 1000, sheet)

	want := run{
		Scalars: map[string][]scalarAt{},
		Images:  map[string][]imageAt{"samples": nil},
		Texts:   map[string][]textAt{"settings": {{0, "| lr-d | `4e-4` |\n\nüñ"}}},
		Graph:   sampleGraph,
	}
	for step := int64(1); step <= 40; step++ {
		from := float32(0)
		if step >= 20 {
			from = 1000
		}
		for _, s := range scalarsAt(step, from) {
			want.Scalars[s.Tag] = append(want.Scalars[s.Tag], scalarAt{step, s.Value})
		}
		if step%10 == 0 {
			want.Images["samples"] = append(want.Images["samples"], imageAt{step, 6, 4, sheet})
		}
	}
	for reader, got := range readWithTensorBoard(t, dir) {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("TensorBoard's %s reader (-written +read):\n%s", reader, diff)
		}
	}
}

var sampleGraph = []Node{
	{Name: "z", Op: "Placeholder", Inputs: []string{}, Shape: []int{-1, 64}},
	{Name: "generator/deconv1/weight", Op: "VariableV2", Inputs: []string{}, Shape: []int{64, 1024, 4, 4}},
	{Name: "generator/deconv1/conv2d_transpose", Op: "Conv2DBackpropInput",
		Inputs: []string{"z", "generator/deconv1/weight"}, Shape: []int{-1, 1024, 4, 4}},
	{Name: "generator_loss", Op: "Mean", Inputs: []string{"generator/deconv1/conv2d_transpose"}, Shape: []int{}},
}

// writeSteps writes the scalars of steps first to last, a sheet every tenth, and
// closes the file.
func writeSteps(t *testing.T, w *Writer, first, last int64, from float32, sheet []byte) {
	t.Helper()
	for step := first; step <= last; step++ {
		if step%10 == 0 {
			check(t, w.Image(step, "samples", sheet, 6, 4, 3))
		}
		check(t, w.Scalars(step, scalarsAt(step, from)))
	}
	check(t, w.Close())
}

// scalarsAt is a training step's scalars: values that differ by tag and step.
func scalarsAt(step int64, from float32) []Scalar {
	tags := []string{"discriminator_loss", "discriminator_loss_on_real", "discriminator_loss_on_generated",
		"generator_loss", "d_x", "d_gz"}
	var values []Scalar
	for i, tag := range tags {
		values = append(values, Scalar{tag, from + float32(step) + float32(i)/10})
	}
	return values
}

// readWithTensorBoard runs testdata/read_events.py on the event files in dir.
func readWithTensorBoard(t *testing.T, dir string) map[string]run {
	t.Helper()
	script, err := os.ReadFile("testdata/read_events.py")
	check(t, err)
	out := pythontest.Run(t, "tensorboard.backend.event_processing.event_accumulator", string(script), dir)
	var runs map[string]run
	check(t, json.Unmarshal(out, &runs))
	if len(runs) != 2 {
		t.Fatalf("read_events.py printed %d readers, want 2", len(runs))
	}
	return runs
}

func encodePNG(t *testing.T, width, height int) []byte {
	t.Helper()
	var buf bytes.Buffer
	check(t, png.Encode(&buf, image.NewRGBA(image.Rect(0, 0, width, height))))
	return buf.Bytes()
}

func truncateBy(t *testing.T, path string, n int64) {
	t.Helper()
	info, err := os.Stat(path)
	check(t, err)
	check(t, os.Truncate(path, info.Size()-n))
}
