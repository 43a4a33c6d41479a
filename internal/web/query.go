package web

// The parameters of a request.

import (
	"math"
	"net/url"
	"strconv"
	"strings"
)

// query reads parameters. err is the error of the first invalid one.
type query struct {
	values url.Values
	err    error
}

// integer returns a parameter, which must be in lo..hi, or absent if it is not given.
func (q *query) integer(name string, absent, lo, hi int) int {
	text := q.values.Get(name)
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < lo || n > hi {
		q.fail("%s must be a whole number from %d to %d, not %q", name, lo, hi, text)
	}
	return n
}

// fraction returns a parameter, which must be in 0..hi, or absent if it is not given.
func (q *query) fraction(name string, absent, hi float64) float64 {
	text := q.values.Get(name)
	if text == "" {
		return absent
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= hi) {
		q.fail("%s must be a number from 0 to %g, not %q", name, hi, text)
	}
	return v
}

// maxSeed is the largest seed that the page uses: JavaScript's largest exact integer.
// Larger seeds are available on the command line.
const maxSeed = 1<<53 - 1

// numbers returns a parameter that is a list such as "1,4-6", of at most most whole
// numbers of at most limit.
func (q *query) numbers(name string, most int, limit uint64) []uint64 {
	var list []uint64
	text := q.values.Get(name)
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, errA := strconv.ParseUint(first, 10, 64)
		b, errB := strconv.ParseUint(last, 10, 64)
		if errA != nil || errB != nil || a > b || b > limit || b-a >= uint64(most-len(list)) {
			q.fail("%s must be a list such as 1,4-6 of at most %d numbers up to %d, not %q",
				name, most, limit, shorten(text))
			return nil
		}
		for n := a; n <= b; n++ {
			list = append(list, n)
		}
	}
	return list
}

func (q *query) seeds(most int) []uint64 { return q.numbers("seeds", most, maxSeed) }

// step returns the parameter step.
func (q *query) step() int { return q.integer("step", 0, 0, math.MaxInt32) }

func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = badRequest(format, args...)
	}
}

// shorten returns the beginning of a text that a message quotes.
func shorten(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
