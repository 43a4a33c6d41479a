package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Requests that a page of another site can make a browser send, and requests that lack
// a header, are refused and do not change the run.
func TestForeignRequests(t *testing.T) {
	f := serve(t, "127.0.0.1")
	token := f.guard.token
	const star, stars = `{"step":400,"seed":7,"starred":true}`, "/api/runs/one/stars"
	for _, c := range []struct {
		name, method, path string
		headers            []string
	}{
		{"another Host", "GET", "/", []string{"Host", "evil.example"}},
		{"another Host with our port", "GET", "/api/runs",
			[]string{"Host", "evil.example:" + f.addr[strings.LastIndex(f.addr, ":")+1:]}},
		{"a Host that begins like ours", "GET", "/api/session", []string{"Host", "127.0.0.1.evil.example"}},
		{"an address of another machine", "GET", "/api/session", []string{"Host", "192.0.2.1"}},
		{"a foreign Origin", "GET", "/api/session", []string{"Origin", "http://evil.example"}},
		{"the Origin null", "GET", "/api/session", []string{"Origin", "null"}},
		{"an image of a foreign page", "GET", "/api/runs/one/sheets/400",
			[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}},
		{"a page at another port", "GET", "/api/session", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}},
		{"no Origin", "POST", stars, []string{TokenHeader, token}},
		{"the Origin of another port", "POST", stars, []string{TokenHeader, token, "Origin", "http://127.0.0.1:1"}},
		{"a foreign Origin with the token", "POST", stars, []string{TokenHeader, token, "Origin", "http://evil.example"}},
		{"https instead", "POST", stars, []string{TokenHeader, token, "Origin", "https://" + f.addr}},
		{"no token", "POST", stars, []string{"Origin", f.url}},
		{"a wrong token", "POST", stars, []string{"Origin", f.url, TokenHeader, strings.Repeat("A", len(token))}},
		{"half a token", "POST", stars, []string{"Origin", f.url, TokenHeader, token[:13]}},
		{"a token in the cookie alone", "POST", stars, []string{"Origin", f.url, "Cookie", tokenCookie + "=" + token}},
	} {
		r := f.request(t, c.method, c.path, star, c.headers...)
		if r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: status %d", c.name, r.StatusCode)
		}
	}
	if _, err := os.Stat(filepath.Join(f.root, "one", starsName)); err == nil {
		t.Error("something was starred")
	}
	if r := f.star(t, star); r.StatusCode != http.StatusOK {
		t.Errorf("the page's own request: status %d", r.StatusCode)
	}
	for _, host := range []string{"localhost:1", "127.0.0.1", "[::1]:80", f.addr} { // a tunnel has another port
		if r := f.request(t, "GET", "/api/runs", "", "Host", host); r.StatusCode != http.StatusOK {
			t.Errorf("Host %s: status %d", host, r.StatusCode)
		}
	}
}

// A link on another site may lead to the page.
func TestLinkFromElsewhere(t *testing.T) {
	f := serve(t, "127.0.0.1")
	r := f.request(t, "GET", "/", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")
	if r.StatusCode != http.StatusOK {
		t.Errorf("status %d", r.StatusCode)
	}
}

// Beyond loopback every request needs the token, which the link stores in a cookie.
func TestTokenOffLoopback(t *testing.T) {
	f := serve(t, "0.0.0.0")
	for _, path := range []string{
		"/", "/static/app.js", "/api/session", "/api/runs", "/api/runs/one/sheets/400", "/api/events", "/?token=wrong",
	} {
		if r := f.request(t, "GET", path, ""); r.StatusCode != http.StatusForbidden {
			t.Errorf("%s without the token: status %d", path, r.StatusCode)
		}
	}
	link := f.URL(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80})
	if !strings.HasSuffix(link, "/?token="+f.guard.token) {
		t.Fatalf("the link is %s", link)
	}
	r := f.request(t, "GET", "/?token="+f.guard.token, "")
	cookies := r.Cookies()
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/" || len(cookies) != 1 {
		t.Fatalf("the link answers %d, %v", r.StatusCode, r.Header)
	}
	if c := cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("the cookie is %v", c)
	}
	r = f.request(t, "GET", "/api/runs", "", "Cookie", cookies[0].Name+"="+cookies[0].Value)
	if r.StatusCode != http.StatusOK {
		t.Errorf("with the cookie: status %d", r.StatusCode)
	}
	cookie := cookies[0].Name + "=" + cookies[0].Value
	if r := f.request(t, "GET", "/", "", "Host", "evil.example", "Cookie", cookie); r.StatusCode != http.StatusForbidden {
		t.Errorf("another Host: status %d", r.StatusCode)
	}
}

