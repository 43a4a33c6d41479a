package web

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/picture"
	"dcgan/internal/run"
	"dcgan/internal/tensor"
)

// decode reads a JSON answer.
func decode[T any](t *testing.T, f *fixture, path string) (v T) {
	t.Helper()
	r, body := f.get(t, path)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %s", path, r.StatusCode, body)
	}
	must(t, json.Unmarshal([]byte(body), &v))
	return v
}

func TestRuns(t *testing.T) {
	f := serve(t, "127.0.0.1")
	list := decode[[]summary](t, f, "/api/runs")
	if len(list) != 2 || list[0].Name != "one" || list[1].Name != "two" {
		t.Fatalf("the runs are %v", list)
	}
	s := list[0]
	if s.State != stateFinished || s.Step != 400 || s.TimeS != 200 || len(s.Sheets) != 8 ||
		!slices.Equal(s.Checkpoints, []int{200, 400}) || s.Latest["d_x"] != 0.6 {
		t.Errorf("run one stands at %+v", s)
	}
	// A root that is a run is the only run. A root that does not exist has none.
	alone, err := runFolders{filepath.Join(f.root, "two")}.list()
	if err != nil || len(alone) != 1 || alone["two"] == "" {
		t.Errorf("a run alone: %v, %v", alone, err)
	}
	if none, err := (runFolders{filepath.Join(f.root, "three")}).list(); err != nil || len(none) != 0 {
		t.Errorf("no folder: %v, %v", none, err)
	}
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		step, steps int
		locked      bool
		want        string
	}{
		{0, 100, false, stateWaiting},
		{0, 100, true, stateStarting},
		{50, 100, true, stateRunning},
		{50, 100, false, stateStopped},
		{100, 100, false, stateFinished},
		{100, 100, true, stateRunning}, // to more steps, which it has not written down yet
	} {
		s := summary{Step: c.step, Steps: c.steps}
		if got := stateOf(&s, c.locked); got != c.want {
			t.Errorf("%+v is %s", c, got)
		}
	}
}

func TestNamesCount(t *testing.T) {
	names := []string{"demo-10", "demo-2", "demo", "Demo", "demo-02a", "x9", "x10", "", "x009"}
	slices.SortFunc(names, compareNames)
	if got := strings.Join(names, " "); got != " Demo demo demo-2 demo-02a demo-10 x9 x009 x10" {
		t.Errorf("sorted: %q", got)
	}
}

// The file is read as it grows. An incomplete line is read later, an invalid line is
// skipped, and a file that was replaced is read anew.
func TestMetricsGrow(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, metricsName)
	var cache metricsCache
	steps := func() []int {
		t.Helper()
		c, err := cache.of(dir)
		must(t, err)
		return c.steps
	}
	write := func(text string) {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
		must(t, err)
		defer f.Close()
		_, err = f.WriteString(text)
		must(t, err)
	}
	if got := steps(); len(got) != 0 {
		t.Errorf("without a file: %v", got)
	}
	write(`{"step":1,"time_s":1,"a":1}` + "\n" + `{"step":2,"ti`)
	if got := steps(); !slices.Equal(got, []int{1}) {
		t.Errorf("half a line: %v", got)
	}
	write(`me_s":2,"a":2}` + "\nnonsense\n" + strings.Repeat("x", 3*maxLine) + "\n[]\n" +
		`{"step":3,"b":7,"c":"text"}` + "\n")
	if got := steps(); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("more lines: %v", got)
	}
	c, _ := cache.of(dir)
	if a, b := c.values["a"], c.values["b"]; len(a) != 3 || a[1] != 2 || !math.IsNaN(a[2]) ||
		!math.IsNaN(b[0]) || b[2] != 7 || c.values["c"] != nil {
		t.Errorf("the values are %v", c.values)
	}
	must(t, os.WriteFile(path+".new", []byte(`{"step":5,"a":1}`+"\n"), 0o666))
	must(t, os.Remove(path))
	must(t, os.Link(path+".new", path))
	if got := steps(); !slices.Equal(got, []int{5}) {
		t.Errorf("a new file: %v", got)
	}
}

