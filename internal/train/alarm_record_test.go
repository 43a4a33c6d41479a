package train

// How the curves in testdata/alarms were recorded:
//
//	go test ./internal/train -run TestRecordAlarms -record RUN
//
// prints what the alarms see of a run, thinned, and what they ring, and where lines of
// its metrics.jsonl were written before looks were, looks at its sheets again.

import (
	"flag"
	"fmt"
	"image"
	"os"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/picture"
	"dcgan/internal/score"
	"dcgan/internal/tensor"
)

var record = flag.String("record", "", "run `folder` to print the curves of")

// recordEvery is the number of steps that a line of a record stands for.
const recordEvery = 10

func TestRecordAlarms(t *testing.T) {
	if *record == "" {
		t.Skip("-record names no run")
	}
	looks := lookAgain(t, *record)
	w := newWatch()
	fmt.Println("step\tgenerated\tgenerator\tsharpness\tspread\tscores")
	err := eachMetrics(*record, func(m *Metrics) {
		if m.Look == nil {
			m.Look = looks[m.Step]
		}
		for _, a := range w.take(m) {
			fmt.Println("#", a.Line(m.Step))
		}
		if m.Step%recordEvery == 0 {
			fmt.Println(recorded(m))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// recorded is a line as a record has it: what the rules see, rounded.
func recorded(m *Metrics) string {
	line := fmt.Sprintf("%d\t%.3g\t%.3g", m.Step, m.DiscriminatorOnGenerated, m.GeneratorLoss)
	if m.Look == nil {
		return line
	}
	line += fmt.Sprintf("\t%.4g\t%.4g", m.Look.Sharpness, m.Look.Spread)
	if s := m.Scores; s != nil {
		line += fmt.Sprintf("\t%.3g\t%.3g\t%.3g\t%.3g", s.NearDuplicates, s.Precision, s.Coverage, s.Sharpness)
	}
	return line
}

// lookAgain looks at the sheets of a run on the demonstration set.
func lookAgain(t *testing.T, dir string) map[int]*score.Look {
	t.Helper()
	text, err := os.ReadFile(configFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	looks := map[int]*score.Look{}
	if c.Data != "" {
		return looks
	}
	set, err := dataset.Demo(dataset.Options{Size: c.Size, Channels: c.Channels, Fit: c.Fit, Filter: c.Filter})
	if err != nil {
		t.Fatal(err)
	}
	data, err := lookAtData(set, c)
	if err != nil {
		t.Fatal(err)
	}
	for step := c.SampleEvery; step <= c.Steps; step += c.SampleEvery {
		file, err := os.Open(Sheet(dir, step))
		if err != nil {
			continue
		}
		img, _, err := image.Decode(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		looks[step] = score.NewLook(cut(img, c)).Over(*data)
	}
	return looks
}

// cut takes a sheet's pictures apart.
func cut(sheet image.Image, c *config.Config) *tensor.Tensor {
	pictures := tensor.New(config.SheetSize, c.Channels, c.Size, c.Size)
	space := (sheet.Bounds().Dx() - sheetColumns*c.Size) / (sheetColumns + 1)
	for i := range config.SheetSize {
		x0, y0 := space+i%sheetColumns*(c.Size+space), space+i/sheetColumns*(c.Size+space)
		for k := range c.Size * c.Size {
			r, g, b, _ := sheet.At(x0+k%c.Size, y0+k/c.Size).RGBA()
			for channel, v := range []uint32{r, g, b}[:c.Channels] {
				pictures.Row(i)[channel*c.Size*c.Size+k] = picture.Value(byte(v >> 8))
			}
		}
	}
	return pictures
}