func TestHeaders(t *testing.T) {
	f := serve(t, "127.0.0.1")
	for _, path := range []string{"/", "/static/app.js", "/api/runs", "/nothing"} {
		r, _ := f.get(t, path)
		csp := r.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: headers %v", path, r.Header)
		}
	}
}

// A path out of the folder, in any part of any request and in any spelling, neither
// leaves the folder nor causes an internal error.
func TestNoWayOut(t *testing.T) {
	f := serve(t, "127.0.0.1")
	const hidden = "what nobody may read"
	for _, dir := range []string{f.root, filepath.Join(f.root, "outside"), filepath.Join(f.root, "one")} {
		must(t, os.MkdirAll(dir, 0o777))
		must(t, os.WriteFile(filepath.Join(dir, "secret.png"), []byte(hidden), 0o666))
	}
	for _, up := range []string{
		"..", "%2e%2e", ".%2e", "%2E%2E", "..%2f..", "%2e%2e%2foutside", "..%5c..", "%252e%252e", "..%00",
		"%c0%ae%c0%ae", "....//", "..;",
		"%2fetc%2fpasswd", "one%2f..%2foutside", "C:%5c", "outside",
	} {
		for _, place := range []string{
			"/static/%s", "/static/%s/secret.png", "/api/runs/%s", "/api/runs/%s/series",
			"/api/runs/%s/sheets/400", "/api/runs/one/sheets/%s", "/api/runs/one/sheets/%s%%2fsecret.png",
			"/api/runs/%s/film.gif", "/api/runs/%s/samples.png?step=400&seeds=1",
			"/api/runs/one/samples.png?step=%s&seeds=1", "/api/runs/%s/morph.png?step=400&seeds=1,2",
			"/api/runs/%s/morph.gif?step=400&seeds=1,2", "/api/runs/%s/plane.png?step=400&seeds=1,2,3,4",
			"/api/runs/%s/stars", "/api/runs/%s/stars.zip", "/api/runs/%s/stars.png",
			"/api/runs/%s/starred/secret.png", "/api/runs/one/starred/%s", "/api/runs/one/starred/%s%%2fsecret.png",
			"/api/runs/%s/nearest?step=400&seeds=1", "/api/runs/%s/data", "/api/runs/%s/data.png?pictures=1",
			"/%s", "/%s/outside/secret.png",
		} {
			path := fmt.Sprintf(place, up)
			r, body := f.get(t, path)
			if strings.Contains(body, hidden) || strings.Contains(body, "root:") {
				t.Errorf("%s: %s", path, shorten(body))
			}
			if r.StatusCode < 300 || r.StatusCode >= 500 {
				t.Errorf("%s: status %d", path, r.StatusCode)
			}
		}
		r := f.request(t, "POST", "/api/runs/"+up+"/stars", `{"step":400,"seed":1,"starred":true}`,
			"Origin", f.url, TokenHeader, f.guard.token)
		if r.StatusCode < 300 || r.StatusCode >= 500 {
			t.Errorf("starring in %s: status %d", up, r.StatusCode)
		}
	}
}

