// Package browsertest opens pages in Chromium in tests, as their readers do.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Visit is a tab of a browser. Tests end with Quiet, since its console must stay empty.
type Visit struct {
	*testing.T
	Ctx context.Context // of chromedp, for what Visit has no method for

	mu       sync.Mutex
	messages []string // on the console
}

// Start starts Chromium with a window of that size in pixels, which ends with the test. It
// skips the test if there is no Chromium, or if tests are to be short.
func Start(t *testing.T, width, height int64) *Visit {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes seconds")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	if os.Getuid() == 0 { // Chromium's sandbox does not run as root
		flags = append(flags, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, flags...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	v := &Visit{T: t, Ctx: ctx}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatal(err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			v.mu.Lock()
			v.messages = append(v.messages, fmt.Sprint(m.Type, ": ", m.Text, " ", m.URL))
			v.mu.Unlock()
		}
	}()
	return v
}

// Open opens the page at an address.
func (v *Visit) Open(address string) {
	v.Helper()
	if err := chromedp.Do(v.Ctx, chromedp.Navigate(address)); err != nil {
		v.Fatal(err)
	}
}

// Do runs JavaScript in the page.
func (v *Visit) Do(js string) {
	v.Helper()
	if _, err := chromedp.Run(v.Ctx, chromedp.Evaluate[chromedp.Void](js, chromedp.EvalAwaitPromise)); err != nil {
		v.Fatalf("%s: %v", js, err)
	}
}

// See waits until an expression of JavaScript is true.
func (v *Visit) See(js string) {
	v.Helper()
	for range 600 { // half a minute, on a machine that does other things too
		ok, err := chromedp.Run(v.Ctx, chromedp.Evaluate[bool]("Boolean("+js+")"))
		if err == nil && ok {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := chromedp.Run(v.Ctx, chromedp.Evaluate[string]("document.querySelector('main').innerText"))
	v.Fatalf("not to be seen: %s\n%s", js, text)
}

// Quiet fails the test if the console is not empty.
func (v *Visit) Quiet() {
	v.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.messages) > 0 {
		v.Errorf("the console says:\n%s", strings.Join(v.messages, "\n"))
	}
}
