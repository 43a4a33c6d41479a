package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/engine"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

// trainings is a Control that trains in this process, on the embedded set, slowly
// enough for the test to see it.
type trainings struct {
	t    testing.TB
	root string
	ctx  context.Context
	all  sync.WaitGroup

	mu     sync.Mutex
	failed []Training
}

func newTrainings(t testing.TB) func(root string) Control {
	return func(root string) Control {
		c := &trainings{t: t, root: root}
		var cancel context.CancelFunc
		c.ctx, cancel = context.WithCancel(context.Background())
		t.Cleanup(func() {
			cancel()
			c.all.Wait()
		})
		return c
	}
}

func (c *trainings) Train(_ context.Context, data, _ string, settings map[string]string) (string, error) {
	if data != "" {
		return "", config.Hint(fmt.Errorf("open %s: no such folder", data), "check the spelling of the path")
	}
	s := smallest(c.t)
	s.Steps = 100_000
	if text := settings["lr_d"]; text != "" {
		s.LRD, _ = strconv.ParseFloat(text, 64)
	}
	if err := s.Validate(); err != nil {
		return "", err
	}
	r, err := run.Create(run.FreeName(filepath.Join(c.root, "demo")), s)
	if err != nil {
		return "", err
	}
	c.start(r)
	return r.Dir, nil
}

func (c *trainings) Resume(_ context.Context, dir string, steps int) error {
	r, err := run.Open(dir)
	if err != nil {
		return err
	}
	if steps != 0 {
		r.Config.Steps = steps
	}
	c.start(r)
	return nil
}

func (c *trainings) Trainings() []Training {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Training(nil), c.failed...)
}

func (c *trainings) start(r *run.Run) {
	c.all.Go(func() {
		defer r.Close()
		err := c.train(r)
		if err != nil && !errors.Is(err, context.Canceled) {
			c.mu.Lock()
			c.failed = append(c.failed, Training{r.Dir, err})
			c.mu.Unlock()
		}
	})
}

func (c *trainings) train(r *run.Run) error {
	e, err := engine.Open(r.Config)
	if err != nil {
		return err
	}
	defer e.Close()
	s := r.Config
	set, err := dataset.Demo(dataset.Options{Size: s.Size, Channels: s.Channels, Fit: s.Fit, Filter: s.Filter})
	if err != nil {
		return err
	}
	defer set.Close()
	training := &train.Training{
		Engine: e, Pictures: set, Report: func(train.Progress) { time.Sleep(5 * time.Millisecond) },
	}
	return training.Run(c.ctx, r)
}

// smallest returns the settings of a run with very short steps.
func smallest(t testing.TB) *config.Config {
	c := settings(t)
	c.Size, c.NGF, c.NDF, c.Batch, c.Threads = 8, 2, 2, 4, 1
	c.SampleEvery, c.CheckpointEvery, c.ScoreEvery = 20, 20, -1
	return c
}

// changes lists all requests that change a run, as the page sends them.
var changes = map[string]string{
	"/api/runs":            `{"data":"","recipe":"quick","settings":{}}`,
	"/api/runs/one/stop":   `{}`,
	"/api/runs/one/resume": `{"steps":500}`,
	"/api/runs/one/rewind": `{"step":200,"changes":{}}`,
	"/api/runs/one/change": `{"setting":"lr_d","value":0.1}`,
}

// A server without Control refuses every request that would change a run, and says
// which flag allows it.
func TestNoControl(t *testing.T) {
	f := serve(t, "127.0.0.1")
	for path, body := range changes {
		if r := f.post(t, path, body); r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: status %d", path, r.StatusCode)
		}
	}
	_, text := f.get(t, "/api/session")
	if !strings.Contains(text, `"control":false`) || strings.Contains(text, "recipes") {
		t.Errorf("the session is %s", text)
	}
}

// Every request that changes a run needs the Origin and the token.
func TestControlOfStrangers(t *testing.T) {
	f := serveControlled(t, "127.0.0.1", newTrainings(t))
	for path, body := range changes {
		for name, headers := range map[string][]string{
			"nothing": nil, "no token": {"Origin", f.url}, "no Origin": {TokenHeader, f.guard.token},
			"a foreign Origin": {"Origin", "http://evil.example", TokenHeader, f.guard.token},
			"a wrong token":    {"Origin", f.url, TokenHeader, strings.Repeat("A", 26)},
			"a foreign page":   {"Origin", f.url, TokenHeader, f.guard.token, "Sec-Fetch-Site", "cross-site"},
		} {
			if r := f.request(t, "POST", path, body, headers...); r.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %s: status %d", path, name, r.StatusCode)
			}
		}
		if r := f.request(t, "GET", path, ""); r.StatusCode != http.StatusMethodNotAllowed && path != "/api/runs" {
			t.Errorf("GET %s: status %d", path, r.StatusCode)
		}
	}
	if runs, _ := os.ReadDir(f.root); len(runs) != 2 {
		t.Errorf("there are %d runs now", len(runs))
	}
}

