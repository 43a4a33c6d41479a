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
	columns := columnsOf(c.Loss)
	fmt.Println(head(columns))
	var sums gan.Losses // over the steps of a line
	err := run.EachLine(*record, "", func(m *run.Metrics) {
		f := m.Figures()
		if again := looks[f.Step]; again != nil {
			f.Look = again
		}
		for _, a := range monitor.Observe(f) {
			fmt.Println("#", a.Line(f.Step))
		}
		for figure, v := range f.Losses.All() {
			sums.Set(figure, sums.Value(figure)+v/recordEvery)
		}
		if f.Step%recordEvery == 0 {
			f.Losses, sums = sums, gan.Losses{}
			fmt.Println(recorded(columns, f))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// column is one figure of a record.
type column struct {
	name string
	of   func(f *alarm.Figures) *float64 // where the figure lies; nil where the step lacks it
	loss gan.Figure                      // if of is nil: the loss
}

func lossColumn(name string, f gan.Figure) column { return column{name: name, loss: f} }

func lookColumn(name string, of func(*score.Look) *float64) column {
	return column{name: name, of: func(f *alarm.Figures) *float64 {
		if f.Look == nil {
			return nil
		}
		return of(f.Look)
	}}
}

func scoreColumn(name string, of func(*score.Scores) *float64) column {
	return column{name: name, of: func(f *alarm.Figures) *float64 {
		if f.Scores == nil {
			return nil
		}
		return of(f.Scores)
	}}
}

// columnsOf lists the columns of a record of a run with an objective: what the rules read.
func columnsOf(objective string) []column {
	losses := []column{lossColumn("generated", gan.LossDOnGenerated), lossColumn("generator", gan.LossG)}
	if objective == gan.Relativistic {
		losses = []column{
			lossColumn("discriminator", gan.LossD), lossColumn("margin", gan.Margin), lossColumn("sign", gan.MarginSign),
		}
	}
	return append(losses,
		lookColumn("sheet_sharpness", func(l *score.Look) *float64 { return &l.Sharpness }),
		lookColumn("sheet_spread", func(l *score.Look) *float64 { return &l.Spread }),
		scoreColumn("near_duplicates", func(s *score.Scores) *float64 { return &s.NearDuplicates }),
		scoreColumn("precision", func(s *score.Scores) *float64 { return &s.Precision }),
		scoreColumn("coverage", func(s *score.Scores) *float64 { return &s.Coverage }),
		scoreColumn("copies", func(s *score.Scores) *float64 { return &s.Copies }),
		scoreColumn("swd", func(s *score.Scores) *float64 { return &s.SWD }),
	)
}

// head is the first line of a record.
func head(columns []column) string {
	text := "step"
	for _, c := range columns {
		text += "\t" + c.name
	}
	return text
}

// recorded returns a line of a record: what the rules read, rounded, and - for what the
// step lacks.
func recorded(columns []column, m alarm.Figures) string {
	text := fmt.Sprint(m.Step)
	for _, c := range columns {
		if c.of == nil {
			text += fmt.Sprintf("\t%.3g", m.Losses.Value(c.loss))
		} else if at := c.of(&m); at != nil {
			text += fmt.Sprintf("\t%.4g", *at)
		} else {
			text += "\t-"
		}
	}
	return text
}

// readRecord returns the lines of a record of a run with an objective, and its comments.
func readRecord(t *testing.T, name, objective string) (lines []alarm.Figures, about string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "alarms", name+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	columns := columnsOf(objective)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if comment, ok := strings.CutPrefix(line, "# "); ok {
			about += comment + "\n"
		} else if rest, ok := strings.CutPrefix(line, "step\t"); ok {
			// Records of the time before a score was read end without it.
			columns = columns[:len(strings.Split(rest, "\t"))]
			if head(columns) != line {
				t.Fatalf("a record has the columns %q", line)
			}
		} else {
			lines = append(lines, parseRecorded(t, columns, line))
		}
	}
	return lines, about
}

// parseRecorded is the inverse of recorded.
func parseRecorded(t *testing.T, columns []column, line string) (m alarm.Figures) {
	t.Helper()
	fields := strings.Split(line, "\t")
	if len(fields) != len(columns)+1 {
		t.Fatalf("a record has the line %q", line)
	}
	has := map[string]string{"step": fields[0]}
	for i, c := range columns {
		if fields[i+1] != "-" {
			has[c.name] = fields[i+1]
		}
	}
	number := func(name string) float64 {
		v, err := strconv.ParseFloat(has[name], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	m.Step = int(number("step"))
	if has["sheet_spread"] != "" {
		m.Look = new(score.Look)
	}
	if has["precision"] != "" {
		m.Scores = new(score.Scores)
	}
	for _, c := range columns {
		switch {
		case has[c.name] == "":
		case c.of == nil:
			m.Losses.Set(c.loss, number(c.name))
		default:
			*c.of(&m) = number(c.name)
		}
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
