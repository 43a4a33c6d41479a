package export_test

// The page in Chromium, opened from disk as its readers do.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"dcgan"
	"dcgan/internal/browsertest"
)

// train returns a model of two steps with some settings changed.
func train(t *testing.T, recipe string, changes map[string]any) *dcgan.Model {
	t.Helper()
	s, err := dcgan.Recipe(recipe)
	must(t, err)
	for key, value := range map[string]any{
		"size": 16, "ngf": 2, "ndf": 2, "batch": 4, "steps": 2, "threads": 1, "score_every": -1,
	} {
		must(t, s.Set(key, value))
	}
	for key, value := range changes {
		must(t, s.Set(key, value))
	}
	dir, err := dcgan.Train(context.Background(), filepath.Join(t.TempDir(), "run"), s, nil)
	must(t, err)
	m, err := dcgan.Open(dir)
	must(t, err)
	t.Cleanup(func() { m.Close() })
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// visit is a browser at an exported page.
type visit struct{ *browsertest.Visit }

// open writes the page of a model and opens the file.
func (v visit) open(m *dcgan.Model, p dcgan.Page) {
	v.Helper()
	var page bytes.Buffer
	must(v.T, m.WritePage(&page, p))
	path := filepath.Join(v.TempDir(), "page.html")
	must(v.T, os.WriteFile(path, page.Bytes(), 0o666))
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	v.Open(address.String())
	v.See("document.querySelectorAll('#sheet .tile').length === 64 && !document.body.hasAttribute('data-busy')")
}

// pixels returns the RGBA bytes of a canvas.
func (v visit) pixels(canvas string) []byte {
	v.Helper()
	text, err := chromedp.Run(v.Ctx, chromedp.Evaluate[string](fmt.Sprintf(`(() => {
		const c = %s, copy = new OffscreenCanvas(c.width, c.height).getContext("2d", { willReadFrequently: true });
		copy.drawImage(c, 0, 0);
		return JSON.stringify([...copy.getImageData(0, 0, c.width, c.height).data]);
	})()`, canvas)))
	must(v.T, err)
	var list []int
	must(v.T, json.Unmarshal([]byte(text), &list))
	data := make([]byte, len(list))
	for i, n := range list {
		data[i] = byte(n)
	}
	return data
}

// off returns by how much a picture's visible bytes differ at most from those of RGBA pixels.
func off(pixels []byte, img image.Image) int {
	b := img.Bounds()
	if len(pixels) != 4*b.Dx()*b.Dy() {
		return 256
	}
	most := 0
	for i := range b.Dx() * b.Dy() {
		c := color.NRGBAModel.Convert(img.At(i%b.Dx(), i/b.Dx())).(color.NRGBA)
		p := pixels[4*i:]
		most = max(most, abs(int(p[3])-int(c.A)))
		if c.A == 255 { // a canvas loses digits of what is seen through
			most = max(most, abs(int(p[0])-int(c.R)), abs(int(p[1])-int(c.G)), abs(int(p[2])-int(c.B)))
		}
	}
	return most
}

func abs(n int) int { return max(n, -n) }

// The page paints what generate does, to a step of a byte, of every kind of model.
func TestPagePaintsSeeds(t *testing.T) {
	v := visit{browsertest.Start(t, 1200, 900)}
	for _, c := range []struct {
		name, recipe string
		changes      map[string]any
	}{
		{"vivid", "vivid", nil},
		{"truncated", "reference", map[string]any{"size": 64, "widths": "published", "rounding": "truncate"}},
		{"residual", "vivid", map[string]any{"generator": "residual", "discriminator": "residual"}},
		{"grey", "quick", map[string]any{"channels": 1, "latent": "normal"}},
		{"transparent", "reference", map[string]any{"channels": 4, "size": 8}},
	} {
		m := train(t, c.recipe, c.changes)
		v.open(m, dcgan.Page{Seed: 7})
		for _, seed := range []uint64{7, 0, 1<<32 + 5, 1<<64 - 1} {
			v.Do(fmt.Sprintf("document.getElementById('seed').value = '%d'; document.getElementById('seed').oninput()", seed))
			want, err := m.Image(seed)
			must(t, err)
			if d := off(v.pixels("document.getElementById('picture')"), want); d > 1 {
				t.Errorf("%s: seed %d is off by %d of 255", c.name, seed, d)
			}
		}
	}
	v.Quiet()
}

// What a person clicks does what it says.
func TestPageControls(t *testing.T) {
	v := visit{browsertest.Start(t, 1200, 900)}
	m := train(t, "vivid", map[string]any{"latent": "uniform"})
	v.open(m, dcgan.Page{Title: "Heads </title><script>throw 1</script>", Licence: "CC0 </script>", Seed: 7})
	v.See(`document.title.startsWith("Heads </title>") &&
		document.getElementById("footer").textContent === "CC0 </script>"`)
	click := func(id string) { v.Helper(); v.Do(fmt.Sprintf("document.getElementById(%q).click()", id)) }
	stage := func() string { v.Helper(); return string(v.pixels("document.getElementById('picture')")) }

	seven := stage()
	click("next")
	v.See(`document.getElementById("seed").value === "8" && location.hash === "#8"`)
	if stage() == seven {
		t.Error("the next seed has the same picture")
	}
	click("previous")
	if stage() != seven {
		t.Error("there and back is another picture")
	}

	// A slider moves the picture; Reset puts it back.
	v.Do(`document.querySelector("#sliders input").value = 1; document.querySelector("#sliders input").oninput()`)
	v.See(`document.getElementById("caption").textContent === "Seed 7, moved"`)
	if stage() == seven {
		t.Error("a direction leads nowhere")
	}
	click("reset")
	if stage() != seven {
		t.Error("Reset does not put the picture back")
	}

	// A tile of the sheet has the picture of its seed, and brings it to the stage.
	five, err := m.Image(5)
	must(t, err)
	if d := off(v.pixels("document.querySelector('#sheet [data-seed=\"5\"] canvas')"), five); d > 1 {
		t.Errorf("the tile of seed 5 is off by %d", d)
	}
	v.Do(`document.querySelector('#sheet [data-seed="5"]').click()`)
	v.See(`document.getElementById("caption").textContent === "Seed 5"`)

	// The morph passes through its seeds, and plays.
	three, err := m.Image(3)
	must(t, err)
	v.Do(`document.getElementById("position").value = 0; document.getElementById("position").oninput()`)
	if d := off([]byte(stage()), three); d > 1 {
		t.Errorf("the morph begins %d beside seed 3", d)
	}
	click("play")
	v.See(`document.getElementById("play").textContent === "Stop" &&
		Number(document.getElementById("position").value) > 0.01`)
	click("play")
	v.See(`document.getElementById("play").textContent === "Play"`)

	// A slider moves a picture on the way, too.
	v.Do(`document.getElementById("position").value = 0.1; document.getElementById("position").oninput()`)
	v.Do(`document.querySelector("#sliders input").value = 0.5; document.querySelector("#sliders input").oninput()`)
	v.See(`document.getElementById("caption").textContent === "From 3 to 14, moved"`)
	click("reset")
	v.See(`document.getElementById("caption").textContent === "From 3 to 14"`)

	// What is saved is a PNG of the size that was chosen.
	v.Do(`window.saved = [];
		HTMLAnchorElement.prototype.click = function () { window.saved.push([this.download, this.href]) }`)
	click("save")
	click("save-sheet")
	v.See("window.saved.length === 2")
	for i, want := range []string{"run-morph.png 128", "run-sheet.png 1132"} {
		v.See(fmt.Sprintf(`(window.image%[1]d ??= Object.assign(new Image(), { src: window.saved[%[1]d][1] })).complete &&
			window.saved[%[1]d][0] + " " + window.image%[1]d.naturalWidth === %[2]q`, i, want))
	}

	// A seed that is none is refused, and the page stays within a phone's width.
	v.Do(`document.getElementById("seed").value = "-3"; document.getElementById("seed").oninput()`)
	v.See(`document.getElementById("seed").validationMessage !== ""`)
	must(t, chromedp.Do(v.Ctx, chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile)))
	v.See("document.documentElement.scrollWidth <= 360")
	v.See(`[...document.querySelectorAll("button, input, select, canvas[role]")].every(e =>
		e.getAttribute("aria-label") || e.innerText?.trim() || e.labels?.length)`)
	v.Quiet()
}
