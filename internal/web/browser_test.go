package web

// The page in Chromium: what a person clicks, and what must then be visible.

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"dcgan/internal/browsertest"
	"dcgan/internal/run"
)

// visit is a browser at the page of a fixture.
type visit struct {
	*browsertest.Visit
	*fixture
}

// open starts Chromium at a view of the page. It skips the test if there is no Chromium.
func open(t *testing.T, view string) *visit {
	t.Helper()
	return openControlled(t, view, nil)
}

// openControlled is open of a page that may change runs.
func openControlled(t *testing.T, view string, control func(root string) Control) *visit {
	t.Helper()
	v := &visit{browsertest.Start(t, 1400, 1000), serveControlled(t, "127.0.0.1", control)}
	v.Open(v.url + "/" + view)
	return v
}

// text waits until an element that a selector finds contains a text.
func (v *visit) text(selector, want string) {
	v.Helper()
	v.See(fmt.Sprintf("[...document.querySelectorAll(%s)].some(e => e.innerText.includes(%s))",
		quote(selector), quote(want)))
}

// click clicks the button or link with a text, by the mouse.
func (v *visit) click(text string) {
	v.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll('button, a, summary')]"+
		".find(e => e.innerText.trim().startsWith(%s) && e.offsetParent)", quote(text))
	v.See(find)
	at := v.box(find)
	must(v.T, chromedp.Do(v.Ctx, chromedp.MouseClickXY(at[0]+at[2]/2, at[1]+at[3]/2)))
}

