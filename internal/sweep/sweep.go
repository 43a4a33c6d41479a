// Package sweep compares settings by training. It trains many candidates for a few steps
// and the best of them for longer, by successive halving (Jamieson and Talwalkar,
// "Non-stochastic best arm identification and hyperparameter optimization", 2016). A sweep
// is a folder:
//
//	sweep.json   what is compared, the plan, and how far it has come
//	runs/        the candidates, each an ordinary run folder
//
// Its result is a function of the plan and the pictures.
package sweep

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/train"
)

// Varied is a setting, by its key in config.json, with the values that are compared.
type Varied struct {
	Setting string            `json:"setting"`
	Values  []json.RawMessage `json:"values"`
}

// Request describes a sweep. Its candidates are all combinations of the values.
type Request struct {
	Settings *config.Config `json:"settings"` // of every candidate, apart from the values
	Varied   []Varied       `json:"varied"`
	Eta      int            `json:"eta"`
	ScoreN   int            `json:"score_n"`            // pictures that a score compares
	BudgetS  float64        `json:"budget_s,omitempty"` // seconds that it may take; 0 if Steps is set
	Steps    int            `json:"steps,omitempty"`    // that the last rung reaches at most
}

// Same reports whether two requests describe the same sweep.
func (r *Request) Same(o *Request) bool { return bytes.Equal(r.key(), o.key()) }

// key returns the request without what changes no result, as JSON.
func (r *Request) key() []byte {
	c, same := *r.Settings, *r
	c.Threads, same.Settings = 0, &c
	text, err := json.Marshal(same)
	if err != nil {
		panic(err) // values are valid JSON
	}
	return text
}

// grid returns all combinations of the values; the last setting changes first.
func (r *Request) grid() []map[string]json.RawMessage {
	list := []map[string]json.RawMessage{{}}
	for _, v := range r.Varied {
		var longer []map[string]json.RawMessage
		for _, settings := range list {
			for _, value := range v.Values {
				next := maps.Clone(settings)
				next[v.Setting] = value
				longer = append(longer, next)
			}
		}
		list = longer
	}
	return list
}

// Candidate is one combination of settings.
type Candidate struct {
	Number   int                        `json:"number"` // from 1
	Settings map[string]json.RawMessage `json:"settings"`
	Run      string                     `json:"run"` // its folder, within the sweep's, with slashes
	StepS    float64                    `json:"step_s,omitempty"`
	Results  []Result                   `json:"results,omitempty"` // one for each rung that it has reached
	Diverged string                     `json:"diverged,omitempty"`
	Dropped  int                        `json:"dropped,omitempty"` // after this rung, counted from 1
	Fate     string                     `json:"fate,omitempty"`    // why it was dropped, or what it has won
}

// Result is how good a candidate was at the end of a rung.
type Result struct {
	Step int `json:"step"`
	*score.Scores
}

// Last returns the newest result, nil if there is none.
func (c *Candidate) Last() *Result {
	if len(c.Results) == 0 {
		return nil
	}
	return &c.Results[len(c.Results)-1]
}

// Sweep is the folder of a sweep, and how far it has come.
type Sweep struct {
	Version int `json:"version"`
	Request
	Data       string       `json:"data_fingerprint"`
	Rungs      []Rung       `json:"rungs"`
	Done       int          `json:"rungs_done"`
	Candidates []*Candidate `json:"candidates"`
	Winner     int          `json:"winner,omitempty"` // its number, once all is done
	Floor      *score.Floor `json:"floor,omitempty"`  // of the scores; nil before the first, or of too few pictures

	Dir    string `json:"-"`
	lock   *run.Lock
	scorer *train.Scorer // of all candidates; nil before the first needs it
}

const version = 1

func planFile(dir string) string { return filepath.Join(dir, "sweep.json") }

// New returns the sweep that r describes, without a folder yet. It has a plan if r says
// the steps; PlanTime makes the others'.
func New(r Request) (*Sweep, error) {
	s := &Sweep{Version: version, Request: r}
	for i, settings := range r.grid() {
		c := &Candidate{Number: i + 1, Settings: settings}
		c.Run = "runs/" + s.runName(c)
		if _, err := s.Config(c); err != nil {
			return nil, err
		}
		s.Candidates = append(s.Candidates, c)
	}
	if s.Steps == 0 {
		return s, nil
	}
	return s, s.planSteps()
}

// runName returns the candidate's number with as much of its settings as a name can hold.
func (s *Sweep) runName(c *Candidate) string {
	const longest = 80
	name := fmt.Sprintf("%02d", c.Number)
	for _, v := range s.Varied {
		name += fmt.Sprintf("_%s=%s", v.Setting, ValueText(c.Settings[v.Setting]))
	}
	return strings.ReplaceAll(name[:min(len(name), longest)], ",", "+")
}

