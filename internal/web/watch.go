package web

// Server-sent events: an open page gets a change of the runs' states within about a
// second. One goroutine polls the folders, and only while a page is open.

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
	pulseEvery  = 15 * time.Second // between comments that are sent to detect dead connections
	eventTime   = 10 * time.Second // in which a client must accept an event
	maxWatchers = 100
)

// watcher sends changed states to its clients. A client's channel has room for the
// latest state only, so a slow client may miss earlier ones.
type watcher struct {
	state func() ([]summary, error)

	mu      sync.Mutex
	clients map[chan []byte]bool
	last    []byte // the state that was sent last
	done    chan struct{}
}

// join adds a client and sends it the last state.
func (w *watcher) join() (chan []byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.clients) >= maxWatchers {
		return nil, problem{http.StatusServiceUnavailable, errors.New("too many pages are open")}
	}
	if len(w.clients) == 0 {
		w.clients, w.last, w.done = map[chan []byte]bool{}, nil, make(chan struct{})
		go w.poll(w.done)
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

// poll calls update every watchEvery until done is closed.
func (w *watcher) poll(done chan struct{}) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		w.update(done)
		select {
		case <-tick.C:
		case <-done:
			return
		}
	}
}

// update sends the state to every client if it has changed.
func (w *watcher) update(done chan struct{}) {
	list, err := w.state()
	if err != nil {
		return // the page keeps its state; other requests return the error
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
		case <-client: // drop a state that the client has not received
		default:
		}
		client <- text
	}
}

// serve sends events to one client until it disconnects.
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

// send writes an event within eventTime. Only recorders in tests lack deadlines.
func send(out http.ResponseWriter, control *http.ResponseController, event []byte) error {
	_ = control.SetWriteDeadline(time.Now().Add(eventTime))
	if _, err := out.Write(event); err != nil {
		return err
	}
	return control.Flush()
}
