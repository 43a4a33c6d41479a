package dcgan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"dcgan"
)

var scratch string // removed when the tests have run

func TestMain(m *testing.M) { os.Exit(withScratch(m)) }

func withScratch(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "dcgan-test-"); err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(scratch)
	return m.Run()
}

// tiny returns settings of a training that takes no time.
func tiny() *dcgan.Settings {
	s, err := dcgan.Recipe("quick")
	if err != nil {
		log.Fatal(err)
	}
	for key, value := range map[string]any{
		"size": 8, "ngf": 2, "ndf": 2, "batch": 4, "steps": 2, "threads": 1, "score_every": -1,
	} {
		if err := s.Set(key, value); err != nil {
			log.Fatal(err)
		}
	}
	return s
}

// exampleRun returns a run of two steps, trained once.
var exampleRun = sync.OnceValue(func() string {
	run, err := dcgan.Train(context.Background(), filepath.Join(scratch, "run"), tiny(), nil)
	if err != nil {
		log.Fatal(err)
	}
	return run
})

func open(t *testing.T, path string) *dcgan.Model {
	t.Helper()
	m, err := dcgan.OpenWith(path, dcgan.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if color.NRGBAModel.Convert(a.At(x, y)) != color.NRGBAModel.Convert(b.At(x, y)) {
				return false
			}
		}
	}
	return true
}

// A seed has one picture, alone, among others, at an end of a way, and by its z.
func TestOneSeedOnePicture(t *testing.T) {
	ctx, m := context.Background(), open(t, exampleRun())
	seven, err := m.Image(7)
	if err != nil {
		t.Fatal(err)
	}
	seeds := make([]uint64, 100) // more than are made at a time
	for i := range seeds {
		seeds[i] = uint64(i)
	}
	many, err := m.Images(ctx, seeds...)
	if err != nil {
		t.Fatal(err)
	}
	way, err := m.Between(ctx, 7, 80, 3)
	if err != nil {
		t.Fatal(err)
	}
	if !same(many[7], seven) || !same(way[0], seven) || !same(way[2], many[80]) {
		t.Error("a seed has two pictures")
	}
	if same(many[7], many[8]) {
		t.Error("two seeds have one picture")
	}
	for img, err := range m.Paint(ctx, slices.Values([][]float32{m.Latent(7)})) {
		if err != nil || !same(img, seven) {
			t.Errorf("the z of a seed gives another picture: %v", err)
		}
	}
	for _, err := range m.Paint(ctx, slices.Values([][]float32{{1, 2}})) {
		if err == nil {
			t.Error("a z of two numbers gives a picture")
		}
	}
}

