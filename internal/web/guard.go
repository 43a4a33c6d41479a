package web

// Which requests are served. There are four threats to a server on a person's own
// machine, and a rule against each:
//
//   - A page of another site sends a request. The browser marks it (Sec-Fetch-Site,
//     Origin), and it is refused. No other origin may read, frame or embed an answer.
//   - A page of another site lets its name resolve to this machine (DNS rebinding). A
//     request's Host must be an address or a name of this machine.
//   - A request changes state without the person's intent. It needs this server's
//     Origin and the token of this process.
//   - Another machine on the network finds the port. If the server listens beyond
//     loopback, every request needs the token, which the printed link contains and a
//     cookie stores.

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

// TokenHeader is the header with the token in a request that changes state.
const TokenHeader = "X-Dcgan-Token"

// tokenCookie stores the token in a browser that has opened the printed link.
const tokenCookie = "dcgan_token"

// guard checks requests.
type guard struct {
	host  string // what the server listens on
	token string // of this process
	open  bool   // whether reading needs no token, since only this machine can connect
}

// policy allows the page to load only files of this server, and forbids scripts and
// styles within the page itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// wrap returns a handler that checks a request before it calls next.
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
			// The error does not matter: only recorders in tests lack deadlines.
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

// check returns an error for a request that breaks a rule.
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

// login answers a request for the printed link: it stores the token in a cookie and
// redirects to the link without it, which may be shown or kept. It reports whether
// the request was one.
func (g *guard) login(w http.ResponseWriter, r *http.Request) bool {
	if g.open || r.Method != http.MethodGet || r.URL.Path != "/" ||
		!g.ownHost(r.Host) || !g.matches(r.URL.Query().Get("token")) {
		return false
	}
	http.SetCookie(w, &http.Cookie{
		Name: tokenCookie, Value: g.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
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

// foreign reports whether a browser sent r for a page of another origin. A link on
// another page that a person follows to this page is allowed.
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

// ownHost reports whether a Host header names this machine. It ignores the port, which
// differs through a tunnel. Addresses are accepted: the owner of a name can make the
// name resolve to this machine, but cannot do that with an address.
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

// isLoopback reports whether only this machine can reach host.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// ownAddress returns an address at which other machines may reach this one.
func ownAddress() string {
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}

// noLog returns a logger that discards the server's errors. They are about bad requests
// and not for the person at the terminal.
func noLog() *log.Logger { return log.New(io.Discard, "", 0) }