// ValueText returns a setting's value for people: text without its quotes, a fraction in
// its shortest form.
func ValueText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	if f, err := strconv.ParseFloat(string(value), 64); err == nil && f != math.Trunc(f) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return string(value)
}

// Config returns the settings of a run of the candidate alone.
func (s *Sweep) Config(c *Candidate) (*config.Config, error) {
	settings := *s.Settings
	for key := range c.Settings {
		settings.DropChanges(key)
	}
	text, err := json.Marshal(c.Settings)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &settings); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return &settings, settings.Validate()
}

// RunDir returns the candidate's run folder.
func (s *Sweep) RunDir(c *Candidate) string { return filepath.Join(s.Dir, filepath.FromSlash(c.Run)) }

// Exists reports whether dir holds a sweep.
func Exists(dir string) bool {
	_, err := os.Stat(planFile(dir))
	return err == nil
}

// Create makes the sweep's folder. The sweep must have its plan and Data. Close it at the
// end.
func (s *Sweep) Create(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "runs"), 0o777); err != nil {
		return err
	}
	lock, err := run.LockFolder(dir)
	if err != nil {
		return err
	}
	at := *s
	at.Dir, at.lock = dir, lock
	if Exists(dir) {
		return errors.Join(fmt.Errorf("the folder holds a sweep already: %s", dir), at.Close())
	}
	if err := at.save(); err != nil {
		return errors.Join(err, at.Close())
	}
	*s = at
	return nil
}

// Read returns the sweep in dir, as far as it has come.
func Read(dir string) (*Sweep, error) {
	text, err := os.ReadFile(planFile(dir))
	if err != nil {
		return nil, fmt.Errorf("open sweep: %w", err)
	}
	s := &Sweep{Dir: dir}
	var raw struct {
		Settings json.RawMessage `json:"settings"`
	}
	if err := errors.Join(json.Unmarshal(text, s), json.Unmarshal(text, &raw)); err != nil {
		return nil, fmt.Errorf("%s: %w", planFile(dir), err)
	}
	if s.Version != version {
		return nil, fmt.Errorf("%s: it is of version %d, this program reads %d", planFile(dir), s.Version, version)
	}
	if s.Settings, err = config.ParseRun(raw.Settings); err != nil {
		return nil, fmt.Errorf("%s: %w", planFile(dir), err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", planFile(dir), err)
	}
	return s, nil
}

// check returns an error for a sweep.json that no sweep has written.
func (s *Sweep) check() error {
	if len(s.Rungs) == 0 || s.Rungs[0].Steps < 1 || s.Done < 0 || s.Done > len(s.Rungs) {
		return errors.New("it has no plan")
	}
	if len(s.Candidates) == 0 || s.Winner < 0 || s.Winner > len(s.Candidates) {
		return errors.New("it has no candidates")
	}
	for i, c := range s.Candidates {
		if c == nil || c.Number != i+1 || !filepath.IsLocal(filepath.FromSlash(c.Run)) {
			return fmt.Errorf("candidate %d is not valid", i+1)
		}
	}
	return nil
}

// Open locks and reads the sweep in dir. Close it at the end.
func Open(dir string) (*Sweep, error) {
	if !Exists(dir) {
		return nil, fmt.Errorf("open sweep: %w", &fs.PathError{Op: "open", Path: planFile(dir), Err: fs.ErrNotExist})
	}
	lock, err := run.LockFolder(dir)
	if err != nil {
		return nil, err
	}
	s, err := Read(dir)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	s.lock = lock
	return s, nil
}

// Close releases the sweep's lock.
func (s *Sweep) Close() error { return s.lock.Unlock() }

func (s *Sweep) save() error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(planFile(s.Dir), 0o666, append(text, '\n'))
}

// Ranking returns the candidates from the best to the worst. Those of a later rung are
// better, and of the same rung those nearer to the data. Those that diverged are the worst.
func (s *Sweep) Ranking() []*Candidate {
	return slices.SortedStableFunc(slices.Values(s.Candidates), func(a, b *Candidate) int {
		return cmp.Or(
			cmp.Compare(b.rungs(), a.rungs()),
			compareBools(a.Diverged != "", b.Diverged != ""),
			cmp.Compare(len(b.Results), len(a.Results)),
			cmp.Compare(a.distance(), b.distance()),
		)
	})
}

// rungs returns the number of rungs that it takes part in: no end is known before it is
// dropped.
func (c *Candidate) rungs() int {
	if c.Dropped == 0 {
		return math.MaxInt
	}
	return c.Dropped
}

// distance returns the distance of the last result, or infinity without one.
func (c *Candidate) distance() float64 {
	if r := c.Last(); r != nil {
		return r.Distance()
	}
	return math.Inf(1)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