// A training that is cancelled and resumed gives the model of one that is not.
func TestCancelAndResume(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	s := tiny()
	if err := s.Set("steps", 4); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run, err := dcgan.Train(ctx, dir, s, func(p dcgan.Progress) {
		if p.Losses["generator_loss"] == 0 {
			t.Error("a step has no loss of G")
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) || run != dir {
		t.Fatalf("%s: %v", run, err)
	}
	if _, err := dcgan.Train(context.Background(), dir, s, nil); !errors.Is(err, dcgan.ErrRunExists) {
		t.Errorf("a second training in one folder: %v", err)
	}
	if _, err := dcgan.Resume(context.Background(), dir, 2, nil); err != nil {
		t.Fatal(err)
	}
	resumed, err := open(t, dir).Image(1)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := open(t, exampleRun()).Image(1)
	if err != nil {
		t.Fatal(err)
	}
	if !same(resumed, whole) {
		t.Error("a resumed training gives another picture")
	}
}

// A training whose folder is taken before it begins goes elsewhere, or says so.
func TestFolderTaken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	var trainings []*dcgan.Training
	for range 3 {
		training, err := dcgan.NewTraining(dir, tiny())
		if err != nil {
			t.Fatal(err)
		}
		trainings = append(trainings, training)
	}
	trainings[2].Taken = func() string { return dir + "-2" }
	for i, want := range []error{nil, dcgan.ErrRunExists, nil} {
		if err := trainings[i].Run(t.Context()); !errors.Is(err, want) {
			t.Errorf("training %d: %v", i, err)
		}
		if err := trainings[i].Close(); err != nil {
			t.Error(err)
		}
	}
	if got := trainings[2].Folder(); got != dir+"-2" {
		t.Errorf("the run is in %s", got)
	}
}

// Of a run that exists only what changes nothing that is learnt may change.
func TestSetOfRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := dcgan.Train(t.Context(), dir, tiny(), nil); err != nil {
		t.Fatal(err)
	}
	training, err := dcgan.OpenTraining(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer training.Close()
	for _, c := range []struct {
		key   string
		value any
		ok    bool
	}{
		{"keep", 1, true}, {"steps", 3, true}, {"size", 16, false}, {"lr_g", 1e-3, false}, {"keep", 0, false},
		{"colour", 1, false},
	} {
		if err := training.Set(c.key, c.value); (err == nil) != c.ok {
			t.Errorf("%s %v: %v", c.key, c.value, err)
		}
	}
	if training.Done() || training.Settings().Get("keep") != 1 {
		t.Errorf("keep is %v", training.Settings().Get("keep"))
	}
	if err := training.Run(t.Context()); err != nil || training.Step() != 3 {
		t.Errorf("step %d: %v", training.Step(), err)
	}
}

// A run that is made longer again and again keeps what it was planned for.
func TestPlansOfLongerRuns(t *testing.T) {
	s := tiny()
	if err := errors.Join(s.Set("schedule", "cosine"), s.Set("lr_half_life", 0)); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := dcgan.Train(t.Context(), dir, s, nil); err != nil {
		t.Fatal(err)
	}
	for _, steps := range []int{3, 5} {
		if _, err := dcgan.Resume(t.Context(), dir, steps, nil); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var have struct {
		Plans []struct{ Until, Steps int }
		Steps int
	}
	if err := json.Unmarshal(text, &have); err != nil {
		t.Fatal(err)
	}
	if want := []struct{ Until, Steps int }{{2, 2}, {3, 3}}; have.Steps != 5 || !slices.Equal(have.Plans, want) {
		t.Errorf("planned %v, then %d", have.Plans, have.Steps)
	}
}

// Settings begin with the networks of a run; others are an error that names them.
func TestStartFrom(t *testing.T) {
	s, err := dcgan.Recipe("quick")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.StartFrom(exampleRun()); err != nil || s.Get("ngf") != 2 || s.Get("size") != 8 {
		t.Fatal(err, s.Get("ngf"))
	}
	for key, value := range map[string]any{"batch": 4, "steps": 1, "score_every": -1} {
		if err := s.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := dcgan.Train(t.Context(), filepath.Join(t.TempDir(), "run"), s, nil); err != nil {
		t.Error(err)
	}
	if err := s.Set("ndf", 3); err != nil {
		t.Fatal(err)
	}
	_, err = dcgan.Train(t.Context(), filepath.Join(t.TempDir(), "run"), s, nil)
	if err == nil || err.Error() != "ndf 3 is not possible" {
		t.Errorf("other networks: %v", err)
	}
	if err := s.StartFrom(t.TempDir()); err == nil {
		t.Error("a folder without a run has weights")
	}
}

func TestSettings(t *testing.T) {
	s := tiny()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again dcgan.Settings
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	for _, key := range dcgan.Keys() {
		if again.Get(key) != s.Get(key) || s.Get(key) == nil || dcgan.Help(key) == "" {
			t.Errorf("%s is %v, then %v", key, s.Get(key), again.Get(key))
		}
	}
	if err := s.Set("size", "large"); err == nil {
		t.Error("a size that is no number is taken")
	}
	if err := s.Set("size", 9); err != nil {
		t.Fatal(err)
	}
	if _, err := dcgan.Train(context.Background(), filepath.Join(t.TempDir(), "run"), s, nil); err == nil {
		t.Error("a training at a size that is not possible")
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := dcgan.Open(t.TempDir()); !errors.Is(err, dcgan.ErrNoCheckpoint) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := dcgan.Open(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := dcgan.OpenWith(exampleRun(), dcgan.Options{Statistics: "guessed"}); err == nil {
		t.Error("statistics that there are none of")
	}
}

// program is what somebody else's module does with the package. MODULE stands for its path.
const program = `package main

import (
	"fmt"
	"log"
	"os"

	"MODULE"
)

func main() {
	m, err := dcgan.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	img, err := m.Image(1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(img.Bounds().Dx())
}
`

// A program of another module builds against this one, and runs.
func TestAnotherModule(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := bytes.Cut(own, []byte("\n"))
	module := strings.TrimPrefix(string(first), "module ")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.org/user\n" + string(rest) +
			"\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + root + "\n",
		"go.sum":  string(sums),
		"main.go": strings.ReplaceAll(program, "MODULE", module),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "run", ".", exampleRun())
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "8\n" {
		t.Errorf("%v: %s", err, out)
	}
}
