package picture

// The codes of fax machines, which TIFF uses for pictures of one bit (ITU-T T.4 and
// T.6): Group 3 in one and two dimensions, Group 4, and Group 3 without its ends of
// lines. golang.org/x/image/ccitt lacks the two-dimensional Group 3 and stops at the
// first slip of a writer.

import (
	"errors"
	"strings"
	"sync"
)

// The codes of runs of 0 to 63 pixels, then of 64, 128, ... 1728 pixels (T.4, tables 2
// and 3a).
const (
	whiteRuns = "00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 " +
		"101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 " +
		"00000010 00000011 00011010 00011011 00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 " +
		"00101010 00101011 00101100 00101101 00000100 00000101 00001010 00001011 01010010 01010011 01010100 01010101 " +
		"00100100 00100101 01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 00110100 11011 " +
		"10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 " +
		"011010011 011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 " +
		"010011001 010011010 011000 010011011"
	blackRuns = "0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 " +
		"000011000 0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 " +
		"00000010111 00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 000001101001 " +
		"000001101010 000001101011 000011010010 000011010011 000011010100 000011010101 000011010110 000011010111 " +
		"000001101100 000001101101 000011011010 000011011011 000001010100 000001010101 000001010110 000001010111 " +
		"000001100100 000001100101 000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 " +
		"000000101000 000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111 " +
		"0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 " +
		"0000001101101 0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 " +
		"0000001110100 0000001110101 0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 " +
		"0000001010101 0000001011010 0000001011011 0000001100100 0000001100101"
	// Runs of 1792, 1856, ... 2560 pixels of either colour (table 3b).
	longRuns = "00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 " +
		"000000010111 000000011100 000000011101 000000011110 000000011111"
)

// The modes of two-dimensional rows (T.4, table 4). vertical + n is a changing element
// n pixels to the right of the one above.
const (
	pass = iota
	horizontal
	vertical = 10
)

// modes are the codes of the modes: pass, horizontal, then vertical -3 to 3.
const modes = "0001 001 0000010 000010 010 1 011 000011 0000011"

// longestCode is the length in bits of the longest code.
const longestCode = 13

// prefixes is a set of codes by the next longestCode bits: value and length of the code
// that they begin with. Length 0 stands for no code.
type prefixes [1 << longestCode]struct{ value, length int16 }

// add adds a code of zeros and ones.
func (p *prefixes) add(bits string, value int) {
	first := 0
	for _, b := range bits {
		first = first<<1 | int(b-'0')
	}
	rest := longestCode - len(bits)
	for i := range 1 << rest {
		p[first<<rest+i].value, p[first<<rest+i].length = int16(value), int16(len(bits))
	}
}

// faxCodes returns the codes of white runs, of black runs and of modes.
var faxCodes = sync.OnceValue(func() (all [3]*prefixes) {
	for i, text := range []string{whiteRuns, blackRuns} {
		all[i] = new(prefixes)
		for n, c := range strings.Fields(text + " " + longRuns) {
			if n > 63 {
				n = 64 * (n - 63)
			}
			all[i].add(c, n)
		}
	}
	all[2] = new(prefixes)
	for n, c := range strings.Fields(modes) {
		if n > horizontal {
			n += vertical - 5
		}
		all[2].add(c, n)
	}
	return all
})

var (
	errFax    = errors.New("invalid fax code")
	errFaxEnd = errors.New("end of the fax")
)

// fax decodes rows of width pixels.
type fax struct {
	data  []byte
	at    int // the next bit
	width int
	codes [3]*prefixes
	from  int   // the changes in the row above before this one are left of where the row is
	above []int // the columns where the colour changes in the row above, from white on
	row   []int // the same of the current row
}

// faxKind is how rows are coded.
type faxKind struct {
	two     bool // all rows in two dimensions: Group 4
	mixed   bool // a bit after each end of line says in how many dimensions: Group 3
	aligned bool // each row begins with a byte
}

