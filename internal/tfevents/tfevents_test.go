package tfevents

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The bytes of Scalars(3, {"d_x", 0.5}) at Unix time 1.5e9, put together by hand
// from the format and event.proto; the checksums are of a bit-by-bit CRC-32C.
func TestRecordBytes(t *testing.T) {
	const want = "1900000000000000" + "8bf10828" + // 25 bytes of data; checksum
		"09" + "000000c00b5ad641" + // Event.wall_time = 0x41d65a0bc0000000
		"10" + "03" + // Event.step
		"2a" + "0c" + // Event.summary
		"0a" + "0a" + // Summary.value
		"0a" + "03" + "645f78" + // Value.tag
		"15" + "0000003f" + // Value.simple_value
		"86fb0b22" // checksum

	w := mustCreate(t, t.TempDir(), 0)
	head := fileSize(t, w)
	check(t, w.Scalars(3, []Scalar{{"d_x", 0.5}}))
	check(t, w.Close())
	data, err := os.ReadFile(w.file.Name())
	check(t, err)
	if got := hex.EncodeToString(data[head:]); got != want {
		t.Errorf("record\n got %s\nwant %s", got, want)
	}
}

// 0xe3069283 is the CRC-32C of "123456789" in the catalogue of CRC algorithms;
// rotated right by 15 it is 0x2507c60d, plus 0xa282ead8 is 0xc78ab0e5.
func TestMaskedCRC(t *testing.T) {
	if got := maskedCRC([]byte("123456789")); got != 0xc78ab0e5 {
		t.Errorf("got %#x", got)
	}
}