// box scrolls to an element and returns its left, top, width and height.
func (v *visit) box(js string) []float64 {
	v.Helper()
	at, err := chromedp.Run(v.Ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => {
		const e = %s;
		e.scrollIntoView({ block: 'center', behavior: 'instant' });
		const b = e.getBoundingClientRect();
		return [b.x, b.y, b.width, b.height];
	})()`, js)))
	must(v.T, err)
	return at
}

// hover moves the mouse to a part of an element's width and height.
func (v *visit) hover(js string, right, down float64) {
	v.Helper()
	at := v.box(js)
	must(v.T, chromedp.Do(v.Ctx, chromedp.MouseEvent(chromedp.MouseMoved, at[0]+right*at[2], at[1]+down*at[3])))
}

func (v *visit) press(key string) {
	v.Helper()
	must(v.T, chromedp.Do(v.Ctx, chromedp.KeyEvent(key)))
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return string(text)
}

// From the list of runs to a run, along its curves and its film.
func TestWatch(t *testing.T) {
	v := open(t, "")
	v.text(".card h2", "one")
	v.text(".card", "400 of 400 steps")
	v.click("one")
	v.text("h1", "one")
	v.text(".step", "Step 400")
	v.See("document.querySelector('.sheet').naturalWidth === 146")

	// The curve's cursor and the sheet go together, both ways.
	chart := "document.querySelector('.u-over')"
	v.See(chart)
	v.hover(chart, 0.5, 0.5)
	v.text(".step", "Step 200")
	v.See("document.querySelector('.strip [aria-current]').dataset.step === '200'")
	v.hover("document.querySelectorAll('.strip button')[6]", 0.5, 0.5)
	v.text(".step", "Step 350")
	v.See("Math.abs(parseFloat(document.querySelector('.u-cursor-x').style.transform.slice(10)) / " + chart +
		".clientWidth - 350 / 400) < 0.02")

	// The keys, the film, the forms of the chart.
	v.press("ArrowLeft")
	v.Do("document.activeElement.blur()")
	v.press(kb.Home)
	v.text(".step", "Step 50")
	v.press(" ")
	v.text("button", "Stop")
	v.text(".step", "Step 400")
	v.text("button", "Play")
	v.click("Log scale")
	v.click("Time")
	v.See("document.querySelectorAll('.plot canvas').length === 2")
	v.Do("fetch(document.querySelector('a[href*=film]').href).then(r => { if (!r.ok) throw r.status })")
	v.Quiet()
}

// The page shows what a training writes without a reload.
func TestLive(t *testing.T) {
	v := open(t, "#/run/one")
	v.text(".step", "Step 400")
	dir := filepath.Join(v.root, "one")
	sheet, err := os.ReadFile(run.Sheet(dir, 50))
	must(t, err)
	must(t, os.WriteFile(run.Sheet(dir, 450), sheet, 0o666))
	c := settings(t)
	c.Steps = 1000
	must(t, os.WriteFile(filepath.Join(dir, "config.json"), c.JSON(), 0o666))
	f, err := os.OpenFile(filepath.Join(dir, metricsName), os.O_WRONLY|os.O_APPEND, 0o666)
	must(t, err)
	for step := 401; step <= 450; step++ {
		fmt.Fprintf(f, `{"step":%d,"time_s":%d,"discriminator_loss":1,"generator_loss":2,"quality":%d}`+"\n",
			step, step/2, step)
	}
	must(t, f.Close())
	lock, err := run.LockFolder(dir)
	must(t, err)
	defer lock.Unlock()
	v.text(".pill", "running")
	v.text(".step", "Step 450")
	v.text(".facts", "450 of 1,000 steps")
	v.click("More curves")
	v.text(".panel h2", "quality") // a figure that the page does not know has a chart of its own
	v.Quiet()
}

// Samples, stars, exports, a morph, a plane, the nearest pictures.
func TestPick(t *testing.T) {
	v := open(t, "#/run/one/gallery")
	v.See("document.querySelectorAll('.sample').length === 36")
	for _, seed := range []string{"3", "5"} {
		mark := "document.querySelector('[aria-label=\"Star seed " + seed + "\"]')"
		v.hover(mark, 0.5, 0.5)
		v.Do(mark + ".click()")
		v.See(mark + ".getAttribute('aria-pressed') === 'true'")
	}
	v.text(".segments button", "Starred (2)")
	list, err := readStars(filepath.Join(v.root, "one"))
	if err != nil || len(list.Stars) != 2 || list.Stars[1] != (star{400, 5}) {
		t.Errorf("kept are %v, %v", list, err)
	}
	v.click("Starred (2)")
	v.See("document.querySelectorAll('.sample img').length === 2")
	for _, text := range []string{"Export zip", "Export contact sheet"} {
		v.Do(fmt.Sprintf("fetch([...document.querySelectorAll('a')].find(a => a.innerText === %s).href)"+
			".then(r => { if (!r.ok) throw r.status })", quote(text)))
	}
	v.Do("document.querySelector('.sample .open').click()")
	v.text(".chosen", "Seed 3, step 400")
	v.click("Nearest training pictures")
	v.See("document.querySelectorAll('.near figure').length === 8")
	v.click("▶ Morph")
	v.text(".morph button", "Stop")
	film := "document.querySelector('.morph canvas').toDataURL()"
	v.Do("window.before = " + film)
	v.See(film + " !== window.before")

	spot := "document.querySelector('.walk .large').toDataURL()"
	v.hover("document.querySelector('.plane')", 0.2, 0.2)
	v.See("document.querySelector('.walk .large').getAttribute('aria-label').startsWith('The picture at ')")
	v.Do("window.before = " + spot)
	v.hover("document.querySelector('.plane')", 0.9, 0.8)
	v.See(spot + " !== window.before")
	v.click("Samples")
	v.See("document.querySelectorAll('.sample canvas').length === 36")
	v.press("n")
	v.See("!document.querySelector('[aria-label=\"Star seed 0\"]')")
	v.Quiet()
}

// The data, and two runs beside each other.
func TestDataAndCompare(t *testing.T) {
	v := open(t, "#/run/two/data")
	v.text("h1", "/data/greys")
	v.text("code", "broken.png")
	v.See("document.querySelector('.sheet').naturalWidth > 0")
	c := settings(t)
	c.LRG = 3e-4
	must(t, os.WriteFile(filepath.Join(v.root, "two", "config.json"), c.JSON(), 0o666))
	v.Do("location.hash = '#/'")
	for _, name := range []string{"one", "two"} {
		v.Do(fmt.Sprintf("document.querySelector('[aria-label=\"Choose %s to compare\"]').click()", name))
	}
	v.click("Compare 2 runs")
	v.text("table", "lr-g")
	v.text("table", "0.0003")
	v.See("document.querySelectorAll('tbody tr').length === 1")
	v.See("document.querySelectorAll('.sides img').length === 2")
	v.Quiet()
}

// Every control has a name, every view fits the width of a phone, and every view has
// dark colours.
func TestEverybody(t *testing.T) {
	v := open(t, "")
	views := []string{"#/", "#/run/one", "#/run/one/gallery", "#/run/one/data", "#/compare/one%7Ctwo", "#/run/none"}
	for _, view := range views {
		v.Do("location.hash = " + quote(view))
		must(t, chromedp.Do(v.Ctx, chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile)))
		_, err := chromedp.Call(v.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
		})
		must(t, err)
		v.See("document.querySelector('main').innerText.length > 10 && !document.querySelector('.busy')")
		v.See("getComputedStyle(document.body).backgroundColor === 'rgb(19, 19, 24)'")
		v.See("document.documentElement.scrollWidth <= 360")
		nameless, err := chromedp.Run(v.Ctx, chromedp.Evaluate[[]string](
			`[...document.querySelectorAll('button, a, input, select, canvas[role], [role=img]')]
			.filter(e => e.offsetParent && !(e.getAttribute('aria-label') || e.innerText.trim() || e.labels?.length))
			.map(e => e.outerHTML.slice(0, 120))`))
		must(t, err)
		if len(nameless) > 0 {
			t.Errorf("%s: without a name: %s", view, strings.Join(nameless, "\n"))
		}
	}
	v.Quiet()
}

// Without content the page says what to do.
func TestEmpty(t *testing.T) {
	v := open(t, "")
	v.See("document.images.length > 2 && [...document.images].every(i => i.complete)")
	must(t, os.RemoveAll(filepath.Join(v.root, "one")))
	must(t, os.RemoveAll(filepath.Join(v.root, "two")))
	v.text(".empty", "dcgan train")
	makeRun(t, filepath.Join(v.root, "three"))
	v.text(".card h2", "three")
	v.Quiet()
}