// Whatever the number of steps, a chart gets at most the number of points that it
// requests, with each curve's smallest and largest value among them.
func TestDecimation(t *testing.T) {
	c := curves{values: map[string][]float64{"a": nil}}
	const n = 20000
	for i := range n {
		v := math.Sin(float64(i) / 1000)
		if i == 7777 {
			v = 50
		} else if i == 12345 {
			v = -50
		}
		c.steps, c.times = append(c.steps, i+1), append(c.times, float64(i))
		c.values["a"] = append(c.values["a"], v)
	}
	for _, points := range []int{2, 3, 100, 1200, n, 2 * n} {
		s := c.plot(0, math.MaxInt32, points, 0.9)
		raw := s.Curves["a"].Raw
		if n := len(s.Steps); n > points || len(raw) != n || len(s.Times) != n || len(s.Curves["a"].Smooth) != n {
			t.Fatalf("%d points asked, %d steps, %d values", points, len(s.Steps), len(raw))
		}
		if slices.Max(raw) != 50 || slices.Min(raw) != -50 {
			t.Errorf("%d points: from %v to %v", points, slices.Min(raw), slices.Max(raw))
		}
		if !slices.IsSorted(s.Steps) || s.Steps[0] != 1 || s.Steps[len(s.Steps)-1] != n {
			t.Errorf("%d points: steps %v to %v", points, s.Steps[0], s.Steps[len(s.Steps)-1])
		}
	}
	zoom := []int{100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110}
	if s := c.plot(100, 110, 1200, 0); !slices.Equal(s.Steps, zoom) || s.Curves["a"].Smooth != nil {
		t.Errorf("a zoom: %v", s.Steps)
	}
	if s := c.plot(30000, 40000, 100, 0.5); len(s.Steps) != 0 || s.Last != n {
		t.Errorf("past the end: %v", s.Steps)
	}
}

// Smoothing preserves a constant, begins at the first value and skips gaps.
func TestSmooth(t *testing.T) {
	for _, v := range smooth([]float64{3, 3, 3, 3}, 0.99) {
		if math.Abs(v-3) > 1e-12 {
			t.Errorf("a constant becomes %v", v)
		}
	}
	got := smooth([]float64{math.NaN(), 1, math.NaN(), 3}, 0.5)
	if !math.IsNaN(got[0]) || got[1] != 1 || got[2] != 1 || math.Abs(got[3]-7.0/3) > 1e-12 {
		t.Errorf("with gaps: %v", got)
	}
}

func TestSheets(t *testing.T) {
	f := serve(t, "127.0.0.1")
	_, whole := f.get(t, "/api/runs/one/sheets/400")
	_, part := f.get(t, "/api/runs/one/sheets/400?pictures=2")
	if w, h, _ := pixel(t, whole, 0, 0); w != 8*18+2 || h != w {
		t.Errorf("the sheet is %dx%d", w, h)
	}
	w, h, grey := pixel(t, part, 20, 20)
	if _, _, want := pixel(t, whole, 20, 20); w != 2*18+2 || h != w || grey != want {
		t.Errorf("the part is %dx%d, grey %d, want %d", w, h, grey, want)
	}
	if r, _ := f.get(t, "/api/runs/one/sheets/401"); r.StatusCode != http.StatusNotFound {
		t.Errorf("no sheet: status %d", r.StatusCode)
	}
	r, film := f.get(t, "/api/runs/one/film.gif?from=100&to=250")
	g, err := gif.DecodeAll(strings.NewReader(film))
	if err != nil || len(g.Image) != 4 || !strings.Contains(r.Header.Get("Content-Disposition"), "one-film.gif") {
		t.Errorf("the film: %v, %v", err, r.Header)
	}
	if got := evenlySpaced([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4); !slices.Equal(got, []int{0, 3, 6, 9}) {
		t.Errorf("thinned to %v", got)
	}
}

// The memory of one answer is bounded, whatever the size of the pictures.
func TestLargePictures(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "samples"), 0o777))
	side := picture.Gap + sheetSide*(256+picture.Gap)
	sheet, err := encodePNG(image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black}))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, sheetName(1)), sheet, 0o666))
	for frames, want := range map[int]int{1: 8, 40: 5, maxFrames: 2} {
		if got, err := filmSide(dir, slices.Repeat([]int{1}, frames), sheetSide); err != nil || got != want {
			t.Errorf("%d frames show %d pictures a side, want %d, %v", frames, got, want, err)
		}
	}
	p := &painter{config: &config.Config{Size: 512, Channels: 3}}
	_, err = p.paint(t.Context(), tensor.New(maxSamples+1, 1))
	if err == nil || !strings.Contains(err.Error(), "257 pictures of 512×512 pixels are too many") {
		t.Errorf("257 pictures of 512x512: %v", err)
	}
}

