package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/run"
)

// controlled is a page that may change the runs in a folder, in a process of its own.
type controlled struct {
	*testing.T
	cmd        *exec.Cmd
	runs       string
	url, token string
	view       string // that the link leads to, "" for the list of runs
	stderr     strings.Builder
}

// serveControlled starts a page of a folder of runs, or of one run.
func serveControlled(t *testing.T, runs string) *controlled {
	t.Helper()
	c := &controlled{T: t, cmd: exec.Command("dcgan", "serve", "--control", runs), runs: runs}
	c.cmd.Stderr = &c.stderr
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	c.url, c.view, _ = strings.Cut(strings.TrimSpace(line), "/#")
	c.url = strings.TrimSuffix(c.url, "/")
	c.token = c.get("/api/session")["token"].(string)
	return c
}

func (c *controlled) get(path string) (answer map[string]any) {
	c.Helper()
	r, err := http.Get(c.url + path)
	if err != nil {
		c.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		c.Fatal(err)
	}
	return answer
}

// post asks for a change, as the page does.
func (c *controlled) post(path, body string) map[string]any {
	c.Helper()
	r, err := http.NewRequest("POST", c.url+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("Origin", c.url)
	r.Header.Set("X-Dcgan-Token", c.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	var answer map[string]any
	if err != nil || json.Unmarshal(text, &answer) != nil {
		c.Fatalf("%s answers %d, %s, %v", path, response.StatusCode, text, err)
	}
	return answer
}

// await waits until something is so.
func (c *controlled) await(what string, so func() bool) {
	c.Helper()
	for range 600 {
		if so() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.Fatalf("it never came: %s", what)
}

func (c *controlled) steps(runDir string) int {
	text, _ := os.ReadFile(filepath.Join(c.runs, runDir, "metrics.jsonl"))
	return strings.Count(string(text), "\n")
}

// A page starts a training of its own, changes it, stops it, resumes it and rewinds
// it; trainings outlive the page; and what came out is what its settings replay.
func TestControl(t *testing.T) {
	dir := t.TempDir()
	data, runs := filepath.Join(dir, "photos"), filepath.Join(dir, "runs")
	if err := writePictures(data, 10, 8, 8); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(runs, 0o777); err != nil {
		t.Fatal(err)
	}
	c := serveControlled(t, runs)
	c.refuses(data)
	c.begins(data)
	c.rewinds(c.resumes())
	c.ends()
	c.replays("photos-2", filepath.Join(dir, "again"))
}

// wish asks for a run that takes its time.
func wish(data, more string) string {
	return fmt.Sprintf(`{"data":%q,"recipe":"reference","settings":{"size":"8","ngf":"2","ndf":"2","batch":"4","steps":"1000000","threads":"1","checkpoint_every":"1000","sample_every":"1000000","score_every":"-1"%s}}`, data, more)
}

// refuses wants the page to refuse what the command line does, and to leave nothing.
func (c *controlled) refuses(data string) {
	c.Helper()
	answer := c.post("/api/runs", wish(data, `,"lr_d":"7"`))
	if answer["error"] != "Learning rate of D 7 is not possible" || answer["hint"] == nil {
		c.Errorf("a bad rate: %v", answer)
	}
	if answer = c.post("/api/runs", `{"data":"/nowhere/at/all","recipe":"reference","settings":{}}`); !strings.Contains(fmt.Sprint(answer["error"]), "/nowhere/at/all") {
		c.Errorf("a folder that is not there: %v", answer)
	}
	if answer = c.post("/api/runs", `{"data":"","recipe":"quick","settings":{"out":"/tmp/x"}}`); answer["error"] != `there is no setting "out"` {
		c.Errorf("a flag that is no setting: %v", answer)
	}
	if left, _ := os.ReadDir(c.runs); len(left) > 0 {
		c.Errorf("left behind: %v", left)
	}
}

// begins starts the run "photos", changes it and stops it.
func (c *controlled) begins(data string) {
	c.Helper()
	if answer := c.post("/api/runs", wish(data, "")); answer["name"] != "photos" {
		c.Fatalf("the new run: %v", answer)
	}
	runDir := filepath.Join(c.runs, "photos")
	c.await("steps", func() bool { return c.steps("photos") > 5 })
	c.post("/api/runs/photos/change", `{"setting":"lr_g","value":0.0005}`)
	c.await("the change", func() bool { return len(settingsOf(c.T, runDir).Changes) == 1 })
	c.post("/api/runs/photos/stop", `{}`)
	c.await("the end", func() bool { return !run.Locked(runDir) })
}

// resumes trains the run on from the step that it returns.
func (c *controlled) resumes() (from int) {
	c.Helper()
	stopped, err := checkpoint.Latest(run.Checkpoints(filepath.Join(c.runs, "photos")))
	if err != nil {
		c.Fatal(err)
	}
	if answer := c.post("/api/runs/photos/resume", `{"steps":0}`); answer["name"] != "photos" {
		c.Fatalf("resume: %v", answer)
	}
	if answer := c.post("/api/runs/photos/resume", `{"steps":0}`); !strings.Contains(fmt.Sprint(answer["error"]), "another process trains") {
		c.Errorf("resume twice: %v", answer)
	}
	c.await("more steps", func() bool { return c.steps("photos") > stopped.Step+5 })
	return stopped.Step
}

// rewinds makes the run "photos-2" from a step of the run that trains.
func (c *controlled) rewinds(step int) {
	c.Helper()
	answer := c.post("/api/runs/photos/rewind", fmt.Sprintf(`{"step":%d,"changes":{"lr_d":0.0002}}`, step))
	if answer["name"] != "photos-2" {
		c.Fatalf("rewind: %v", answer)
	}
	c.await("steps of the other run", func() bool { return c.steps("photos-2") > step+5 })
}

// ends ends the page, by a signal where there are any. The trainings go on until they
// are stopped.
func (c *controlled) ends() {
	c.Helper()
	runDir := filepath.Join(c.runs, "photos")
	if c.cmd.Process.Signal(os.Interrupt) == nil {
		c.cmd.Wait()
		if !strings.Contains(c.stderr.String(), "the training of "+runDir+" goes on; dcgan stop "+runDir+" ends it\n") {
			c.Errorf("the page says at its end: %s", c.stderr.String())
		}
	} else {
		c.cmd.Process.Kill()
	}
	for _, name := range []string{"photos", "photos-2"} {
		if out, err := exec.Command("dcgan", "stop", filepath.Join(c.runs, name)).CombinedOutput(); err != nil {
			c.Fatalf("stop %s: %v, %s", name, err, out)
		}
	}
}

// replays trains anew by the settings of a run with two changes, and wants what it has
// become.
func (c *controlled) replays(name, again string) {
	c.Helper()
	runDir := filepath.Join(c.runs, name)
	last, err := newestState(runDir)
	if err != nil {
		c.Fatal(err)
	}
	if changes := settingsOf(c.T, runDir).Changes; len(changes) != 2 {
		c.Errorf("%s has the changes %v", name, changes)
	}
	out, err := exec.Command("dcgan", "train", "--quiet", "--config", filepath.Join(runDir, "config.json"), "--steps", fmt.Sprint(last.Step), "--out", again).CombinedOutput()
	if err != nil {
		c.Fatalf("replay: %v, %s", err, out)
	}
	replayed, err := newestState(again)
	if err != nil {
		c.Fatal(err)
	}
	if tensor := differentTensor(last, replayed); tensor != "" {
		c.Errorf("the replay of step %d differs in %s", last.Step, tensor)
	}
}

// A page of one run begins others beside it: it shows the folder that the run lies in.
func TestControlOfOneRun(t *testing.T) {
	runs := t.TempDir()
	runDir := filepath.Join(runs, "a run")
	settings := `"size":"8","ngf":"2","ndf":"2","batch":"4","steps":"2"`
	if out, err := exec.Command("dcgan", "train", "--size=8", "--ngf=2", "--ndf=2", "--batch=4", "--steps=2", "--quiet", "--out", runDir).CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	c := serveControlled(t, runDir)
	if c.view != "/run/a%20run" {
		t.Errorf("the link leads to %q", c.view)
	}
	c.runs = runs
	if answer := c.post("/api/runs", `{"data":"","recipe":"quick","settings":{`+settings+`}}`); answer["name"] != "demo" {
		t.Fatalf("the new run: %v", answer)
	}
	c.await("its steps", func() bool { return c.steps("demo") == 2 })
	if answer := c.post("/api/runs/a%20run/rewind", `{"step":2,"changes":{}}`); answer["name"] != "a run-2" {
		t.Errorf("rewind: %v", answer)
	}
	for _, name := range []string{"demo", "a run-2"} {
		c.await("the end", func() bool { return !run.Locked(filepath.Join(runs, name)) })
	}
}

func settingsOf(t *testing.T, runDir string) *config.Config {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(runDir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
