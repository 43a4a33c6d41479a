package web

// The run folders: the list of them and the state of each.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"dcgan/internal/config"
	"dcgan/internal/run"
	"dcgan/internal/score"
)

// runFolders finds the run folders in root.
type runFolders struct{ root string }

// list returns the folders of all runs by name. If root is a run itself, it is the only
// one. If root does not exist, there are none.
func (r runFolders) list() (map[string]string, error) {
	root, err := filepath.Abs(r.root)
	if err != nil {
		return nil, err
	}
	dirs, err := run.Folders(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the runs: %w", err)
	}
	found := map[string]string{}
	for _, dir := range dirs {
		found[filepath.Base(dir)] = dir
	}
	return found, nil
}

// folder returns the folder of the run that a request names.
func (s *Server) folder(r *http.Request) (string, error) {
	all, err := s.runs.list()
	if err != nil {
		return "", err
	}
	name := r.PathValue("run")
	dir, ok := all[name]
	if !ok {
		return "", notFound("there is no run %q", name)
	}
	return dir, nil
}

// The states of a run.
const (
	stateWaiting  = "waiting"  // no step has been made
	stateStarting = "starting" // a process holds the run and reads the pictures
	stateFailed   = "failed"   // a process that this server started ended with an error
	stateRunning  = "running"
	stateStopped  = "stopped"
	stateFinished = "finished"
)

// summary is the state of a run.
type summary struct {
	Name        string             `json:"name"`
	State       string             `json:"state"`
	Recipe      string             `json:"recipe"`
	Size        int                `json:"size"`
	Channels    int                `json:"channels"`
	Step        int                `json:"step"`
	Steps       int                `json:"steps"`
	TimeS       float64            `json:"time_s"`
	Latest      map[string]float64 `json:"latest"` // figures of the last step
	Sheets      []int              `json:"sheets"` // steps
	Checkpoints []int              `json:"checkpoints"`
	Full        []int              `json:"full"`              // the checkpoints from which a training can resume
	Rates       config.Rates       `json:"rates"`             // of the next step
	Note        string             `json:"note,omitempty"`    // what is used in place of a damaged config.json
	Error       string             `json:"error,omitempty"`   // why the run can't be read
	Failure     string             `json:"failure,omitempty"` // why its training failed
	Hint        string             `json:"hint,omitempty"`
}

// summaries lists all runs, by name.
func (s *Server) summaries() ([]summary, error) {
	all, err := s.runs.list()
	if err != nil {
		return nil, err
	}
	list := []summary{}
	for name, dir := range all {
		list = append(list, s.summarize(name, dir))
	}
	list = s.addTrainings(list)
	slices.SortFunc(list, func(a, b summary) int { return compareNames(a.Name, b.Name) })
	return list, nil
}

// newSummary returns the summary of a run of which only the name is known.
func newSummary(name string) summary {
	return summary{
		Name: name, State: stateWaiting,
		Latest: map[string]float64{}, Sheets: []int{}, Checkpoints: []int{}, Full: []int{},
	}
}

// summarize reads the state of the run in dir.
func (s *Server) summarize(name, dir string) summary {
	sum := newSummary(name)
	c, note, err := readConfig(dir)
	if err != nil {
		sum.Error = err.Error()
		return sum
	}
	sum.Note = note
	sum.Recipe, sum.Size, sum.Channels, sum.Steps = c.Recipe, c.Size, c.Channels, c.Steps
	entries, err := s.checkpoints(dir)
	if err != nil {
		sum.Error = err.Error()
	}
	for _, e := range entries {
		sum.Checkpoints = append(sum.Checkpoints, e.Step)
		sum.Step = e.Step
		if e.Full {
			sum.Full = append(sum.Full, e.Step)
		}
	}
	sheets, _ := run.SheetSteps(dir) // none of a run that is being deleted
	sum.Sheets = append(sum.Sheets, sheets...)
	if last := lastLine(filepath.Join(dir, metricsName)); last.step > 0 {
		sum.Step, sum.TimeS, sum.Latest = last.step, last.time, last.values
	}
	sum.Rates = c.RatesAt(sum.Step + 1)
	sum.State = stateOf(&sum, run.Locked(dir))
	return sum
}

