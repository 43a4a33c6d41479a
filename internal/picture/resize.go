package picture

// Resizing in fixed-point arithmetic, so that every machine gets the same bytes.
// Both filters are separable: each source row is first scaled across, then added to
// all the target rows that it contributes to. The source is therefore read once,
// row by row, and never held as a whole.

import (
	"cmp"
	"math"
	"slices"
)

// window is the run of source positions that contribute to one target position.
type window struct {
	first   int
	weights []int32
}

// tap is the weight of one source row in one target row.
type tap struct {
	source, target, weight int32
}

// scheme is a filter for one change of size: with P the pixels, X the weights
// across and Y those down, a target value is
//
//	(sum over y of (Y * ((sum over x of X * P + round) >> shift) >> pre) >> post) + final round) >> final shift
type scheme struct {
	across []window
	down   []tap // by source

	round, finalRound            int32
	shift, pre, post, finalShift uint
}

// span is the visible part of a side.
type span struct {
	pixels       int     // of the whole side
	from, length float64 // of the visible part, in pixels; parts of pixels are allowed
}

// resize scales the visible part of a picture to toW x toH, channels interleaved.
// read reads row y of it, in across.pixels pixels.
func resize(read func(dst []byte, y int), across, down span, channels, toW, toH int, filter string) []byte {
	s := newScheme(across, down, toW, toH, filter)
	row := make([]byte, across.pixels*channels)
	line := make([]int32, toW*channels)
	sums := make([]int32, toH*len(line))
	current := int32(-1)
	for _, t := range s.down {
		if t.source != current {
			current = t.source
			read(row, int(current))
			s.scaleRow(line, row, channels)
		}
		s.add(sums[int(t.target)*len(line):][:len(line)], line, t.weight)
	}
	out := make([]byte, len(sums))
	for i, v := range sums {
		out[i] = byte(min(max((v+s.finalRound)>>s.finalShift, 0), 255))
	}
	return out
}

// newScheme returns a filter's scheme. Bilinear takes whole sides only.
func newScheme(across, down span, toW, toH int, filter string) *scheme {
	w, h := across.pixels, down.pixels
	switch {
	case filter != Bilinear:
		// Pillow's arithmetic: weights of 22 bits, rounded after each direction.
		return &scheme{
			across: triangle(across, toW), down: taps(triangle(down, toH), h),
			round: 1 << 21, shift: 22, finalRound: 1 << 21, finalShift: 22,
		}
	case w == 2*toW && h == 2*toH:
		// At exactly one half, OpenCV averages four pixels.
		return &scheme{across: pairs(toW), down: taps(pairs(toH), h), finalRound: 2, finalShift: 2}
	}
	// OpenCV's arithmetic: weights of 11 bits; 22 bits after both directions, of
	// which each row drops 4 before its product and 16 after.
	return &scheme{
		across: clamp(linear(w, toW), w), down: taps(linear(h, toH), h),
		pre: 4, post: 16, finalRound: 2, finalShift: 2,
	}
}

// triangle returns the windows of a triangle filter. It reaches one target pixel to
// either side of a target pixel's centre, or one source pixel when enlarging. The
// weights of a window add up to 2^22, but for rounding.
func triangle(source span, target int) []window {
	scale := source.length / float64(target)
	reach := max(scale, 1)
	windows := make([]window, target)
	for t := range windows {
		center := source.from + float64((float64(t)+0.5)*scale)
		first := max(int(center-reach+0.5), 0)
		end := min(int(center+reach+0.5), source.pixels)
		tent := make([]float64, end-first)
		sum := 0.0
		for k := range tent {
			distance := (float64(first+k) - center + 0.5) / reach
			tent[k] = max(1-math.Abs(distance), 0)
			sum += tent[k]
		}
		weights := make([]int32, len(tent))
		for k, v := range tent {
			weights[k] = int32(0.5 + float64(v/sum*(1<<22)))
		}
		windows[t] = window{first, weights}
	}
	return windows
}

// linear returns windows of the two positions around a target pixel's centre, with
// weights of 11 bits. A position may lie outside the source by one.
func linear(source, target int) []window {
	scale := 1 / (float64(target) / float64(source))
	windows := make([]window, target)
	for t := range windows {
		center := float32(float64((float64(t)+0.5)*scale) - 0.5)
		first := math.Floor(float64(center))
		part := center - float32(first)
		windows[t] = window{int(first), []int32{bits11(1 - part), bits11(part)}}
	}
	return windows
}

func bits11(part float32) int32 { return int32(math.RoundToEven(float64(part * (1 << 11)))) }

// pairs returns the windows of an exact halving: two positions each, of weight 1.
func pairs(target int) []window {
	windows := make([]window, target)
	for t := range windows {
		windows[t] = window{2 * t, []int32{1, 1}}
	}
	return windows
}

// clamp reduces windows that reach over an edge of the source to the edge's pixel.
func clamp(windows []window, source int) []window {
	for i, w := range windows {
		if w.first < 0 || w.first >= source-1 {
			windows[i] = window{min(max(w.first, 0), source-1), []int32{1 << 11}}
		}
	}
	return windows
}

// taps returns the windows as a list sorted by source row. A row outside the source
// stands for the row at the edge, which can then have two taps in one target row;
// each is rounded on its own.
func taps(windows []window, source int) []tap {
	var list []tap
	for t, w := range windows {
		for k, weight := range w.weights {
			row := min(max(w.first+k, 0), source-1)
			list = append(list, tap{int32(row), int32(t), weight})
		}
	}
	slices.SortStableFunc(list, func(a, b tap) int { return cmp.Compare(a.source, b.source) })
	return list
}

// scaleRow applies the windows across to one row.
func (s *scheme) scaleRow(line []int32, row []byte, channels int) {
	switch channels {
	case 1:
		for t, w := range s.across {
			sum := s.round
			for k, weight := range w.weights {
				sum += weight * int32(row[w.first+k])
			}
			line[t] = sum >> s.shift
		}
	case 3:
		for t, w := range s.across {
			r, g, b := s.round, s.round, s.round
			p := row[3*w.first:][:3*len(w.weights)]
			for _, weight := range w.weights {
				r += weight * int32(p[0])
				g += weight * int32(p[1])
				b += weight * int32(p[2])
				p = p[3:]
			}
			line[3*t], line[3*t+1], line[3*t+2] = r>>s.shift, g>>s.shift, b>>s.shift
		}
	case 4:
		for t, w := range s.across {
			r, g, b, a := s.round, s.round, s.round, s.round
			p := row[4*w.first:][:4*len(w.weights)]
			for _, weight := range w.weights {
				r += weight * int32(p[0])
				g += weight * int32(p[1])
				b += weight * int32(p[2])
				a += weight * int32(p[3])
				p = p[4:]
			}
			line[4*t], line[4*t+1], line[4*t+2], line[4*t+3] = r>>s.shift, g>>s.shift, b>>s.shift, a>>s.shift
		}
	}
}

// add adds a scaled row's part to a target row.
func (s *scheme) add(sums, line []int32, weight int32) {
	for i, v := range line {
		sums[i] += weight * (v >> s.pre) >> s.post
	}
}
