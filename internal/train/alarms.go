// How alarms end a training.

package train

import (
	"errors"
	"fmt"

	"dcgan/internal/alarm"
	"dcgan/internal/config"
	"dcgan/internal/run"
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
func (s *session) ended(m *run.Metrics) *AlarmError {
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
