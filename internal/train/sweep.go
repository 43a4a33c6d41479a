// A sweep tries settings: it trains many candidates a little and the best of them
// on, by successive halving (Jamieson and Talwalkar, "Non-stochastic best arm
// identification and hyperparameter optimization", 2016). This file has the plan and
// the folder, sweep_run.go the work.
//
//	sweep.json   what is compared, the plan, and how far it has come
//	runs/        the candidates, each an ordinary run folder

package train

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
	"dcgan/internal/gan"
	"dcgan/internal/run"
	"dcgan/internal/score"
)

// SweepRung is a stage of a sweep: so many candidates are trained until so many steps.
type SweepRung struct {
	Steps      int `json:"steps"`
	Candidates int `json:"candidates"` // fewer where some have diverged
}

// Halving plans a sweep of n candidates that all reach first steps. Of each eta the
// best one goes on, rounded up, to eta times the steps, until one would be left.
func Halving(n, eta, first int) []SweepRung {
	rungs := []SweepRung{{first, n}}
	for n > eta {
		n = (n + eta - 1) / eta
		first *= eta
		rungs = append(rungs, SweepRung{first, n})
	}
	return rungs
}

// FirstOfSteps is the steps of the first of the rungs whose last one reaches at most
// steps; 0 where there is none.
func FirstOfSteps(n, eta, steps int) int {
	rungs := Halving(n, eta, 1)
	return steps / rungs[len(rungs)-1].Steps
}

// Cost is what a candidate's step and its score take, in seconds.
type Cost struct{ StepS, ScoreS float64 }

// CostOf is the cost of a candidate whose steps take stepS, when to look at the n
// pictures of a score and to compare them takes lookS: to paint them is added.
func CostOf(c *config.Config, stepS, lookS float64, n int) Cost {
	m := gan.NewModel(c)
	return Cost{stepS, lookS + stepS*float64(n)*float64(m.PictureFlop())/float64(m.StepFlop(c))}
}

// SweepTime is the time in seconds of a sweep with so many steps in its first rung:
// what it takes at most, for of each rung the dearest candidates go on.
func SweepTime(costs []Cost, eta, first int) float64 {
	stepS, scoreS := sweepCost(costs, eta)
	return stepS*float64(first) + scoreS
}

// FirstOfBudget is the largest number of steps of the first rung with which a sweep
// takes no more than budget seconds; 0 or less where there is none.
func FirstOfBudget(costs []Cost, eta int, budget float64) int {
	stepS, scoreS := sweepCost(costs, eta)
	return int(math.Floor((budget - scoreS) / stepS))
}

// sweepCost is the time of a sweep for each step of its first rung, and that of its
// scores: a candidate is scored at every multiple of those steps.
func sweepCost(costs []Cost, eta int) (stepS, scoreS float64) {
	costs = slices.SortedFunc(slices.Values(costs), func(a, b Cost) int { return cmp.Compare(b.StepS, a.StepS) })
	reached := 0
	for _, r := range Halving(len(costs), eta, 1) {
		for _, c := range costs[:r.Candidates] {
			stepS += c.StepS * float64(r.Steps-reached)
			scoreS += c.ScoreS * float64(r.Steps-reached)
		}
		reached = r.Steps
	}
	return stepS, scoreS
}

// Varied is a setting, by its key in config.json, with the values that are compared.
type Varied struct {
	Setting string            `json:"setting"`
	Values  []json.RawMessage `json:"values"`
}

// SweepRequest is what is asked of a sweep. Its candidates have all combinations of
// the values.
type SweepRequest struct {
	Settings *config.Config `json:"settings"` // but for the values
	Varied   []Varied       `json:"varied"`
	Eta      int            `json:"eta"`
	ScoreN   int            `json:"score_n"`            // pictures that a score compares
	BudgetS  float64        `json:"budget_s,omitempty"` // the time that it may take, or
	Steps    int            `json:"steps,omitempty"`    // what the last rung reaches, at most
}

// Same tells whether a sweep of the one request is one of the other.
func (r *SweepRequest) Same(o *SweepRequest) bool { return bytes.Equal(r.key(), o.key()) }

// key is the request without what changes no result.
func (r *SweepRequest) key() []byte {
	c, same := *r.Settings, *r
	c.Threads, same.Settings = 0, &c
	text, err := json.Marshal(same)
	if err != nil {
		panic(err) // values are valid JSON
	}
	return text
}

// grid lists all combinations of the values; the last setting changes first.
func (r *SweepRequest) grid() []map[string]json.RawMessage {
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
	Results  []Result                   `json:"results,omitempty"` // of each rung that it has reached
	Diverged string                     `json:"diverged,omitempty"`
	Dropped  int                        `json:"dropped,omitempty"` // after this rung, counted from 1
	Fate     string                     `json:"fate,omitempty"`    // why it was dropped, or what it has won
}

// Result is how good a candidate was at the end of a rung.
type Result struct {
	Step int `json:"step"`
	*score.Scores
}

// Last is the newest result, nil if there is none.
func (c *Candidate) Last() *Result {
	if len(c.Results) == 0 {
		return nil
	}
	return &c.Results[len(c.Results)-1]
}

