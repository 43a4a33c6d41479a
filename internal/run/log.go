// What a training writes down at every step, in metrics.jsonl and in TensorBoard's
// event files.

package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"

	"dcgan/internal/alarm"
	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/score"
	"dcgan/internal/tfevents"
)

// Metrics is a line of metrics.jsonl.
type Metrics struct {
	Step          int           `json:"step"`
	TimeS         float64       `json:"time_s"` // seconds of training in all sessions
	Losses        gan.Losses    `json:"-"`      // written after the time, each under its name
	*score.Look                 // of the sheets, relative to the data
	*score.Scores               // at the steps that were scored
	Alarms        []alarm.Alarm `json:"alarms,omitempty"` // that begin or end here

	Changes []config.Change `json:"changes,omitempty"` // of settings, from this step on
}

// MarshalJSON writes the line as one object: step and time, then the losses, then the rest.
func (m Metrics) MarshalJSON() ([]byte, error) {
	var line []byte
	for _, part := range []any{
		struct {
			Step  int     `json:"step"`
			TimeS float64 `json:"time_s"`
		}{m.Step, m.TimeS},
		m.Losses,
		struct {
			*score.Look
			*score.Scores
			Alarms  []alarm.Alarm   `json:"alarms,omitempty"`
			Changes []config.Change `json:"changes,omitempty"`
		}{m.Look, m.Scores, m.Alarms, m.Changes},
	} {
		object, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		if fields := object[1 : len(object)-1]; len(fields) > 0 {
			line = append(append(line, ','), fields...)
		}
	}
	line[0] = '{'
	return append(line, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Metrics) UnmarshalJSON(line []byte) error {
	type fields Metrics // without this method
	if err := json.Unmarshal(line, (*fields)(m)); err != nil {
		return err
	}
	return json.Unmarshal(line, &m.Losses)
}

// Figures returns the figures of the line that alarms read.
func (m *Metrics) Figures() alarm.Figures {
	return alarm.Figures{Step: m.Step, Losses: m.Losses, Look: m.Look, Scores: m.Scores}
}

// figure is a number of a step, with its name.
type figure struct {
	name  string
	value float64
}

// lossValues lists the losses under their names.
func lossValues(l gan.Losses) (list []figure) {
	for f, v := range l.All() {
		list = append(list, figure{f.String(), v})
	}
	return list
}

// lookValues lists the figures of a sheet, relative to the data.
func lookValues(l *score.Look) []figure {
	if l == nil {
		return nil
	}
	return []figure{{"sheet/sharpness", l.Sharpness}, {"sheet/spread", l.Spread}}
}

// scoreValues lists scores under their names in TensorBoard.
func scoreValues(s *score.Scores) []figure {
	if s == nil {
		return nil
	}
	return []figure{
		{"score/fd", s.FD}, {"score/kid", s.KID}, {"score/kid_stderr", s.KIDStderr},
		{"score/precision", s.Precision}, {"score/recall", s.Recall},
		{"score/density", s.Density}, {"score/coverage", s.Coverage},
		{"score/realism", s.Realism}, {"score/closeness", s.Closeness},
		{"score/swd", s.SWD}, {"score/near_duplicates", s.NearDuplicates},
		{"score/copies", s.Copies}, {"score/sharpness", s.Sharpness},
	}
}

// Log writes metrics.jsonl and one event file. When a method returns, everything has
// been handed to the operating system: readers see it, and it outlives the process.
type Log struct {
	metrics *os.File
	events  *tfevents.Writer
}

// OpenLog opens the log of the run in dir to continue after a step. It deletes the lines
// of later steps.
func OpenLog(dir string, step int) (*Log, error) {
	if err := cutMetrics(metricsFile(dir), step); err != nil {
		return nil, err
	}
	metrics, err := openMetrics(metricsFile(dir))
	if err != nil {
		return nil, err
	}
	first := int64(0)
	if step > 0 {
		first = int64(step) + 1
	}
	events, err := tfevents.Create(dir, first)
	if err != nil {
		metrics.Close()
		return nil, err
	}
	return &Log{metrics, events}, nil
}

// Amend changes the last line, which must be that of the step, when its scores come
// late.
func (l *Log) Amend(step int, change func(*Metrics)) error {
	path := l.metrics.Name()
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before := linesUntil(text, step-1)
	var m Metrics
	if err := json.Unmarshal(text[before:], &m); err != nil {
		return fmt.Errorf("read the line of step %d: %w", step, err)
	}
	change(&m)
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := l.metrics.Close(); err != nil { // some systems replace no open file
		return err
	}
	if err := atomicfile.WriteBytes(path, 0o666, slices.Concat(text[:before], line, []byte("\n"))); err != nil {
		return err
	}
	if l.metrics, err = openMetrics(path); err != nil {
		return err
	}
	if err := l.events.Scalars(int64(step), scalars(scoreValues(m.Scores))); err != nil {
		return err
	}
	return l.writeAlarms(step, m.Alarms)
}

func openMetrics(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
}

// cutMetrics deletes the lines after a step, which the training writes again, and the
// part of a line that a killed process may have left.
func cutMetrics(path string, step int) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	kept := linesUntil(text, step)
	if kept == len(text) {
		return nil
	}
	return atomicfile.WriteBytes(path, 0o666, text[:kept])
}

