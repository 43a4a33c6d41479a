package web

// What the page may do to runs, if its server allows it: start, stop, resume and
// rewind them, and change settings of a run that trains.
//
// The server itself does not run. Trainings are separate processes, so neither can
// bring the other down, and a training continues when the server ends. Requests to a
// training are files in its run's folder (run.Ask), so that they reach any training,
// whoever started it.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/run"
)

// Control starts processes that train.
type Control interface {
	// Train starts a new run on data, from a recipe, with valid settings by their keys. The
	// data "" are the embedded set. Train returns the run's folder when the training has
	// begun or is reading its data, or an error if it could not begin.
	Train(ctx context.Context, data, recipe string, settings map[string]string) (dir string, err error)
	// Resume continues the run in dir up to steps, or up to the run's own if steps is 0.
	Resume(ctx context.Context, dir string, steps int) error
	// Trainings lists the trainings that it started and that have not ended successfully.
	Trainings() []Training
}

// Training is a process that Control has started.
type Training struct {
	Dir string
	Err error // why it failed; nil while it runs
}

// why is what the settings say of a change that the page has asked for.
const why = "asked for on the page"

// controlled returns a handler that calls answer if the page may change runs, and
// otherwise returns an error.
func (s *Server) controlled(
	answer func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {

	return func(w http.ResponseWriter, r *http.Request) error {
		if s.options.Control == nil {
			return problem{http.StatusForbidden, config.Hint(errors.New("this page only shows runs"),
				"start it with dcgan serve --control to change them")}
		}
		return answer(w, r)
	}
}

// body reads a request's JSON into wish.
func body(r *http.Request, wish any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(wish); err != nil {
		return badRequest("read the request: %w", err)
	}
	return nil
}

// refused is the answer to a valid request that cannot be fulfilled. It has the status
// of a success, since a browser reports every other status on its console as an error
// of the page.
func refused(err error) error { return problem{http.StatusOK, err} }

// done answers with the name of the run that was changed or made.
func done(w http.ResponseWriter, name string) error {
	return writeJSON(w, struct {
		Name string `json:"name"`
	}{name})
}

// startRun begins a new run.
func (s *Server) startRun(w http.ResponseWriter, r *http.Request) error {
	var wish struct {
		Data     string            `json:"data"`
		Recipe   string            `json:"recipe"`
		Settings map[string]string `json:"settings"` // by their keys
	}
	if err := body(r, &wish); err != nil {
		return err
	}
	if err := checkSettings(wish.Recipe, wish.Settings); err != nil {
		return refused(err)
	}
	dir, err := s.options.Control.Train(r.Context(), strings.TrimSpace(wish.Data), wish.Recipe, wish.Settings)
	if err != nil {
		return refused(err)
	}
	return done(w, filepath.Base(dir))
}

// checkSettings reports the first setting, by key, that there is not or whose value is not possible.
func checkSettings(recipe string, settings map[string]string) error {
	c, err := config.Recipe(recipe)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		s := config.Lookup(key)
		if s == nil {
			return fmt.Errorf("there is no setting %q", key)
		}
		if err := s.Set(c, settings[key]); err != nil {
			return fmt.Errorf("%s %q: %w", settingName(key), settings[key], err)
		}
	}
	return c.Validate()
}

// settingName is what the page calls a setting.
func settingName(key string) string {
	if s := config.Lookup(key); s != nil && s.Label != "" {
		return s.Label
	}
	return strings.ReplaceAll(key, "_", " ")
}

// stopRun asks the run's training to save and end.
func (s *Server) stopRun(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	if err := run.Ask(dir, run.Request{Stop: true}); err != nil {
		return refused(err)
	}
	return done(w, r.PathValue("run"))
}

// changeRun asks the run's training to change a setting.
func (s *Server) changeRun(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	var wish struct {
		Setting string  `json:"setting"`
		Value   float64 `json:"value"`
	}
	if err := body(r, &wish); err != nil {
		return err
	}
	if err := new(config.Rates).Set(wish.Setting, wish.Value); err != nil {
		return refused(err)
	}
	if err := run.Ask(dir, run.Request{Setting: wish.Setting, Value: wish.Value, Why: why}); err != nil {
		return refused(err)
	}
	return done(w, r.PathValue("run"))
}

