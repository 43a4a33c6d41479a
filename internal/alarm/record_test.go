package alarm_test

// How the curves in testdata/alarms were recorded:
//
//	go test ./internal/alarm -run TestRecordAlarms -record /whole/path/of/RUN
//
// prints the figures of a run that alarms read, one line for several steps, and the
// alarms. Of a run on the demonstration set the looks are measured again from the
// sheets, because their definition may have changed since metrics.jsonl was written.

import (
	"flag"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dcgan/internal/alarm"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/gan"
	"dcgan/internal/picture"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/tensor"
)

var record = flag.String("record", "", "run `folder` to print the curves of")

// recordEvery is the number of steps of one line of a record, which has the means of
// their losses.
const recordEvery = 10

func TestRecordAlarms(t *testing.T) {
	if *record == "" {
		t.Skip("-record names no run")
	}
	c := settingsOf(t, *record)
	looks, monitor := lookAgain(t, *record, c), alarm.NewMonitor(c)
	fmt.Println(recordHead)
	var generated, generator float64 // sums over the steps of a line
	err := run.EachLine(*record, "", func(m *run.Metrics) {
		f := m.Figures()
		if again := looks[f.Step]; again != nil {
			f.Look = again
		}
		for _, a := range monitor.Observe(f) {
			fmt.Println("#", a.Line(f.Step))
		}
		generated += f.Losses.Value(gan.LossDOnGenerated)
		generator += f.Losses.Value(gan.LossG)
		if f.Step%recordEvery == 0 {
			f.Losses = sigmoidLosses(generated/recordEvery, generator/recordEvery)
			fmt.Println(recorded(f))
			generated, generator = 0, 0
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

const recordHead = "step\tgenerated\tgenerator\tsheet_sharpness\tsheet_spread\t" +
	"near_duplicates\tprecision\tcoverage\tcopies"

// recorded returns a line of a record: what the rules read, rounded, and - for what the
// step lacks.
func recorded(m alarm.Figures) string {
	look, scores := "-\t-", "-\t-\t-\t-"
	if l := m.Look; l != nil {
		look = fmt.Sprintf("%.4g\t%.4g", l.Sharpness, l.Spread)
	}
	if s := m.Scores; s != nil {
		scores = fmt.Sprintf("%.3g\t%.3g\t%.3g\t%.3g", s.NearDuplicates, s.Precision, s.Coverage, s.Copies)
	}
	generated, generator := m.Losses.Value(gan.LossDOnGenerated), m.Losses.Value(gan.LossG)
	return fmt.Sprintf("%d\t%.3g\t%.3g\t%s\t%s", m.Step, generated, generator, look, scores)
}

// readRecord returns the lines of a record, and its comments.
func readRecord(t *testing.T, name string) (lines []alarm.Figures, about string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "alarms", name+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if comment, ok := strings.CutPrefix(line, "# "); ok {
			about += comment + "\n"
		} else if line != recordHead {
			lines = append(lines, parseRecorded(t, line))
		}
	}
	return lines, about
}

// parseRecorded is the inverse of recorded.
func parseRecorded(t *testing.T, line string) alarm.Figures {
	t.Helper()
	fields := strings.Split(line, "\t")
	if len(fields) != strings.Count(recordHead, "\t")+1 {
		t.Fatalf("a record has the line %q", line)
	}
	number := func(i int) float64 {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	m := alarm.Figures{Step: int(number(0)), Losses: sigmoidLosses(number(1), number(2))}
	if fields[3] != "-" {
		m.Look = &score.Look{Sharpness: number(3), Spread: number(4)}
	}
	if fields[5] != "-" {
		m.Scores = &score.Scores{NearDuplicates: number(5), Precision: number(6), Coverage: number(7), Copies: number(8)}
	}
	return m
}

// settingsOf reads the settings of a run.
func settingsOf(t *testing.T, dir string) *config.Config {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.ParseRun(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lookAgain measures the looks of the sheets of a run on the demonstration set.
func lookAgain(t *testing.T, dir string, c *config.Config) map[int]*score.Look {
	t.Helper()
	looks := map[int]*score.Look{}
	if c.Data != "" {
		return looks
	}
	set, err := dataset.Demo(dataset.Options{Size: c.Size, Channels: c.Channels, Fit: c.Fit, Filter: c.Filter})
	if err != nil {
		t.Fatal(err)
	}
	real := tensor.New(config.SheetSize, c.Channels, c.Size, c.Size)
	if err := set.Batch(real, score.Choose(set.Len(), config.SheetSize)); err != nil {
		t.Fatal(err)
	}
	data := score.NewLook(real)
	for step := c.SampleEvery; step <= c.Steps; step += c.SampleEvery {
		file, err := os.Open(run.Sheet(dir, step))
		if err != nil {
			continue
		}
		img, _, err := image.Decode(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		looks[step] = score.NewLook(cut(img, c)).Over(data)
	}
	return looks
}

// sheetColumns is the number of pictures in a row of a sheet.
const sheetColumns = 8

// cut returns the pictures of a sheet, [64, channels, size, size].
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