// linesUntil returns the length in bytes of the complete lines of metrics.jsonl up to a
// step.
func linesUntil(text []byte, step int) int {
	kept := 0
	for line := range bytes.Lines(text) {
		var m Metrics
		if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &m) != nil || m.Step > step {
			break
		}
		kept += len(line)
	}
	return kept
}

// Step writes the line of a step, after timeS seconds of training.
func (l *Log) Step(m *Metrics, timeS float64) error {
	m.TimeS = math.Round(timeS*1000) / 1000
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := l.metrics.Write(append(line, '\n')); err != nil {
		return err
	}
	figures := slices.Concat(lossValues(m.Losses), lookValues(m.Look), scoreValues(m.Scores))
	if err := l.events.Scalars(int64(m.Step), scalars(figures)); err != nil {
		return err
	}
	for _, change := range m.Changes {
		if err := l.events.Text(int64(m.Step), "changes", change.String()); err != nil {
			return err
		}
	}
	return l.writeAlarms(m.Step, m.Alarms)
}

// Alarm writes an alarm at a step that has no figures, after timeS seconds.
func (l *Log) Alarm(step int, timeS float64, a alarm.Alarm) error {
	line, err := json.Marshal(struct {
		Step   int           `json:"step"`
		TimeS  float64       `json:"time_s"`
		Alarms []alarm.Alarm `json:"alarms"`
	}{step, math.Round(timeS*1000) / 1000, []alarm.Alarm{a}})
	if err != nil {
		return err
	}
	if _, err := l.metrics.Write(append(line, '\n')); err != nil {
		return err
	}
	return l.writeAlarms(step, []alarm.Alarm{a})
}

// writeAlarms writes alarms to the event file, as texts.
func (l *Log) writeAlarms(step int, alarms []alarm.Alarm) error {
	for _, a := range alarms {
		if err := l.events.Text(int64(step), "alarms", a.Line(step)); err != nil {
			return err
		}
	}
	return l.events.Flush()
}

// scalars converts figures to the scalars of event files.
func scalars(list []figure) (scalars []tfevents.Scalar) {
	for _, v := range list {
		scalars = append(scalars, tfevents.Scalar{Tag: v.name, Value: float32(v.value)})
	}
	return scalars
}

// Image writes a picture, an encoded PNG, to the event file.
func (l *Log) Image(step int, tag string, png []byte, width, height, channels int) error {
	if err := l.events.Image(int64(step), tag, png, width, height, channels); err != nil {
		return err
	}
	return l.events.Flush()
}

// Graph writes the graph of the model to the event file.
func (l *Log) Graph(nodes []tfevents.Node) error { return l.events.Graph(nodes) }

// Settings writes the settings to the event file, as a text.
func (l *Log) Settings(step int, settings []byte) error {
	if err := l.events.Text(int64(step), "settings", fmt.Sprintf("```json\n%s```\n", settings)); err != nil {
		return err
	}
	return l.events.Flush()
}

// Sync makes the lines of metrics.jsonl durable.
func (l *Log) Sync() error { return l.metrics.Sync() }

// Close closes the files.
func (l *Log) Close() error {
	return errors.Join(l.metrics.Close(), l.events.Close())
}
