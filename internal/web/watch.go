package web

// Server-sent events: who has the page open hears within a second where the runs
// stand. One goroutine looks at the folders, and only while somebody listens.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	watchEvery  = time.Second
	pulseEvery  = 15 * time.Second // a comment, so that a dead connection is noticed
	eventTime   = 10 * time.Second // for a client to take an event
	maxWatchers = 100
)

// watcher tells its clients of every change. A client that is slow misses states
// between two that it gets: each has room for the latest one alone.
type watcher struct {
	state func() ([]summary, error)

	mu      sync.Mutex
	clients map[chan []byte]bool
	last    []byte // the state that was told last
	done    chan struct{}
}

// join adds a client, which first gets the state as it is.
func (w *watcher) join() (chan []byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.clients) >= maxWatchers {
		return nil, problem{http.StatusServiceUnavailable, errors.New("too many pages are open")}
	}
	if len(w.clients) == 0 {
		w.clients, w.last, w.done = map[chan []byte]bool{}, nil, make(chan struct{})
		go w.watch(w.done)
	}
	client := make(chan []byte, 1)
	if w.last != nil {
		client <- w.last
	}
	w.clients[client] = true
	return client, nil
}

func (w *watcher) leave(client chan []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.clients, client)
	if len(w.clients) == 0 {
		close(w.done)
	}
}

// watch looks until done.
func (w *watcher) watch(done chan struct{}) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		w.look(done)
		select {
		case <-tick.C:
		case <-done:
			return
		}
	}
}

// look tells every client a state that has changed.
func (w *watcher) look(done chan struct{}) {
	list, err := w.state()
	if err != nil {
		return // the page keeps what it has; a request tells the error
	}
	text, err := json.Marshal(list)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done != done || bytes.Equal(text, w.last) {
		return
	}
	w.last = text
	for client := range w.clients {
		select {
		case <-client: // what it has not taken is old now
		default:
		}
		client <- text
	}
}

// serve is the stream of one client.
func (w *watcher) serve(out http.ResponseWriter, r *http.Request) error {
	client, err := w.join()
	if err != nil {
		return err
	}
	defer w.leave(client)
	out.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(out)
	pulse := time.NewTicker(pulseEvery)
	defer pulse.Stop()
	for {
		event := []byte(": here\n\n")
		select {
		case text := <-client:
			event = fmt.Appendf(nil, "data: %s\n\n", text)
		case <-pulse.C:
		case <-r.Context().Done():
			return nil
		}
		if send(out, control, event) != nil {
			return nil
		}
	}
}

// send writes an event within its time. Only a recorder in a test has no deadlines.
func send(out http.ResponseWriter, control *http.ResponseController, event []byte) error {
	_ = control.SetWriteDeadline(time.Now().Add(eventTime))
	if _, err := out.Write(event); err != nil {
		return err
	}
	return control.Flush()
}
