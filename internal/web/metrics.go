package web

// metrics.jsonl as it grows: each line is read once.

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

// line is a step's figures. Beside the step and the time every number counts as
// one, so that a figure which a later version writes is shown too.
type line struct {
	step   int
	time   float64 // seconds
	values map[string]float64
	event  *event // nil at most steps
}

// event is what happened at a step beside its figures.
type event struct {
	Step    int             `json:"step"`
	TimeS   float64         `json:"time_s"`
	Changes []config.Change `json:"changes,omitempty"` // of settings
	Alarms  []alarm.Alarm   `json:"alarms,omitempty"`  // that begin or end
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

// lastLine reads the last complete line of a file, which is empty where there is none.
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

// curves are the figures of all steps so far. What it holds is only ever
// appended to, so that a copy of the struct is a picture of an instant.
type curves struct {
	steps  []int
	times  []float64
	values map[string][]float64 // as long as steps; NaN where a line lacks the figure
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

// read takes in what the file has gained. A file that has been replaced, which a
// resumed run does, or has become shorter is read anew.
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

// maxLine bounds a line, in bytes; a longer one is no figures of a step.
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

// metricsCache keeps the curves of the runs that were looked at last.
type metricsCache struct {
	mu   sync.Mutex
	kept []*metrics // the latest first
}

// keptMetrics is how many runs' curves stay in memory: about a megabyte each for
// 20,000 steps.
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
