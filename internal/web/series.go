package web

// Curves for a chart. They are smoothed over all steps, cut to a range, and then
// reduced to the points that a screen can show.

import (
	"math"
	"net/http"
	"sort"
	"strconv"

	"dcgan/internal/run"
	"dcgan/internal/score"
)

// chartSeries is the answer to a chart's request. If there are more steps than points,
// the steps are divided into buckets with two points each, at the first and last step.
type chartSeries struct {
	Steps  []int             `json:"steps"`
	Times  []number          `json:"times"`
	Curves map[string]*curve `json:"curves"`
	First  int               `json:"first"` // the first and the last step of the run
	Last   int               `json:"last"`
	Events []event           `json:"events"` // of all steps
	Floor  *score.Floor      `json:"floor,omitempty"`
}

// curve is one figure at the points. Raw has a bucket's smallest and largest value in
// the order in which they occur, so that no spike is lost.
type curve struct {
	Raw    []number `json:"raw"`
	Smooth []number `json:"smooth,omitempty"`
}

// number is a float64 that is written to JSON with five digits, more than a screen
// shows, and as null if it is not finite.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if !finite(float64(n)) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', 5, 64), nil
}

// bucket is the range of lines from..to-1, which two points stand for, or one point if
// it is a single line.
type bucket struct{ from, to int }

// buckets divides the n lines from index first on into buckets of about the same size,
// which have at most so many points together.
func buckets(first, n, points int) []bucket {
	parts := n
	if n > points {
		parts = max(1, points/2)
	}
	list := make([]bucket, parts)
	for i := range list {
		list[i] = bucket{first + i*n/parts, first + (i+1)*n/parts}
	}
	return list
}

// plot returns the answer for the steps from..to, with at most so many points. weight
// is the smoothing's, in [0, 1).
func (c *curves) plot(from, to, points int, weight float64) *chartSeries {
	s := &chartSeries{
		Steps: []int{}, Times: []number{}, Curves: map[string]*curve{}, Events: append([]event{}, c.events...),
	}
	n := len(c.steps)
	if n > 0 {
		s.First, s.Last = c.steps[0], c.steps[n-1]
	}
	lo := sort.SearchInts(c.steps, from)
	hi := max(lo, sort.SearchInts(c.steps, to+1))
	list := buckets(lo, hi-lo, points)
	for _, b := range list {
		b.ends(func(i int) {
			s.Steps = append(s.Steps, c.steps[i])
			s.Times = append(s.Times, number(c.times[i]))
		})
	}
	for name, values := range c.values {
		out := &curve{Raw: []number{}}
		for _, b := range list {
			out.Raw = append(out.Raw, b.extremes(values)...)
		}
		if weight > 0 {
			smoothed := smooth(values[:hi], weight)
			for _, b := range list {
				b.ends(func(i int) { out.Smooth = append(out.Smooth, number(smoothed[i])) })
			}
		}
		s.Curves[name] = out
	}
	return s
}

// ends calls do with the lines of the bucket's points.
func (b bucket) ends(do func(i int)) {
	do(b.from)
	if b.to-b.from > 1 {
		do(b.to - 1)
	}
}

// extremes returns the smallest and the largest value in the order in which they
// occur, or the only value.
func (b bucket) extremes(values []float64) []number {
	least, greatest := -1, -1
	for i := b.from; i < b.to; i++ {
		if v := values[i]; finite(v) {
			if least < 0 || v < values[least] {
				least = i
			}
			if greatest < 0 || v > values[greatest] {
				greatest = i
			}
		}
	}
	first, last := number(math.NaN()), number(math.NaN())
	if least >= 0 {
		first, last = number(values[min(least, greatest)]), number(values[max(least, greatest)])
	}
	if b.to-b.from > 1 {
		return []number{first, last}
	}
	return []number{first}
}

// smooth returns the exponential average y = w y + (1-w) x, which starts at zero and is
// divided by 1 - w^n, so that the first result is the first value.
func smooth(values []float64, w float64) []float64 {
	out := make([]float64, len(values))
	var sum, debias float64
	for i, v := range values {
		if finite(v) {
			sum = w*sum + (1-w)*v
			debias = w*debias + (1 - w)
		}
		out[i] = math.NaN()
		if debias > 0 {
			out[i] = sum / debias
		}
	}
	return out
}

const (
	defaultPoints = 1200
	maxPoints     = 8000
)

// series answers with a run's curves.
func (s *Server) series(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	q := query{values: r.URL.Query()}
	from, to := q.integer("from", 0, 0, math.MaxInt32), q.integer("to", math.MaxInt32, 0, math.MaxInt32)
	points, weight := q.integer("points", defaultPoints, 2, maxPoints), q.fraction("smooth", 0, 0.9999)
	if q.err != nil {
		return q.err
	}
	c, err := s.metrics.of(dir)
	if err != nil {
		return err
	}
	p := c.plot(from, to, points, weight)
	if len(c.values["kid"]) > 0 {
		p.Floor = run.Floor(dir)
	}
	return writeJSON(w, p)
}
