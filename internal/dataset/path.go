package dataset

// File names as text. A name may contain any bytes; as text it must be one field of
// a line, and the name must be recoverable from it.

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Path is a file's path in its folder or archive, with slashes. In JSON and TSV it
// is written with backslash escapes: \\ is a backslash, \n, \r and \t are those
// characters, and \xHH is the byte HH of another control character or of invalid
// UTF-8. Everything else stands for itself. In a shell, printf %b decodes it; in
// Python, codecs.escape_decode does.
type Path string

// MarshalText is String, for JSON.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// String returns the path with escapes.
func (p Path) String() string {
	var b strings.Builder
	for rest := string(p); rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError && n == 1, unicode.IsControl(r):
			for i := range n {
				fmt.Fprintf(&b, `\x%02x`, rest[i])
			}
		default:
			b.WriteString(rest[:n])
		}
		rest = rest[n:]
	}
	return b.String()
}

// UnmarshalText reads what MarshalText wrote.
func (p *Path) UnmarshalText(text []byte) error {
	var b strings.Builder
	for rest := string(text); rest != ""; {
		if rest[0] != '\\' {
			b.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		one := map[byte]byte{'\\': '\\', 'n': '\n', 'r': '\r', 't': '\t'}
		switch {
		case len(rest) >= 2 && one[rest[1]] != 0:
			b.WriteByte(one[rest[1]])
			rest = rest[2:]
		case len(rest) >= 4 && rest[1] == 'x':
			v, err := strconv.ParseUint(rest[2:4], 16, 8)
			if err != nil {
				return fmt.Errorf("path %q: not an escape: %q", text, rest[:4])
			}
			b.WriteByte(byte(v))
			rest = rest[4:]
		default:
			return fmt.Errorf("path %q: not an escape: %q", text, rest)
		}
	}
	*p = Path(b.String())
	return nil
}