// The server does not follow a link in a run folder that leads out of it.
func TestLinkInRun(t *testing.T) {
	f := serve(t, "127.0.0.1")
	outside := filepath.Join(t.TempDir(), "secret.png")
	must(t, os.WriteFile(outside, []byte("secret"), 0o666))
	if err := os.Symlink(outside, filepath.Join(f.root, "one", sheetName(1))); err != nil {
		t.Skip("no links here:", err)
	}
	r, body := f.get(t, "/api/runs/one/sheets/1")
	if r.StatusCode != http.StatusNotFound || strings.Contains(body, "secret") {
		t.Errorf("status %d, %q", r.StatusCode, body)
	}
}

// Large requests end with an error and change nothing.
func TestHugeRequests(t *testing.T) {
	f := serve(t, "127.0.0.1")
	large := `{"step":400,"seed":7,"starred":true,"x":"` + strings.Repeat("x", 10<<20) + `"}`
	if r := f.star(t, large); r.StatusCode != http.StatusBadRequest {
		t.Errorf("a body of 10 MB: status %d", r.StatusCode)
	}
	r := f.request(t, "GET", "/api/runs", "", "X-Large", strings.Repeat("x", 1<<20))
	if r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 1 MB: status %d", r.StatusCode)
	}
	for _, q := range []string{
		"samples.png?step=400&seeds=0-9007199254740991", "samples.png?step=400&seeds=0-300",
		"samples.png?step=400&seeds=" + strings.Repeat("1,", 5000) + "1",
		"samples.png?step=400&seeds=18446744073709551615", "samples.png?step=400&seeds=5-3",
		"samples.png?step=400&seeds=-1", "samples.png?step=1e9&seeds=1", "samples.png?step=400&seeds=1&columns=0",
		"morph.gif?step=400&seeds=1,2&frames=100000", "morph.gif?step=400&seeds=1",
		"plane.png?step=400&seeds=1,2,3,4&side=1000", "plane.png?step=400&seeds=1,2,3,4&u=NaN",
		"plane.png?step=400&seeds=1,2,3", "series?points=100000000", "series?smooth=2", "film.gif?pictures=9",
		"data.png?pictures=100",
	} {
		r, body := f.get(t, "/api/runs/one/"+q)
		if r.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"error"`) {
			t.Errorf("%s: status %d, %s", shorten(q), r.StatusCode, shorten(body))
		}
	}
}

// The server still answers while 200 clients send a request byte by byte, 200 never
// read the answer and 200 wait for events. It releases what they held.
func TestSlowClients(t *testing.T) {
	f := serve(t, "127.0.0.1")
	before := runtime.NumGoroutine()
	var held []net.Conn
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHo",
		"GET /api/runs/one/sheets/400 HTTP/1.1\r\nHost: " + f.addr + "\r\n\r\n",
		"GET /api/events HTTP/1.1\r\nHost: " + f.addr + "\r\n\r\n",
	} {
		for range 200 {
			c, err := net.Dial("tcp", f.addr)
			must(t, err)
			held = append(held, c)
			_, err = io.WriteString(c, request)
			must(t, err)
		}
	}
	for range 20 {
		if r, _ := f.get(t, "/api/runs/one/series"); r.StatusCode != http.StatusOK {
			t.Fatalf("a person gets status %d", r.StatusCode)
		}
	}
	for _, c := range held {
		c.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	for range 500 {
		if runtime.NumGoroutine() <= before+10 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

// At most maxWatchers pages get events. Each gets the state at once.
func TestEvents(t *testing.T) {
	f := serve(t, "127.0.0.1")
	r := f.request(t, "GET", "/api/events", "")
	line, err := bufio.NewReader(r.Body).ReadString('\n')
	must(t, err)
	if !strings.HasPrefix(line, `data: [{"name":"one","state":"finished"`) {
		t.Errorf("the first event is %s", shorten(line))
	}
	for range maxWatchers - 1 {
		f.request(t, "GET", "/api/events", "")
	}
	if r := f.request(t, "GET", "/api/events", ""); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one too many gets status %d", r.StatusCode)
	}
}
