// Package web serves a page on which a person watches trainings and picks pictures.
//
// The page is embedded and loads nothing from other machines. The server reads the
// files that trainings write, and never trains. It writes only the stars of a run:
// stars.json and the folder starred. Samplers and data sets are passed to it as
// functions. guard.go decides which requests are served; control.go has the requests
// that change runs.
package web

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/tensor"
)

// Sampler generates pictures. It is used by one goroutine at a time.
type Sampler interface {
	// Generate returns the pictures of z, [n, nz], as [n, channels, size, size] in
	// [-1, 1]. statistics names those that batch norm uses.
	Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error)
	Close()
}

// Pictures is a data set at its training size.
type Pictures interface {
	Len() int
	Batch(dst *tensor.Tensor, indices []int) error
	Fingerprint() string // of the content, as in checkpoints
	Close() error
}

// Data is a run's data set and the report on it.
type Data struct {
	Pictures   Pictures // nil if no picture is usable
	Inspection any      // is written as JSON, as "dcgan inspect --json" does
}

// Options say what a server shows, and provide what it can't do itself.
type Options struct {
	Runs string // a folder of run folders; without Control it may be one run folder
	Host string // the name or address that the server listens on; "" is every address

	// Open returns a sampler of a checkpoint that generates batch pictures at a time.
	Open func(s *checkpoint.Snapshot, batch int) (Sampler, error)
	// Data reads the data set that the settings name. It returns early if ctx ends.
	Data func(ctx context.Context, c *config.Config) (*Data, error)
	// Control starts trainings. If it is nil the page cannot change runs.
	Control Control
}

// Server answers the page's requests.
type Server struct {
	options Options
	guard   guard
	runs    runFolders
	metrics metricsCache
	watcher watcher
	studio  studio
	stars   starWriter
	library library
	wholes  wholeCache
	handler http.Handler
}

// New returns a server with a random token. The caller closes it.
func New(o Options) *Server {
	s := &Server{
		options: o,
		guard:   guard{host: o.Host, token: rand.Text(), open: isLoopback(o.Host)},
		runs:    runFolders{root: o.Runs},
		studio:  newStudio(o.Open),
		library: newLibrary(o.Data),
	}
	s.watcher.state = s.summaries
	s.handler = s.guard.wrap(s.routes())
	return s
}

//go:embed static
var static embed.FS

// routes returns the handler of all requests. A request names a run by its name in the
// list of runs, never by a path. Steps, seeds and indices are numbers.
func (s *Server) routes() http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "index.html")
	})
	mux.Handle("GET /static/{file}", endpoint(func(w http.ResponseWriter, r *http.Request) error {
		name := r.PathValue("file")
		if _, err := fs.Stat(files, name); err != nil {
			return notFound("there is no file %q", shorten(name))
		}
		http.ServeFileFS(w, r, files, name)
		return nil
	}))
	answers := map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /api/session":                   s.session,
		"GET /api/events":                    s.watcher.serve,
		"GET /api/runs":                      s.listRuns,
		"GET /api/runs/{run}":                s.showRun,
		"GET /api/runs/{run}/series":         s.series,
		"GET /api/runs/{run}/sheets/{step}":  s.sheet,
		"GET /api/runs/{run}/film.gif":       s.film,
		"GET /api/runs/{run}/samples.png":    s.samples,
		"GET /api/runs/{run}/morph.png":      s.morph,
		"GET /api/runs/{run}/morph.gif":      s.morph,
		"GET /api/runs/{run}/plane.png":      s.plane,
		"GET /api/runs/{run}/stars":          s.listStars,
		"POST /api/runs/{run}/stars":         s.setStar,
		"GET /api/runs/{run}/stars.zip":      s.starsZip,
		"GET /api/runs/{run}/stars.png":      s.starsSheet,
		"GET /api/runs/{run}/starred/{name}": s.starPicture,
		"GET /api/runs/{run}/nearest":        s.nearest,
		"GET /api/runs/{run}/data":           s.inspect,
		"GET /api/runs/{run}/data.png":       s.dataPictures,
		"POST /api/runs":                     s.controlled(s.startRun),
		"POST /api/runs/{run}/stop":          s.controlled(s.stopRun),
		"POST /api/runs/{run}/resume":        s.controlled(s.resumeRun),
		"POST /api/runs/{run}/rewind":        s.controlled(s.rewindRun),
		"POST /api/runs/{run}/change":        s.controlled(s.changeRun),
	}
	for pattern, answer := range answers {
		mux.Handle(pattern, endpoint(answer))
	}
	return mux
}

// session answers with the token that a request must have to change state, and with
// what the page may change. A page of another origin cannot read the answer.
func (s *Server) session(w http.ResponseWriter, r *http.Request) error {
	return writeJSON(w, struct {
		Token    string           `json:"token"`
		Runs     string           `json:"runs"`
		Control  bool             `json:"control"` // whether the page may change runs
		Settings []pageSetting    `json:"settings"`
		Recipes  []*config.Config `json:"recipes,omitempty"` // settings that a new run may start from
	}{s.guard.token, s.options.Runs, s.options.Control != nil, pageSettings(), s.starts()})
}

// URL returns the link to the page, with the token if reading needs it.
func (s *Server) URL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if s.options.Host != "" {
		host = s.options.Host
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = ownAddress()
	}
	url := "http://" + net.JoinHostPort(host, port) + "/"
	if !s.guard.open {
		url += "?token=" + s.guard.token
	}
	return url
}

// Limits of a connection. They allow for slow connections, and close those that send
// or receive almost nothing.
const (
	headerTime = 5 * time.Second
	bodyTime   = 15 * time.Second
	writeTime  = 2 * time.Minute // until the client has the whole answer
	idleTime   = time.Minute
	headerSize = 16 << 10
	bodySize   = 16 << 10
)

// Serve answers requests on l until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerSize,
		BaseContext:    func(net.Listener) context.Context { return ctx },
		ErrorLog:       noLog(),
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the page: %w", err)
	}
	return nil
}

// Close waits for requests that use samplers or data, and releases these.
func (s *Server) Close() {
	s.studio.close()
	s.library.close()
}

// problem is an error with the HTTP status of the answer.
type problem struct {
	status int
	error
}

func (p problem) Unwrap() error { return p.error }

func notFound(format string, args ...any) error {
	return problem{http.StatusNotFound, fmt.Errorf(format, args...)}
}

func badRequest(format string, args ...any) error {
	return problem{http.StatusBadRequest, fmt.Errorf(format, args...)}
}

// endpoint returns a handler that answers with the error of answer, if any, as JSON.
// answer returns an error only if it has not written anything.
func endpoint(answer func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := answer(w, r)
		if err == nil || r.Context().Err() != nil {
			return
		}
		status := http.StatusInternalServerError
		if p, ok := errors.AsType[problem](err); ok {
			status = p.status
		} else if errors.Is(err, fs.ErrNotExist) {
			status = http.StatusNotFound
		}
		writeProblem(w, status, err)
	})
}

func writeProblem(w http.ResponseWriter, status int, err error) {
	w.Header().Del("Content-Disposition")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(struct {
		Error string `json:"error"`
		Hint  string `json:"hint,omitempty"`
	}{config.WordError(err, settingName), config.HintOf(err)})
}

func writeJSON(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // a client that has gone needs no answer
	return nil
}