// A seed gives the same picture at any place. Pictures between two seeds are those of
// the z between theirs.
func TestSamples(t *testing.T) {
	f := serve(t, "127.0.0.1")
	_, sheet := f.get(t, "/api/runs/one/samples.png?step=400&seeds=3,5-8&columns=5")
	for i, seed := range []int{3, 5, 6, 7, 8} {
		_, one := f.get(t, fmt.Sprintf("/api/runs/one/samples.png?step=400&seeds=%d", seed))
		_, _, want := pixel(t, one, 5, 5)
		if _, _, got := pixel(t, sheet, 2+i*18+5, 7); got != want {
			t.Errorf("seed %d: grey %d in the sheet, %d alone", seed, got, want)
		}
	}
	_, corner := f.get(t, "/api/runs/one/plane.png?step=400&seeds=1,2,3,4&u=1&v=1")
	_, four := f.get(t, "/api/runs/one/samples.png?step=400&seeds=4")
	_, plane := f.get(t, "/api/runs/one/plane.png?step=400&seeds=1,2,3,4&side=5")
	_, _, want := pixel(t, four, 5, 5)
	if _, _, got := pixel(t, corner, 5, 5); got != want {
		t.Errorf("the corner's grey is %d, that of its seed %d", got, want)
	}
	if w, _, got := pixel(t, plane, 4*18+7, 4*18+7); got != want || w != 5*18+2 {
		t.Errorf("the map's corner has grey %d, want %d", got, want)
	}
	_, film := f.get(t, "/api/runs/one/morph.gif?step=400&seeds=1,2,3&frames=5")
	if g, err := gif.DecodeAll(strings.NewReader(film)); err != nil || len(g.Image) != 15 {
		t.Errorf("the morph: %v", err)
	}
	r, body := f.get(t, "/api/runs/one/samples.png?step=300&seeds=1")
	if r.StatusCode != http.StatusNotFound || !strings.Contains(body, "no checkpoint of step 300") {
		t.Errorf("no checkpoint: status %d, %s", r.StatusCode, body)
	}
}

