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
	"dcgan/internal/train"
)

// controlled is a page that may change the runs in a folder, in a process of its own.
type controlled struct {
	*testing.T
	cmd        *exec.Cmd
	runs       string
	url, token string
	stderr     strings.Builder
}

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
	c.url = strings.TrimSuffix(strings.TrimSpace(line), "/")
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

func (c *controlled) steps(run string) int {
	text, _ := os.ReadFile(filepath.Join(c.runs, run, "metrics.jsonl"))
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
	wish := func(more string) string {
		return fmt.Sprintf(`{"data":%q,"settings":{"size":"8","ngf":"2","ndf":"2","batch":"4","steps":"1000000","threads":"1","checkpoint-every":"1000","sample-every":"1000000","score-every":"-1"%s}}`, data, more)
	}

	// What the command line refuses the page refuses, and leaves nothing.
	answer := c.post("/api/runs", wish(`,"lr-d":"7"`))
	if answer["error"] != "--lr-d 7 is not possible" || answer["hint"] == nil {
		t.Errorf("a bad rate: %v", answer)
	}
	if answer = c.post("/api/runs", `{"data":"/nowhere/at/all","settings":{}}`); !strings.Contains(fmt.Sprint(answer["error"]), "/nowhere/at/all") {
		t.Errorf("a folder that is not there: %v", answer)
	}
	if answer = c.post("/api/runs", `{"data":"","settings":{"out":"/tmp/x"}}`); answer["error"] != `there is no setting "out"` {
		t.Errorf("a flag that is no setting: %v", answer)
	}
	if left, _ := os.ReadDir(runs); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	// Start, change, stop.
	if answer = c.post("/api/runs", wish("")); answer["name"] != "photos" {
		t.Fatalf("the new run: %v", answer)
	}
	run := filepath.Join(runs, "photos")
	c.await("steps", func() bool { return c.steps("photos") > 5 })
	c.post("/api/runs/photos/change", `{"setting":"lr_g","value":0.0005}`)
	c.await("the change", func() bool { return len(settingsOf(t, run).Changes) == 1 })
	c.post("/api/runs/photos/stop", `{}`)
	c.await("the end", func() bool { return !checkpoint.Locked(run) })

	// Resume, and rewind while it trains.
	stopped, err := checkpoint.Latest(train.Checkpoints(run))
	if err != nil {
		t.Fatal(err)
	}
	if answer = c.post("/api/runs/photos/resume", `{"steps":0}`); answer["name"] != "photos" {
		t.Fatalf("resume: %v", answer)
	}
	if answer = c.post("/api/runs/photos/resume", `{"steps":0}`); !strings.Contains(fmt.Sprint(answer["error"]), "another process trains") {
		t.Errorf("resume twice: %v", answer)
	}
	c.await("more steps", func() bool { return c.steps("photos") > stopped.Step+5 })
	answer = c.post("/api/runs/photos/rewind", fmt.Sprintf(`{"step":%d,"changes":{"lr_d":0.0002}}`, stopped.Step))
	if answer["name"] != "photos-2" {
		t.Fatalf("rewind: %v", answer)
	}
	c.await("steps of the other run", func() bool { return c.steps("photos-2") > stopped.Step+5 })

	// The page ends, by a signal where there are any; the trainings go on.
	if c.cmd.Process.Signal(os.Interrupt) == nil {
		c.cmd.Wait()
		if !strings.Contains(c.stderr.String(), "the training of "+run+" goes on; dcgan stop "+run+" ends it\n") {
			t.Errorf("the page says at its end: %s", c.stderr.String())
		}
	} else {
		c.cmd.Process.Kill()
	}
	for _, name := range []string{"photos", "photos-2"} {
		if out, err := exec.Command("dcgan", "stop", filepath.Join(runs, name)).CombinedOutput(); err != nil {
			t.Fatalf("stop %s: %v, %s", name, err, out)
		}
	}

	// The settings with their changes replay what the second run has become.
	back := settingsOf(t, filepath.Join(runs, "photos-2"))
	last, err := checkpoint.Latest(train.Checkpoints(filepath.Join(runs, "photos-2")))
	if err != nil || len(back.Changes) != 2 {
		t.Fatal(back.Changes, err)
	}
	again := filepath.Join(dir, "again")
	out, err := exec.Command("dcgan", "train", "--quiet", "--config", filepath.Join(runs, "photos-2", "config.json"), "--steps", fmt.Sprint(last.Step), "--out", again).CombinedOutput()
	if err != nil {
		t.Fatalf("replay: %v, %s", err, out)
	}
	a, err := newestState(filepath.Join(runs, "photos-2"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := newestState(again)
	if err != nil {
		t.Fatal(err)
	}
	if name := differentTensor(a, b); name != "" || a.Step != b.Step {
		t.Errorf("the replay of step %d differs in %s", a.Step, name)
	}
}

func settingsOf(t *testing.T, run string) *config.Config {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(run, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
