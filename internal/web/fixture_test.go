package web

// Run folders to serve, with samplers and data that need no engine.

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/picture"
	"dcgan/internal/run"
	"dcgan/internal/tensor"
)

// settings returns the settings of a small run.
func settings(t testing.TB) *config.Config {
	t.Helper()
	c, err := config.Recipe(config.Quick)
	if err != nil {
		t.Fatal(err)
	}
	c.Size, c.NGF, c.NDF, c.NZ, c.Steps = 16, 1, 1, 8, 400
	return c
}

// makeRun writes a finished run of 400 steps with sheets every 50 steps and
// checkpoints at 200 and 400.
func makeRun(t testing.TB, dir string) {
	t.Helper()
	c := settings(t)
	for _, sub := range []string{run.Checkpoints(dir), filepath.Dir(run.Sheet(dir, 0))} {
		must(t, os.MkdirAll(sub, 0o777))
	}
	must(t, os.WriteFile(filepath.Join(dir, "config.json"), c.JSON(), 0o666))
	var lines bytes.Buffer
	for step := 1; step <= 400; step++ {
		fmt.Fprintf(&lines, `{"step":%d,"time_s":%g,"discriminator_loss":%g,"discriminator_loss_on_real":0.5,`+
			`"discriminator_loss_on_generated":%g,"generator_loss":%g,"d_x":0.6,"d_gz":0.4}`+"\n",
			step, float64(step)/2, 1+1/float64(step), 0.5+1/float64(step), 1+float64(step)/400)
	}
	must(t, os.WriteFile(filepath.Join(dir, metricsName), lines.Bytes(), 0o666))
	model := gan.NewModel(c)
	for step := 50; step <= 400; step += 50 {
		pictures, err := fakeSampler{c}.Generate(model.PictureZ(uint64(step), config.SheetSize), config.StatisticsCalibrated)
		must(t, err)
		var sheet bytes.Buffer
		must(t, picture.WritePNG(&sheet, picture.Sheet(pictures, sheetSide, c.Rounding)))
		must(t, os.WriteFile(run.Sheet(dir, step), sheet.Bytes(), 0o666))
	}
	for _, step := range []int{200, 400} {
		snapshot := &checkpoint.Snapshot{Step: step, Config: c, Data: "the pictures", State: model.Init(c.Seed)}
		_, err := checkpoint.Save(run.Checkpoints(dir), snapshot)
		must(t, err)
	}
}

// fakeSampler makes pictures of one colour: the first value of z.
type fakeSampler struct{ *config.Config }

func (f fakeSampler) Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error) {
	if statistics != config.StatisticsCalibrated {
		return nil, fmt.Errorf("statistics %q", statistics)
	}
	pictures := tensor.New(z.Shape[0], f.Channels, f.Size, f.Size)
	for i := range z.Shape[0] {
		row := pictures.Row(i)
		for j := range row {
			row[j] = z.Row(i)[j/(f.Size*f.Size)]
		}
	}
	return pictures, nil
}

func (fakeSampler) Close() {}

// fakePictures are 100 pictures, each of one grey, from black to white.
type fakePictures struct{}

func (fakePictures) Len() int            { return 100 }
func (fakePictures) Fingerprint() string { return "the pictures" }
func (fakePictures) Close() error        { return nil }
func (fakePictures) Batch(dst *tensor.Tensor, indices []int) error {
	for i, k := range indices {
		row := dst.Row(i)
		for j := range row {
			row[j] = float32(k)/49.5 - 1
		}
	}
	return nil
}

// fixture is a server of two runs, "one" and "two", on a port of this machine.
type fixture struct {
	*Server
	root string
	url  string // without a slash at its end
	addr string
}

// serve starts a fixture; host is what --listen would name.
func serve(t testing.TB, host string) *fixture { return serveControlled(t, host, nil) }

// serveControlled starts a fixture whose page may change runs if control is not nil.
func serveControlled(t testing.TB, host string, control func(root string) Control) *fixture {
	t.Helper()
	root := t.TempDir()
	makeRun(t, filepath.Join(root, "one"))
	makeRun(t, filepath.Join(root, "two"))
	options := Options{
		Runs: root, Host: host,
		Open: func(s *checkpoint.Snapshot, _ int) (Sampler, error) { return fakeSampler{s.Config}, nil },
		Data: func(context.Context, *config.Config) (*Data, error) {
			return &Data{Pictures: fakePictures{}, Inspection: inspection()}, nil
		},
	}
	if control != nil {
		options.Control = control(root)
	}
	s := New(options)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.Close()
	})
	return &fixture{s, root, "http://" + l.Addr().String(), l.Addr().String()}
}

// inspection has the form of what "dcgan inspect --json" prints.
func inspection() any {
	type list = []map[string]any
	return map[string]any{
		"data": "/data/greys", "files": 101, "usable": 100,
		"sizes": map[string]any{
			"median": map[string]any{"width": 16, "height": 16},
			"counts": list{{"width": 16, "height": 16, "count": 100}},
		},
		"aspects": list{{"name": "1:1", "count": 100}},
		"modes":   list{{"name": "grey", "count": 100}},
		"formats": list{{"name": "png", "count": 100}},
		"classes": list{}, "duplicates": map[string]any{"exact": list{}, "near": list{}},
		"skipped":   list{{"path": "broken.png", "reason": "the file ends too early"}},
		"not_taken": list{{"kind": ".mov", "count": 2}},
		"training": map[string]any{
			"steps": 400, "keep": 5, "generator_parameters": 1, "discriminator_parameters": 1,
			"memory_bytes": 1000, "checkpoint_bytes": 10, "checkpoints_disk_bytes": 60,
		},
	}
}

// request sends a request with the path exactly as given.
func (f *fixture) request(t testing.TB, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, f.url, strings.NewReader(body))
	must(t, err)
	r.URL.Opaque = path
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	must(t, err)
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func (f *fixture) get(t testing.TB, path string) (*http.Response, string) {
	t.Helper()
	r := f.request(t, "GET", path, "")
	var body bytes.Buffer
	_, err := body.ReadFrom(r.Body)
	must(t, err)
	return r, body.String()
}

// post sends a request of the page itself, which passes every check.
func (f *fixture) post(t testing.TB, path, body string) *http.Response {
	t.Helper()
	return f.request(t, "POST", path, body, "Origin", f.url, TokenHeader, f.guard.token)
}

func (f *fixture) star(t testing.TB, body string) *http.Response {
	t.Helper()
	return f.post(t, "/api/runs/one/stars", body)
}

// pixel decodes a PNG and returns its size and the grey of a pixel.
func pixel(t testing.TB, text string, x, y int) (width, height int, grey uint32) {
	t.Helper()
	img, err := png.Decode(strings.NewReader(text))
	must(t, err)
	r, _, _, _ := img.At(x, y).RGBA()
	return img.Bounds().Dx(), img.Bounds().Dy(), r >> 8
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
