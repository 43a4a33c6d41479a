package web

// Reading metrics.jsonl while it grows. Each line is read once.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"dcgan/internal/alarm"
	"dcgan/internal/config"
)

const metricsName = "metrics.jsonl"

// line holds the figures of a step. Every number of a line but the step and the time is
// a figure, so that figures of a later version are shown too.
type line struct {
	step   int
	time   float64 // seconds
	values map[string]float64
	event  *event // nil at most steps
}

// event is what happened at a step, apart from its figures.
type event struct {
	Step    int             `json:"step"`
	TimeS   float64         `json:"time_s"`
	Changes []config.Change `json:"changes,omitempty"` // of settings
	Alarms  []alarm.Alarm   `json:"alarms,omitempty"`  // that began or ended
}

// parseLine reads a line of metrics.jsonl.
func parseLine(text []byte) (line, bool) {
	var fields map[string]any
	if json.Unmarshal(text, &fields) != nil {
		return line{}, false
	}
	l := line{values: map[string]float64{}}
	for name, field := range fields {
		v, ok := field.(float64)
		switch {
		case !ok:
		case name == "step":
			l.step = int(v)
		case name == "time_s":
			l.time = v
		default:
			l.values[name] = v
		}
	}
	if fields["changes"] != nil || fields["alarms"] != nil {
		l.event = &event{}
		if json.Unmarshal(text, l.event) != nil {
			l.event = nil
		}
	}
	return l, l.step > 0
}

// lastLine returns the last complete line of a file, or a zero line if there is none.
func lastLine(path string) line {
	const tail = 4 << 10 // several lines
	f, err := os.Open(path)
	if err != nil {
		return line{}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return line{}
	}
	text := make([]byte, min(tail, info.Size()))
	n, _ := f.ReadAt(text, info.Size()-int64(len(text)))
	text = text[:n]
	for {
		end := bytes.LastIndexByte(text, '\n')
		if end < 0 {
			return line{}
		}
		text = text[:end]
		if l, ok := parseLine(text[bytes.LastIndexByte(text, '\n')+1:]); ok {
			return l
		}
	}
}

// curves holds the figures of all steps so far. Its slices are only appended to, so a
// copy of the struct with a copy of the map stays as it is.
type curves struct {
	steps  []int
	times  []float64
	values map[string][]float64 // as long as steps; NaN if a line lacks the figure
	events []event              // by step
}

func (c *curves) add(l line) {
	n := len(c.steps)
	if n > 0 && l.step <= c.steps[n-1] {
		return
	}
	for name := range l.values {
		if _, ok := c.values[name]; !ok {
			c.values[name] = slices.Repeat([]float64{math.NaN()}, n)
		}
	}
	c.steps, c.times = append(c.steps, l.step), append(c.times, l.time)
	if l.event != nil {
		c.events = append(c.events, *l.event)
	}
	for name, values := range c.values {
		v, ok := l.values[name]
		if !ok {
			v = math.NaN()
		}
		c.values[name] = append(values, v)
	}
}

// metrics follows one file.
type metrics struct {
	mu     sync.Mutex
	path   string
	info   fs.FileInfo // of the file that offset counts in
	offset int64       // bytes of complete lines that have been read
	curves curves
}

// read reads the lines that are new in the file. It starts anew if the file is shorter
// than before or has been replaced, which a resumed run does.
func (m *metrics) read() (curves, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := os.Open(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return curves{}, nil
	} else if err != nil {
		return curves{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return curves{}, err
	}
	if m.info == nil || !os.SameFile(m.info, info) || info.Size() < m.offset {
		m.offset, m.curves = 0, curves{values: map[string][]float64{}}
	}
	m.info = info
	if err := m.readFrom(f); err != nil {
		return curves{}, err
	}
	c := m.curves
	c.values = maps.Clone(c.values)
	return c, nil
}

// maxLine bounds a line, in bytes. Longer lines are ignored.
const maxLine = 64 << 10

func (m *metrics) readFrom(f *os.File) error {
	if _, err := f.Seek(m.offset, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(f, maxLine)
	for {
		text, err := r.ReadSlice('\n')
		switch {
		case err == io.EOF:
			return nil // the line is being written
		case errors.Is(err, bufio.ErrBufferFull):
			m.offset += int64(len(text))
			continue
		case err != nil:
			return err
		}
		m.offset += int64(len(text))
		if l, ok := parseLine(text); ok {
			m.curves.add(l)
		}
	}
}

// metricsCache keeps the curves of the runs that were requested last.
type metricsCache struct {
	mu   sync.Mutex
	kept []*metrics // the latest first
}

// keptMetrics is the number of runs whose curves stay in memory. They take about a
// megabyte per run of 20,000 steps.
const keptMetrics = 16

// of returns the curves of the run in dir.
func (c *metricsCache) of(dir string) (curves, error) {
	path := filepath.Join(dir, metricsName)
	c.mu.Lock()
	i := slices.IndexFunc(c.kept, func(m *metrics) bool { return m.path == path })
	m := &metrics{path: path}
	if i >= 0 {
		m = c.kept[i]
		c.kept = slices.Delete(c.kept, i, i+1)
	}
	c.kept = slices.Insert(c.kept, 0, m)
	c.kept = c.kept[:min(len(c.kept), keptMetrics)]
	c.mu.Unlock()
	return m.read()
}