// A request that cannot be fulfilled is refused with the page's labels of the settings.
func TestControlRefuses(t *testing.T) {
	f := serveControlled(t, "127.0.0.1", newTrainings(t))
	full := filepath.Join(run.Checkpoints(filepath.Join(f.root, "two")), checkpoint.Name(200))
	snapshot, err := checkpoint.Load(full)
	must(t, err)
	snapshot.State = snapshot.State.Weights()
	_, err = checkpoint.Save(filepath.Dir(full), snapshot)
	must(t, err)
	must(t, os.Remove(full))
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/api/runs", `{"data":"/nowhere","recipe":"reference"}`, 200, "no such folder"},
		{"/api/runs", `{"data":"","recipe":"quick","settings":{"lr_d":"7"}}`, 200, "Learning rate of D 7 is not possible"},
		{"/api/runs", `{"data":"","recipe":"quick","settings":{"lr_d":"high"}}`, 200,
			`Learning rate of D \"high\": not a number`},
		{"/api/runs", `{"data":"","recipe":"quick","settings":{"fit":"loosely"}}`, 200, "fit loosely is not possible"},
		{"/api/runs", `{"data":"","recipe":"quick","settings":{"out":"/tmp"}}`, 200, `there is no setting \"out\"`},
		{"/api/runs", `{"data":"","recipe":"fast"}`, 200, `no recipe is called \"fast\"`},
		{"/api/runs", `{"data":7}`, 400, "read the request"},
		{"/api/runs", `{"date":""}`, 400, "read the request"},
		{"/api/runs/three/stop", `{}`, 404, "there is no run"},
		{"/api/runs/..%2fone/stop", `{}`, 404, "there is no run"},
		{"/api/runs/one/stop", `{}`, 200, "no process trains in this run"},
		{"/api/runs/one/change", `{"setting":"lr_d","value":0.1}`, 200, "no process trains in this run"},
		{"/api/runs/one/change", `{"setting":"lr_d","value":7}`, 200, "Learning rate of D 7 is not possible"},
		{"/api/runs/one/change", `{"setting":"seed","value":7}`, 200, "cannot change while a run trains"},
		{"/api/runs/one/rewind", `{"step":300}`, 404, "no checkpoint of step 300"},
		{"/api/runs/two/rewind", `{"step":200}`, 200, "it has weights only"},
		{"/api/runs/one/rewind", `{"step":200,"changes":{"gen_updates":1.5}}`, 200,
			"Updates of G a step 1.5 is not possible"},
	} {
		r := f.post(t, c.path, c.body)
		text, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != c.status || !strings.Contains(string(text), c.want) {
			t.Errorf("%s %s: status %d, %s, %v", c.path, c.body, r.StatusCode, text, err)
		}
	}
	if runs, _ := os.ReadDir(f.root); len(runs) != 2 {
		t.Errorf("there are %d runs now", len(runs))
	}
}

// fill writes into a field as a person does.
func (v *visit) fill(selector, text string) {
	v.Helper()
	field := fmt.Sprintf("document.querySelector(%s)", quote(selector))
	v.See(field)
	v.Do(fmt.Sprintf("%s.focus(); %s.value = %s; %s.dispatchEvent(new Event('input', { bubbles: true }))",
		field, field, quote(text), field))
}

// A person starts a run, changes a learning rate while it trains, stops it, resumes
// it, and goes back to one of its checkpoints.
func TestControl(t *testing.T) {
	v := openControlled(t, "", newTrainings(t))
	v.click("New run")
	v.fill("dialog [name=lr_d]", "7")
	v.click("Start training")
	v.text("dialog .error", "Learning rate of D 7 is not possible")
	v.fill("dialog [name=lr_d]", "")
	v.click("Start training")
	v.text("h1", "demo")
	v.text(".pill", "running")
	v.text(".step", "Step ")

	v.fill(".live [name=lr_g]", "2")
	v.press("\r")
	v.text(".live .error", "Learning rate of G 2 is not possible")
	v.fill(".live [name=lr_g]", "0.0003")
	v.press("\r")
	v.text(".happenings", "Learning rate of G is 0.0003 from here on")
	v.See("document.querySelector('.flag.change').title.startsWith('Learning rate of G is 0.0003')")

	v.click("■ Stop")
	v.text(".pill", "stopped")
	v.See("!document.querySelector('.live').offsetParent")
	dir := filepath.Join(v.root, "demo")
	c, _, err := readConfig(dir)
	must(t, err)
	if len(c.Changes) != 1 || c.Changes[0].Setting != config.KeyLRG || c.Changes[0].Value != 0.0003 {
		t.Errorf("config.json has the changes %v", c.Changes)
	}
	stopped, err := checkpoint.Latest(run.Checkpoints(dir))
	must(t, err)
	v.click("▶ Resume")
	v.text(".pill", "running")
	v.See(fmt.Sprintf("Number(document.querySelector('.facts b').innerText.replaceAll(',', '')) > %d", stopped.Step+20))
	v.click("■ Stop")
	v.text(".pill", "stopped")

	v.click("Rewind …")
	v.fill("dialog [name=lr_d]", "0.00015")
	v.click("Rewind and train")
	v.text("h1", "demo-2")
	v.text(".pill", "running")
	v.text(".happenings", "Learning rate of D is 0.00015 from here on")
	v.text(".happenings", "Learning rate of G is 0.0003 from here on")
	v.click("■ Stop")
	v.text(".pill", "stopped")
	back, _, err := readConfig(filepath.Join(v.root, "demo-2"))
	must(t, err)
	if back.Parent != dir || len(back.Changes) != 2 || back.Changes[1].Step != back.ParentStep+1 {
		t.Errorf("the run that went back has %q, step %d, changes %v", back.Parent, back.ParentStep, back.Changes)
	}
	v.Quiet()
}

// The page shows why a training failed. Without Control it has no buttons for runs.
func TestFailureIsTold(t *testing.T) {
	v := openControlled(t, "#/run/one", newTrainings(t))
	v.click("Train longer …")
	v.click("Train on")
	v.text(".error", "The training failed: the pictures are not those that the run was trained on")
	v.text(".pill", "failed")
	v.Quiet()
	v = open(t, "#/run/one")
	v.text("h1", "one")
	v.See("![...document.querySelectorAll('button')]" +
		".some(b => /Stop|Resume|Rewind|Train longer|New run/.test(b.innerText))")
	v.Quiet()
}
