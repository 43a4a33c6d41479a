package web

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"dcgan/internal/run"
	"dcgan/internal/score"
)

// eventful adds to the run in dir two alarms, one of which has not ended, a change of a
// setting, and scores of its checkpoints, the older of which is better.
func eventful(t testing.TB, dir string) {
	t.Helper()
	file := filepath.Join(dir, metricsName)
	text, err := os.ReadFile(file)
	must(t, err)
	lines := strings.SplitAfter(string(text), "\n")
	for step, more := range map[int]string{
		100: `"alarms":[{"name":"d-wins","seen":"G is lost","advice":"lower --lr-d"}]`,
		150: `"alarms":[{"name":"d-wins","ends":true}]`,
		300: `"alarms":[{"name":"noise","seen":"sheets are sharp","advice":"train on"}]`,
		250: `"changes":[{"step":250,"setting":"lr_d","value":0.0001,"why":"a try"}]`,
		200: `"kid":0.3,"kid_stderr":0.01,"swd":20`, 400: `"kid":0.2,"kid_stderr":0.01,"swd":60`,
	} {
		lines[step-1] = strings.TrimSuffix(lines[step-1], "}\n") + "," + more + "}\n"
	}
	must(t, os.WriteFile(file, []byte(strings.Join(lines, "")), 0o666))
	floor := &score.Floor{Scores: score.Scores{KID: 0.25, N: run.ScoreN / 2}}
	features := score.EncodeFeatures(score.Key{N: run.ScoreN}, nil, floor)
	must(t, os.WriteFile(run.FeaturesFile(dir, run.ScoreN), features, 0o666))
}

// The series contain all events, whatever range the chart shows.
func TestSeriesTellWhatHappened(t *testing.T) {
	f := serve(t, "127.0.0.1")
	eventful(t, filepath.Join(f.root, "one"))
	_, text := f.get(t, "/api/runs/one/series?from=390&points=10")
	for _, want := range []string{
		`"events":[{"step":100,"time_s":50,"alarms":[` +
			`{"name":"d-wins","seen":"G is lost","advice":"lower --lr-d"}]},{"step":150,`,
		`{"step":250,"time_s":125,"changes":[{"step":250,"setting":"lr_d","value":0.0001,"why":"a try"}]}`,
		`"floor":{"fd":0,"kid":0.25,`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	if _, text := f.get(t, "/api/runs/one"); !strings.Contains(text, `"best":200,"best_full":200`) {
		t.Errorf("the best: %s", text)
	}
	if _, text := f.get(t, "/api/runs/two"); !strings.Contains(text, `"best":0,"best_full":0`) {
		t.Errorf("without scores: %s", text)
	}
}

// Events are shown on the curves and in a list. An alarm that has not ended is shown at
// the top.
func TestHappenings(t *testing.T) {
	v := open(t, "")
	eventful(t, filepath.Join(v.root, "one"))
	v.Do("location.hash = '#/run/one'")
	v.text(".warning", "since step 300: sheets are sharp")
	v.text(".happenings .alarm", "until step 150")
	v.text(".happenings .change", "is 0.0001 from here on")
	v.See("document.querySelectorAll('.plot')[0].querySelectorAll('.band').length === 2")
	v.See("document.querySelectorAll('.plot')[0].querySelector('.flag.change')" +
		".title.includes('Learning rate of D is 0.0001 from step 250 on')")
	v.See("[...document.querySelectorAll('.floor')].some(e => e.title === 'KID: real pictures score 0.250')")
	v.click("step 250")
	v.text(".step", "Step 250")
	v.Quiet()
}

// The charts can be zoomed, and the latent plane explored, with the keyboard alone.
func TestKeys(t *testing.T) {
	v := open(t, "")
	eventful(t, filepath.Join(v.root, "one"))
	v.Do("location.hash = '#/run/one'")
	v.See("document.querySelectorAll('.plot')[0].querySelectorAll('.band').length === 2")
	zoomed := "![...document.querySelectorAll('.tools button')].find(b => b.innerText === 'Zoom out').disabled"
	v.press("+")
	v.press("+")
	v.See(zoomed)
	v.See("document.querySelectorAll('.plot')[0].querySelectorAll('.band').length === 1") // of the last 100 steps
	v.press("z")
	v.See("!(" + zoomed + ")")
	v.See("document.querySelectorAll('.plot')[0].querySelectorAll('.band').length === 2")

	v.press("g")
	v.See("document.querySelectorAll('.sample').length === 36")
	v.See("document.querySelector('[aria-label=Checkpoint]').selectedOptions[0].text === 'step 200, best scores'")
	v.See("document.querySelector('[aria-label=Checkpoint]').selectedIndex === 0")
	for _, seed := range []int{1, 2} {
		v.Do(fmt.Sprintf("document.querySelector('[aria-label=\"Star seed %d\"]').click()", seed))
		v.See(fmt.Sprintf("document.querySelector('[aria-label=\"Star seed %d\"]')"+
			".getAttribute('aria-pressed') === 'true'", seed))
	}
	v.press("m")
	v.text(".morph button", "Stop")
	v.press("p")
	v.See("document.activeElement.matches('.plane')")
	v.press(kb.ArrowRight)
	v.See("document.querySelector('.walk .large').getAttribute('aria-label') === " +
		"'The picture at 54% to the right, 50% down'")
	v.Quiet()
}