// Field numbers in the paths below are written out, as an oracle for the
// constants of the package.
func TestEvents(t *testing.T) {
	png := bytes.Repeat([]byte{0x89, 0}, 100_000) // larger than the buffer
	w := mustCreate(t, t.TempDir(), 21)
	check(t, w.Scalars(22, []Scalar{{"d_x", 0.25}, {"d_gz", float32(math.NaN())}}))
	check(t, w.Image(22, "samples", png, 520, 260, 3))
	check(t, w.Text(23, "settings", "**a**\xff"))
	check(t, w.Graph([]Node{
		{Name: "z", Op: "Placeholder", Shape: []int{-1, 64}},
		{Name: "generator/tanh", Op: "Tanh", Inputs: []string{"z", "w"}},
	}))
	check(t, w.Close())
	events, rest := readRecords(t, w.file.Name())
	if len(events) != 6 || rest != 0 {
		t.Fatalf("%d events and %d bytes more, want 6 and 0", len(events), rest)
	}

	for _, tt := range []struct {
		name  string
		event int
		path  []int
		want  []any
	}{
		{"version", 0, []int{3}, []any{"brain.Event:2"}},
		{"version's step", 0, []int{2}, []any{uint64(0)}},
		{"start", 1, []int{7, 1}, []any{uint64(1)}},
		{"start's step", 1, []int{2}, []any{uint64(21)}},
		{"wall time", 2, []int{1}, []any{uint64(0x41d65a0bc0000000)}},
		{"scalars' step", 2, []int{2}, []any{uint64(22)}},
		{"scalars' tags", 2, []int{5, 1, 1}, []any{"d_x", "d_gz"}},
		{"scalars", 2, []int{5, 1, 2}, []any{uint32(0x3e800000), uint32(0x7fc00000)}},
		{"image's tag", 3, []int{5, 1, 1}, []any{"samples"}},
		{"height", 3, []int{5, 1, 4, 1}, []any{uint64(260)}},
		{"width", 3, []int{5, 1, 4, 2}, []any{uint64(520)}},
		{"channels", 3, []int{5, 1, 4, 3}, []any{uint64(3)}},
		{"png", 3, []int{5, 1, 4, 4}, []any{string(png)}},
		{"text's tag", 4, []int{5, 1, 1}, []any{"settings"}},
		{"text's plugin", 4, []int{5, 1, 9, 1, 1}, []any{"text"}},
		{"text's type", 4, []int{5, 1, 8, 1}, []any{uint64(7)}},
		{"text, made UTF-8", 4, []int{5, 1, 8, 8}, []any{"**a**\uFFFD"}},
		{"graph's step", 5, []int{2}, []any{uint64(0)}},
		{"node names", 5, []int{4, 1, 1}, []any{"z", "generator/tanh"}},
		{"node operations", 5, []int{4, 1, 2}, []any{"Placeholder", "Tanh"}},
		{"node inputs", 5, []int{4, 1, 3}, []any{"z", "w"}},
		{"attributes", 5, []int{4, 1, 5, 1}, []any{"_output_shapes", "_output_shapes"}},
		{"shapes", 5, []int{4, 1, 5, 2, 1, 7, 2, 1}, []any{uint64(math.MaxUint64), uint64(64)}},
	} {
		if diff := cmp.Diff(tt.want, dig(t, events[tt.event], tt.path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A file cut at any byte gives all events before the cut.
func TestTornFile(t *testing.T) {
	w := mustCreate(t, t.TempDir(), 0)
	ends := []int64{fileSize(t, w)}
	for step := range int64(3) {
		check(t, w.Scalars(step, []Scalar{{"d_x", 1}}))
		check(t, w.Flush())
		ends = append(ends, fileSize(t, w))
	}
	check(t, w.Close())
	for size := ends[3]; size >= ends[0]; size-- {
		check(t, os.Truncate(w.file.Name(), size))
		want := 2 // version and session start
		for _, end := range ends[1:] {
			if end <= size {
				want++
			}
		}
		if events, _ := readRecords(t, w.file.Name()); len(events) != want {
			t.Errorf("cut to %d bytes: %d events, want %d", size, len(events), want)
		}
	}
}

// The names of files sort in the order of their creation, whatever the clock says.
func TestFileNames(t *testing.T) {
	dir := t.TempDir()
	form := regexp.MustCompile(`^events\.out\.tfevents\.\d{10}\.[-.\w]+\.\d+$`)
	previous := ""
	for _, seconds := range []int64{1_500_000_000, 1_500_000_000, 1_400_000_000, 1_600_000_000} {
		w, err := create(dir, 0, func() time.Time { return time.Unix(seconds, 0) })
		check(t, err)
		check(t, w.Close())
		name := filepath.Base(w.file.Name())
		if !form.MatchString(name) || name <= previous {
			t.Errorf("%s after %q", name, previous)
		}
		previous = name
	}
	if !strings.HasPrefix(previous, "events.out.tfevents.1600000000.") {
		t.Errorf("the last name is %s, want its own time in it", previous)
	}
}

func TestCleanHost(t *testing.T) {
	for host, want := range map[string]string{
		"":               "localhost",
		"node-7.example": "node-7.example",
		`a/b\c:d e`:      "a_b_c_d_e",
		"büro":           "b_ro",
	} {
		if got := cleanHost(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := Create(missing, 0); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("folder that does not exist: %v", err)
	}
	w := mustCreate(t, t.TempDir(), 0)
	check(t, w.file.Close()) // as a full disk: every write fails
	check(t, w.Scalars(1, []Scalar{{"d_x", 1}}))
	if w.Flush() == nil || w.Scalars(2, nil) == nil || w.Close() == nil {
		t.Error("a failed write was forgotten")
	}
}

func TestScalarsDoNotAllocate(t *testing.T) {
	w := mustCreate(t, t.TempDir(), 0)
	defer w.Close()
	values := scalarsAt(1, 0)
	// The average is rounded down: now and then the frame of a record does not fit
	// what is left of the output buffer.
	if n := testing.AllocsPerRun(5000, func() { w.Scalars(7, values) }); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}

// mustCreate makes a writer whose clock stands at Unix time 1.5e9.
func mustCreate(t *testing.T, dir string, startStep int64) *Writer {
	t.Helper()
	w, err := create(dir, startStep, func() time.Time { return time.Unix(1_500_000_000, 0) })
	check(t, err)
	return w
}

func fileSize(t *testing.T, w *Writer) int64 {
	t.Helper()
	info, err := os.Stat(w.file.Name())
	check(t, err)
	return info.Size()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// readRecords returns the data of the complete records of a file and the number
// of bytes after them.
func readRecords(t *testing.T, path string) (records [][]byte, rest int) {
	t.Helper()
	file, err := os.ReadFile(path)
	check(t, err)
	for len(file) >= 12 {
		size := binary.LittleEndian.Uint64(file)
		if uint64(len(file)) < 16+size {
			break
		}
		data, end := file[12:12+size], file[12+size:]
		if binary.LittleEndian.Uint32(file[8:]) != slowMaskedCRC(file[:8]) ||
			binary.LittleEndian.Uint32(end) != slowMaskedCRC(data) {
			t.Fatalf("record %d: wrong checksum", len(records))
		}
		records = append(records, data)
		file = end[4:]
	}
	return records, len(file)
}

// slowMaskedCRC is CRC-32C bit by bit (RFC 3720, polynomial reversed), masked.
func slowMaskedCRC(data []byte) uint32 {
	crc := ^uint32(0)
	for _, b := range data {
		crc ^= uint32(b)
		for range 8 {
			crc = crc>>1 ^ crc&1*0x82f63b78
		}
	}
	crc = ^crc
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// dig returns the values at a path of field numbers in a protocol-buffer message,
// in their order: uint64 of a varint or fixed64, uint32 of a fixed32, string of
// bytes.
func dig(t *testing.T, message []byte, path []int) []any {
	t.Helper()
	var values []any
	for len(message) > 0 {
		key, n := binary.Uvarint(message)
		message = message[n:]
		var value any
		switch key & 7 {
		case 0:
			v, n := binary.Uvarint(message)
			value, message = v, message[n:]
		case 1:
			value, message = binary.LittleEndian.Uint64(message), message[8:]
		case 2:
			size, n := binary.Uvarint(message)
			value, message = string(message[n:n+int(size)]), message[n+int(size):]
		case 5:
			value, message = binary.LittleEndian.Uint32(message), message[4:]
		default:
			t.Fatalf("wire type %d", key&7)
		}
		switch {
		case int(key>>3) != path[0]:
		case len(path) == 1:
			values = append(values, value)
		default:
			values = append(values, dig(t, []byte(value.(string)), path[1:])...)
		}
	}
	return values
}