// Sweep is a sweep's folder and where it stands.
type Sweep struct {
	Version int `json:"version"`
	SweepRequest
	Data       string       `json:"data_fingerprint"`
	Rungs      []SweepRung  `json:"rungs"`
	Done       int          `json:"rungs_done"`
	Candidates []*Candidate `json:"candidates"`
	Winner     int          `json:"winner,omitempty"` // its number, once all is done

	Dir    string `json:"-"`
	lock   *run.Lock
	scorer *Scorer // of all candidates; nil before the first needs it
}

const sweepVersion = 1

func sweepFile(dir string) string { return filepath.Join(dir, "sweep.json") }

// NewSweep returns the sweep that r asks for, without a plan and a folder yet.
func NewSweep(r SweepRequest) (*Sweep, error) {
	s := &Sweep{Version: sweepVersion, SweepRequest: r}
	for i, settings := range r.grid() {
		c := &Candidate{Number: i + 1, Settings: settings}
		c.Run = "runs/" + s.runName(c)
		if _, err := s.Config(c); err != nil {
			return nil, err
		}
		s.Candidates = append(s.Candidates, c)
	}
	return s, nil
}

// runName is the candidate's number with as much of its settings as a name can hold.
func (s *Sweep) runName(c *Candidate) string {
	const longest = 80
	name := fmt.Sprintf("%02d", c.Number)
	for _, v := range s.Varied {
		name += fmt.Sprintf("_%s=%s", v.Setting, ValueText(c.Settings[v.Setting]))
	}
	return strings.ReplaceAll(name[:min(len(name), longest)], ",", "+")
}

// ValueText is a setting's value for people: text without its quotes, a fraction in
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

// Config returns the candidate's settings as those of a run of its own.
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

// RunDir is the candidate's run folder.
func (s *Sweep) RunDir(c *Candidate) string { return filepath.Join(s.Dir, filepath.FromSlash(c.Run)) }

// SweepExists tells whether dir holds a sweep.
func SweepExists(dir string) bool {
	_, err := os.Stat(sweepFile(dir))
	return err == nil
}

// Create makes the sweep's folder. Rungs and Data must be set. Close the sweep at
// the end.
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
	if SweepExists(dir) {
		return errors.Join(fmt.Errorf("the folder holds a sweep already: %s", dir), at.Close())
	}
	if err := at.save(); err != nil {
		return errors.Join(err, at.Close())
	}
	*s = at
	return nil
}

// ReadSweep reads where the sweep in dir stands.
func ReadSweep(dir string) (*Sweep, error) {
	text, err := os.ReadFile(sweepFile(dir))
	if err != nil {
		return nil, fmt.Errorf("open sweep: %w", err)
	}
	s := &Sweep{Dir: dir}
	var raw struct {
		Settings json.RawMessage `json:"settings"`
	}
	if err := errors.Join(json.Unmarshal(text, s), json.Unmarshal(text, &raw)); err != nil {
		return nil, fmt.Errorf("%s: %w", sweepFile(dir), err)
	}
	if s.Version != sweepVersion {
		return nil, fmt.Errorf("%s: it is of version %d, this program reads %d", sweepFile(dir), s.Version, sweepVersion)
	}
	if s.Settings, err = config.ParseRun(raw.Settings); err != nil {
		return nil, fmt.Errorf("%s: %w", sweepFile(dir), err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", sweepFile(dir), err)
	}
	return s, nil
}

// check refuses a sweep.json that no sweep has written.
func (s *Sweep) check() error {
	if len(s.Rungs) == 0 || s.Rungs[0].Steps < 1 || s.Done < 0 || s.Done > len(s.Rungs) {
		return errors.New("it has no plan")
	}
	if len(s.Candidates) == 0 || s.Winner < 0 || s.Winner > len(s.Candidates) {
		return errors.New("it has no candidates")
	}
	for i, c := range s.Candidates {
		if c == nil || c.Number != i+1 || !filepath.IsLocal(filepath.FromSlash(c.Run)) {
			return fmt.Errorf("candidate %d is none of a sweep", i+1)
		}
	}
	return nil
}

// OpenSweep locks the sweep in dir and reads where it stands. Close it at the end.
func OpenSweep(dir string) (*Sweep, error) {
	if !SweepExists(dir) {
		return nil, fmt.Errorf("open sweep: %w", &fs.PathError{Op: "open", Path: sweepFile(dir), Err: fs.ErrNotExist})
	}
	lock, err := run.LockFolder(dir)
	if err != nil {
		return nil, err
	}
	s, err := ReadSweep(dir)
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
	return atomicfile.WriteBytes(sweepFile(s.Dir), 0o666, append(text, '\n'))
}

// Ranking lists the candidates from the best to the worst: those of a later rung are
// better, and in the same one those nearer to the data; diverged ones are the worst.
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

// rungs is the number of rungs that it takes part in as far as is known.
func (c *Candidate) rungs() int {
	if c.Dropped == 0 {
		return math.MaxInt
	}
	return c.Dropped
}

// distance is that of the last result; no result is worse than any.
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