// decodeFax returns height rows of one bit a pixel, white 0, each from a new byte on.
func decodeFax(data []byte, kind faxKind, width, height int) ([]byte, error) {
	f := &fax{data: data, width: width, codes: faxCodes()}
	stride := (width + 7) / 8
	out := make([]byte, stride*height)
	for y := range height {
		two := kind.two
		if kind.aligned {
			f.at = (f.at + 7) / 8 * 8
		}
		if !kind.two {
			ended := f.skipEndOfLine()
			if kind.mixed && ended {
				two = f.bit() == 0
			}
		}
		f.row, f.from = f.row[:0], 0
		var err error
		if two {
			err = f.readTwo()
		} else {
			err = f.readOne(0, false, width)
		}
		if err != nil {
			return nil, err
		}
		f.paint(out[y*stride:])
		f.above, f.row = f.row, f.above
	}
	return out, nil
}

// peek returns the next n bits; past the end they are 0.
func (f *fax) peek(n int) (v uint32) {
	for i := f.at; i < f.at+n; i++ {
		v <<= 1
		if i>>3 < len(f.data) {
			v |= uint32(f.data[i>>3]>>(7-i&7)) & 1
		}
	}
	return v
}

func (f *fax) bit() uint32 {
	b := f.peek(1)
	f.at++
	return b
}

// skipEndOfLine skips an end of line, eleven zeros or more and a one, if one is next.
func (f *fax) skipEndOfLine() bool {
	if f.peek(11) != 0 {
		return false
	}
	at := f.at + 11
	for ; at>>3 < len(f.data); at++ {
		if f.data[at>>3]>>(7-at&7)&1 == 1 {
			f.at = at + 1
			return true
		}
	}
	return false
}

// next decodes the next code of a set.
func (f *fax) next(set *prefixes) (int, error) {
	c := set[f.peek(longestCode)]
	switch f.at += int(c.length); {
	case c.length == 0:
		return 0, errFax
	case f.at > 8*len(f.data)+longestCode:
		return 0, errFaxEnd
	}
	return int(c.value), nil
}

// run decodes the length of a run: any number of codes of 64 pixels or more, and one of
// fewer.
func (f *fax) run(black bool) (int, error) {
	set := f.codes[0]
	if black {
		set = f.codes[1]
	}
	length := 0
	for {
		n, err := f.next(set)
		length += n
		if err != nil || n < 64 || length > f.width {
			return length, err
		}
	}
}

// readOne decodes runs from column x on until column end, or two of them if end is 0.
func (f *fax) readOne(x int, black bool, end int) error {
	for n := 0; end > 0 && x < end || end == 0 && n < 2; n++ {
		length, err := f.run(black)
		if err != nil {
			return err
		}
		x = min(x+length, f.width)
		f.row = append(f.row, x)
		black = !black
	}
	return nil
}

// readTwo decodes a row in two dimensions (T.4, 4.2.1.3).
func (f *fax) readTwo() error {
	x, first := 0, true // the column of a0, which is before the row at first
	black := false
	for x < f.width {
		mode, err := f.next(f.codes[2])
		if err != nil {
			return err
		}
		b1, b2 := f.changes(x, first, black)
		switch mode {
		case pass:
			x = b2
		case horizontal:
			if err := f.readOne(x, black, 0); err != nil {
				return err
			}
			x = f.row[len(f.row)-1]
		default:
			x = min(max(b1+mode-vertical, x), f.width)
			f.row = append(f.row, x)
			black = !black
		}
		first = false
	}
	return nil
}

// changes returns the first column right of x where the row above changes to the other
// colour than that of x, and the next change after it.
func (f *fax) changes(x int, first, black bool) (b1, b2 int) {
	column := func(i int) int {
		if i < len(f.above) {
			return f.above[i]
		}
		return f.width
	}
	for f.from < len(f.above) && f.above[f.from] <= x && !(first && f.above[f.from] == 0) {
		f.from++
	}
	i := f.from
	if (i%2 == 1) != black { // that one changes to the colour that x has
		i++
	}
	return column(i), column(i + 1)
}

// paint sets the black pixels of the current row.
func (f *fax) paint(out []byte) {
	for i := 0; i < len(f.row); i += 2 {
		end := f.width
		if i+1 < len(f.row) {
			end = f.row[i+1]
		}
		for x := f.row[i]; x < end; x++ {
			out[x/8] |= 0x80 >> (x % 8)
		}
	}
}
