package web

// Who is served. Four things could go wrong with a server on a person's own
// machine, and each has its rule here:
//
//   - a page of another site asks it for something: the browser says so
//     (Sec-Fetch-Site, Origin), and it is refused; no answer may be read, framed
//     or embedded by another origin;
//   - a page of another site has its name resolve to this machine (DNS
//     rebinding): a request's Host must be an address or a name of this machine;
//   - something changes state that the person did not ask for: it takes the same
//     Origin and the token of this process;
//   - somebody on the network finds the port: off loopback everything takes the
//     token, which the printed link carries and a cookie keeps.

import (
	"crypto/subtle"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// TokenHeader is the header that a request to change state carries the token in.
const TokenHeader = "X-Dcgan-Token"

// tokenCookie keeps the token in a browser that has opened the printed link.
const tokenCookie = "dcgan_token"

type guard struct {
	host  string // what the server listens on
	token string // of this process
	open  bool   // reading needs no token: only this machine can connect
}

// policy lets the page load what this server embeds and nothing else, and run no
// script or style that stands in the page itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// wrap puts the rules before a handler.
func (g *guard) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		if r.ContentLength != 0 {
			// Only a recorder in a test has no deadlines.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
			r.Body = http.MaxBytesReader(w, r.Body, bodySize)
		}
		if g.login(w, r) {
			return
		}
		if err := g.check(r); err != nil {
			writeProblem(w, http.StatusForbidden, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// check refuses a request that breaks a rule.
func (g *guard) check(r *http.Request) error {
	change := r.Method != http.MethodGet && r.Method != http.MethodHead
	switch {
	case !g.ownHost(r.Host):
		return errors.New("the request's Host is not this server")
	case foreign(r):
		return errors.New("a page of another site asked for this")
	case !g.open && !g.knows(r):
		return errors.New("open the link that dcgan serve printed: it carries the token")
	case change && r.Header.Get("Origin") != "http://"+r.Host:
		return errors.New("a change needs the page's own Origin")
	case change && !g.matches(r.Header.Get(TokenHeader)):
		return errors.New("a change needs this process's token: reload the page")
	}
	return nil
}

// login turns the printed link's token into a cookie, and the link into one
// without it, which may be shown or kept.
func (g *guard) login(w http.ResponseWriter, r *http.Request) bool {
	if g.open || r.Method != http.MethodGet || r.URL.Path != "/" || !g.ownHost(r.Host) || !g.matches(r.URL.Query().Get("token")) {
		return false
	}
	http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: g.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return true
}

// knows reports whether a request has the token, in its cookie or header.
func (g *guard) knows(r *http.Request) bool {
	if c, err := r.Cookie(tokenCookie); err == nil && g.matches(c.Value) {
		return true
	}
	return g.matches(r.Header.Get(TokenHeader))
}

func (g *guard) matches(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(g.token)) == 1
}

// foreign reports whether a browser sent r for a page of another origin. A link
// that somebody follows to the page itself is none.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	return r.URL.Path != "/" || r.Header.Get("Sec-Fetch-Mode") != "navigate"
}

// ownHost reports whether a Host header names this machine. The port plays no part,
// so that a tunnel may have another; a name can be made to lead here by anybody
// who owns it, an address can't.
func (g *guard) ownHost(header string) bool {
	host, _, err := net.SplitHostPort(header)
	if err != nil {
		host = header
	}
	host = strings.Trim(host, "[]")
	if isLoopback(host) || g.host != "" && strings.EqualFold(host, g.host) {
		return true
	}
	if g.open {
		return false
	}
	name, err := os.Hostname()
	return net.ParseIP(host) != nil || err == nil && strings.EqualFold(host, name)
}

// isLoopback reports whether a host is one that only this machine reaches.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// ownAddress is an address that other machines may know this one by.
func ownAddress() string {
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}

// quiet is the log for what strangers send: it is no business of the person at
// the terminal.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