// A star keeps its picture until the star is removed, also if its checkpoint is removed.
func TestStars(t *testing.T) {
	f := serve(t, "127.0.0.1")
	for _, body := range []string{
		`{"step":400,"seed":7,"starred":true}`, `{"step":200,"seed":9,"starred":true}`,
		`{"step":400,"seed":7,"starred":true}`,
	} {
		if r := f.star(t, body); r.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d", body, r.StatusCode)
		}
	}
	must(t, os.Remove(filepath.Join(run.Checkpoints(filepath.Join(f.root, "one")), checkpoint.Name(200))))
	list := decode[starList](t, f, "/api/runs/one/stars")
	if !slices.Equal(list.Stars, []star{{400, 7}, {200, 9}}) {
		t.Fatalf("the stars are %v", list)
	}
	if r, _ := f.get(t, "/api/runs/one/starred/step-00000200-seed-00000009.png"); r.StatusCode != http.StatusOK {
		t.Errorf("the picture of a star: status %d", r.StatusCode)
	}
	_, archive := f.get(t, "/api/runs/one/stars.zip")
	z, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	must(t, err)
	var names []string
	for _, file := range z.File {
		names = append(names, file.Name)
	}
	want := "step-00000400-seed-00000007.png step-00000200-seed-00000009.png stars.json"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the zip has %s", got)
	}
	_, sheet := f.get(t, "/api/runs/one/stars.png")
	if w, h, _ := pixel(t, sheet, 0, 0); w != 2*18+2 || h != 18+2 {
		t.Errorf("the contact sheet is %dx%d", w, h)
	}
	f.star(t, `{"step":200,"seed":9,"starred":false}`)
	if list := decode[starList](t, f, "/api/runs/one/stars"); !slices.Equal(list.Stars, []star{{400, 7}}) {
		t.Errorf("after one is taken away: %v", list)
	}
	if r, _ := f.get(t, "/api/runs/two/stars.zip"); r.StatusCode != http.StatusNotFound {
		t.Errorf("nothing starred: status %d", r.StatusCode)
	}
	for _, body := range []string{
		``, `[]`, `{"step":0,"seed":1,"starred":true}`, `{"step":400,"seed":-1,"starred":true}`,
		`{"step":400,"seed":9007199254740992,"starred":true}`, `{"step":400,"seed":1,"path":".."}`,
	} {
		if r := f.star(t, body); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: status %d", body, r.StatusCode)
		}
	}
}

// The nearest pictures are sorted by distance and have the right indices.
func TestNearest(t *testing.T) {
	f := serve(t, "127.0.0.1")
	found := decode[struct{ Nearest []neighbour }](t, f, "/api/runs/one/nearest?step=400&seeds=11").Nearest
	byDistance := func(a, b neighbour) int { return int(math.Copysign(1, float64(a.Distance-b.Distance))) }
	if len(found) != nearestCount || !slices.IsSortedFunc(found, byDistance) {
		t.Fatalf("the nearest are %v", found)
	}
	_, picture := f.get(t, fmt.Sprintf("/api/runs/one/data.png?pictures=%d,0,99", found[0].Index))
	if _, _, grey := pixel(t, picture, 5, 5); math.Abs(float64(grey)-float64(found[0].Index)*255/99) > 1 {
		t.Errorf("picture %d has grey %d", found[0].Index, grey)
	}
	data := decode[struct{ Pictures int }](t, f, "/api/runs/one/data")
	if data.Pictures != 100 {
		t.Errorf("%d pictures", data.Pictures)
	}
}

// A few requests may wait; others are refused at once.
func TestTurns(t *testing.T) {
	s := newStudio(nil)
	leave, err := s.enter(t.Context())
	must(t, err)
	for range maxWaiting {
		s.waiting <- struct{}{}
	}
	if _, err := s.enter(t.Context()); err == nil {
		t.Error("one too many may wait")
	}
	for range maxWaiting {
		<-s.waiting
	}
	leave()
	leave, err = s.enter(t.Context())
	must(t, err)
	leave()
}

// A name of a run cannot write headers.
func TestAttachedNames(t *testing.T) {
	for name, want := range map[string]string{
		"photos.zip": "photos.zip", "a\"b\r\nX: y.zip": "a_b__X_ y.zip", "ü/..\\x.png": "__.._x.png",
	} {
		w := headers{}
		attach(w, name, "image/png")
		if got := http.Header(w).Get("Content-Disposition"); got != `attachment; filename="`+want+`"` {
			t.Errorf("%q becomes %s", name, got)
		}
	}
}

// headers is a response of which only the headers matter.
type headers http.Header

func (h headers) Header() http.Header       { return http.Header(h) }
func (headers) Write(b []byte) (int, error) { return len(b), nil }
func (headers) WriteHeader(int)             {}