// stateOf returns the state of a run; locked says whether a process holds its lock.
func stateOf(s *summary, locked bool) string {
	switch {
	case locked && s.Step == 0:
		return stateStarting
	case locked:
		return stateRunning
	case s.Step == 0:
		return stateWaiting
	case s.Step >= s.Steps:
		return stateFinished
	}
	return stateStopped
}

// readConfig reads a run's settings from its config.json. If that is damaged, they are those in a
// checkpoint, and note says so.
func readConfig(dir string) (c *config.Config, note string, err error) {
	text, err := readFile(dir, "config.json")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", err
	}
	if c, err := config.ParseRun(text); err == nil {
		return c, "", nil
	}
	return run.Settings(dir)
}

// maxSmallFile bounds the bytes that are read of settings and stars.
const maxSmallFile = 4 << 20

// readFile reads a small file of a run. It does not follow links out of the run.
func readFile(dir, name string) ([]byte, error) {
	f, err := openIn(dir, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSmallFile))
}

// openIn opens a file of a run. It does not follow links out of the run.
func openIn(dir, name string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(name)
}

// compareNames compares names with sequences of digits as numbers: demo-2 comes before
// demo-10.
func compareNames(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da > 0 && db > 0 {
			na, nb := trimZeros(a[:da]), trimZeros(b[:db])
			if len(na) != len(nb) {
				return len(na) - len(nb)
			}
			if na != nb {
				return compareText(na, nb)
			}
			a, b = a[da:], b[db:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func compareText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// digits returns the number of digits that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

func trimZeros(s string) string {
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

func (s *Server) listRuns(w http.ResponseWriter, r *http.Request) error {
	list, err := s.summaries()
	if err != nil {
		return err
	}
	return writeJSON(w, list)
}

// showRun answers with the state of a run and all its settings.
func (s *Server) showRun(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	c, _, err := readConfig(dir)
	if err != nil {
		return err
	}
	best, bestFull, err := s.best(dir)
	if err != nil {
		return err
	}
	run := s.summarize(r.PathValue("run"), dir)
	ratesAt := map[int]config.Rates{}
	for _, step := range run.Full {
		ratesAt[step] = c.RatesAt(step)
	}
	return writeJSON(w, struct {
		summary
		Settings *config.Config       `json:"settings"`
		Best     int                  `json:"best"`      // step of the checkpoint with the best scores, or 0
		BestFull int                  `json:"best_full"` // the same of those from which a training can resume
		RatesAt  map[int]config.Rates `json:"rates_at"`  // the rates of the steps of full checkpoints
	}{run, c, best, bestFull, ratesAt})
}

// best returns the steps of the run's checkpoints with the least score.Distance, of all
// and of the full ones. A step is 0 if no checkpoint has scores.
func (s *Server) best(dir string) (all, full int, err error) {
	c, err := s.metrics.of(dir)
	if err != nil {
		return 0, 0, err
	}
	list, err := s.checkpoints(dir)
	least, leastFull := math.Inf(1), math.Inf(1)
	for _, e := range list {
		i, ok := slices.BinarySearch(c.steps, e.Step)
		if !ok || i >= len(c.values["kid"]) || i >= len(c.values["swd"]) {
			continue
		}
		// The distance is NaN if the step was not scored, and no comparison is true.
		distance := score.Distance(c.values["kid"][i], c.values["kid_stderr"][i], c.values["swd"][i])
		if !(distance < least || e.Full && distance < leastFull) || !s.wholes.isWhole(e.Path) {
			continue
		}
		if distance < least {
			all, least = e.Step, distance
		}
		if e.Full && distance < leastFull {
			full, leastFull = e.Step, distance
		}
	}
	return all, full, err
}

// finite reports whether JSON can represent v.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
