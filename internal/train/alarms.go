// How alarms act on a training, and how they are read back from metrics.jsonl.

package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"dcgan/internal/alarm"
	"dcgan/internal/config"
)

// AlarmError reports that an alarm has ended a training, as its settings ask.
type AlarmError struct {
	Step  int
	Alarm alarm.Alarm
	err   error // what the training would have ended with anyway; nil if nothing
}

func (e *AlarmError) Error() string {
	if e.err != nil {
		return e.err.Error()
	}
	return fmt.Sprintf("alarm %s at step %d: %s", e.Alarm.Name, e.Step, e.Alarm.Seen)
}

func (e *AlarmError) Unwrap() error { return e.err }

// ended returns the error of a training that an alarm of the step ends, nil if none
// does.
func (s *session) ended(m *Metrics) *AlarmError {
	if s.Config.OnAlarm == config.AlarmWarn {
		return nil
	}
	for _, a := range m.Alarms {
		if !a.Ends {
			return &AlarmError{Step: m.Step, Alarm: a}
		}
	}
	return nil
}

// diverged logs that a training cannot go on, and returns the error to end with, which
// wraps err.
func (s *session) diverged(step int, seen string, err error) error {
	a := alarm.NotFinite(seen)
	if logErr := s.log.Alarm(step, s.elapsed(), a); logErr != nil {
		return errors.Join(err, logErr)
	}
	if s.Config.OnAlarm == config.AlarmWarn {
		return err
	}
	return &AlarmError{Step: step, Alarm: a, err: err}
}

// monitorUntil returns the monitor of the run in dir as it stood after a step.
func monitorUntil(dir string, c *config.Config, step int) (*alarm.Monitor, error) {
	monitor := alarm.NewMonitor(c)
	err := EachLine(dir, "", func(m *Metrics) {
		if m.Step <= step && m.Step > monitor.Step() {
			monitor.Observe(m.Figures())
		}
	})
	return monitor, err
}

// EachLine calls do with each line of the metrics.jsonl of the run in dir that contains
// text. A run without that file has no lines.
func EachLine(dir, text string, do func(*Metrics)) error {
	lines, err := os.ReadFile(metricsFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for line := range bytes.Lines(lines) {
		var m Metrics
		if bytes.Contains(line, []byte(text)) && json.Unmarshal(line, &m) == nil {
			do(&m)
		}
	}
	return err
}

// Alarms returns the alarms of the run in dir, from its metrics.jsonl, in the order in
// which they began.
func Alarms(dir string) ([]alarm.Episode, error) {
	var list []alarm.Episode
	err := EachLine(dir, `"alarms":`, func(m *Metrics) { list = alarm.Pair(list, m.Step, m.Alarms) })
	return list, err
}