// resumeRun starts a training that continues the run.
func (s *Server) resumeRun(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	var wish struct {
		Steps int `json:"steps"` // 0 means the run's own
	}
	if err := body(r, &wish); err != nil {
		return err
	}
	if err := s.options.Control.Resume(r.Context(), dir, wish.Steps); err != nil {
		return refused(err)
	}
	return done(w, r.PathValue("run"))
}

// rewindRun makes a new run from a checkpoint of the run, and trains it.
func (s *Server) rewindRun(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	var wish struct {
		Step    int                `json:"step"`
		Changes map[string]float64 `json:"changes"` // of settings, from the next step on
	}
	if err := body(r, &wish); err != nil {
		return err
	}
	at, err := entryOf(dir, wish.Step)
	if err != nil {
		return err
	}
	to := run.FreeName(dir)
	change := func(c *config.Config) error { return changeAll(c, at.Step+1, wish.Changes) }
	if err := run.Rewind(dir, at, to, change); err != nil {
		return refused(err)
	}
	if err := s.options.Control.Resume(r.Context(), to, 0); err != nil {
		return refused(err)
	}
	return done(w, filepath.Base(to))
}

// entryOf returns the run's full checkpoint of a step.
func entryOf(dir string, step int) (checkpoint.Entry, error) {
	list, err := checkpoint.List(run.Checkpoints(dir))
	if err != nil {
		return checkpoint.Entry{}, err
	}
	i := slices.IndexFunc(list, func(e checkpoint.Entry) bool { return e.Step == step })
	switch {
	case i < 0:
		return checkpoint.Entry{}, notFound("there is no checkpoint of step %d any more", step)
	case !list[i].Full:
		return checkpoint.Entry{}, refused(fmt.Errorf("the checkpoint of step %d: %w", step, run.ErrWeightsOnly))
	}
	return list[i], nil
}

// changeAll changes settings from a step on, in the order of their names.
func changeAll(c *config.Config, step int, values map[string]float64) error {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if _, err := c.Change(config.Change{Step: step, Setting: key, Value: values[key], Why: why}); err != nil {
			return err
		}
	}
	return nil
}

// addTrainings adds to the summaries what run folders do not show of the trainings that
// this server started: that one is starting, or why one failed.
func (s *Server) addTrainings(list []summary) []summary {
	if s.options.Control == nil {
		return list
	}
	for _, t := range s.options.Control.Trainings() {
		name := filepath.Base(t.Dir)
		i := slices.IndexFunc(list, func(r summary) bool { return r.Name == name })
		if i < 0 {
			list = append(list, newSummary(name))
			i = len(list) - 1
			list[i].State = stateStarting
		}
		if t.Err != nil && list[i].State != stateRunning { // it runs if it was started again elsewhere
			list[i].State = stateFailed
			list[i].Failure, list[i].Hint = t.Err.Error(), config.HintOf(t.Err)
		} else if t.Err == nil && list[i].Step == 0 {
			list[i].State = stateStarting
		}
	}
	return list
}

// starts returns the settings of each recipe, with which the page fills its form for a
// new run.
func (s *Server) starts() []*config.Config {
	if s.options.Control == nil {
		return nil
	}
	var list []*config.Config
	for _, name := range config.Recipes {
		if c, err := config.Recipe(name); err == nil { // the list names recipes that exist
			list = append(list, c)
		}
	}
	return list
}

// pageSetting is what the page knows of a setting.
type pageSetting struct {
	Key     string   `json:"key"`
	Label   string   `json:"label"`
	Choices []string `json:"choices,omitempty"` // where the values are few
	Live    bool     `json:"live,omitempty"`    // may change while a run trains
}

// pageSettings lists the settings that the page's forms have.
func pageSettings() []pageSetting {
	var list []pageSetting
	for i := range config.Settings {
		if s := &config.Settings[i]; s.Label != "" {
			list = append(list, pageSetting{s.Key, s.Label, s.Choices, s.Is(config.Live)})
		}
	}
	return list
}
