// Reading metrics.jsonl: its lines, the scores, the alarms.

package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"dcgan/internal/alarm"
	"dcgan/internal/config"
	"dcgan/internal/score"
)

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

// Monitor returns the monitor of the run in dir, with these settings, as it stood after
// a step.
func Monitor(dir string, c *config.Config, step int) (*alarm.Monitor, error) {
	monitor := alarm.NewMonitor(c)
	err := EachLine(dir, "", func(m *Metrics) {
		if m.Step <= step && m.Step > monitor.Step() {
			monitor.Observe(m.Figures())
		}
	})
	return monitor, err
}

// Scores returns the scores of the run in dir, by step.
func Scores(dir string) (map[int]*score.Scores, error) {
	scores := map[int]*score.Scores{}
	err := EachLine(dir, `"kid":`, func(m *Metrics) {
		if m.Scores != nil {
			scores[m.Step] = m.Scores
		}
	})
	return scores, err
}

// Distances returns score.Distance of the scored steps of the run in dir up to a step.
func Distances(dir string, until int) (map[int]float64, error) {
	scores, err := Scores(dir)
	distances := map[int]float64{}
	for step, s := range scores {
		if step <= until {
			distances[step] = s.Distance()
		}
	}
	return distances, err
}
