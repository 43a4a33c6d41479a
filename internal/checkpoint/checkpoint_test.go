package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
	"dcgan/internal/tensorfile"
)

// tiny is a snapshot of about 9 KB with numbers everywhere, at size 8.
func tiny(t testing.TB, width int) *Snapshot {
	t.Helper()
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	c.Size, c.Channels, c.NZ, c.NGF, c.NDF = 8, 1, 2, width, width
	c.Data = "pictures/\"crc32c\":\"\u00e4<&>.zip" // hostile to whoever searches the header as text
	m := gan.NewModel(c)
	state := m.Init(1).Copy()
	for _, n := range m.Tensors(true) {
		x := tensor.New(n.Shape...)
		src := random.New(uint64(crc32.ChecksumIEEE([]byte(n.Name))), random.Init, 0)
		for i := range x.Data {
			x.Data[i] = src.Normal()
		}
		state.Tensors[n.Name] = gan.Tensor{Kind: n.Kind, Tensor: x}
	}
	state.UpdatesD, state.UpdatesG = 500, 2500
	return &Snapshot{Step: 500, Seconds: 1234.5678, Config: c, Data: "5fd1c0de", State: state}
}

func encode(t testing.TB, s *Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decode is load from memory.
func decode(file []byte) (*Snapshot, error) {
	c, err := tensorfile.DecodeSafetensors(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	return snapshotOf(c)
}

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "checkpoints")
	calibrated := tiny(t, 4)
	fresh := tiny(t, 1)
	fresh.Step, fresh.Seconds, fresh.Data = 123_456_789, 0, ""
	fresh.State = gan.NewModel(fresh.Config).Init(7).Copy() // as before the first calibration
	weights := tiny(t, 4)
	weights.State = weights.State.Weights()
	for _, s := range []*Snapshot{calibrated, fresh, weights} {
		path, err := Save(dir, s)
		if err != nil {
			t.Fatal(err)
		}
		kind := ""
		if s == weights {
			kind = ".weights"
		}
		if want := filepath.Join(dir, fmt.Sprintf("step-%08d%s.safetensors", s.Step, kind)); path != want {
			t.Errorf("saved as %s, want %s", path, want)
		}
		got, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s, got); d != "" {
			t.Error(d)
		}
		again := encode(t, got)
		if file, err := os.ReadFile(path); err != nil || !bytes.Equal(file, again) {
			t.Errorf("what was loaded gives another file (%v)", err)
		}
	}
}

// Every bit of a number survives: NaN with its payload, -0, subnormals.
func TestBits(t *testing.T) {
	s := tiny(t, 1)
	x := s.State.Tensors["discriminator.conv1.weight"].Data
	bits := []uint32{0x7fc0beef, 0xff800000, 0x80000000, 1, 0x7f7fffff}
	for i, b := range bits {
		x[i] = math.Float32frombits(b)
	}
	got, err := decode(encode(t, s))
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range bits {
		if g := math.Float32bits(got.State.Tensors["discriminator.conv1.weight"].Data[i]); g != b {
			t.Errorf("%08x has become %08x", b, g)
		}
	}
}

// The data begin at a multiple of 8 bytes, whatever the header's length.
func TestAlignment(t *testing.T) {
	s := tiny(t, 1)
	var numbers int
	for _, x := range s.State.Tensors {
		numbers += len(x.Data)
	}
	for range 8 {
		s.Data += "x"
		if start := len(encode(t, s)) - 4*numbers; start%8 != 0 {
			t.Errorf("the data begin at byte %d", start)
		}
	}
}

func TestEveryPrefixIsCorrupt(t *testing.T) {
	file := encode(t, tiny(t, 1))
	for n := range file {
		if _, err := decode(file[:n]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("the first %d of %d bytes give %v", n, len(file), err)
		}
	}
	if _, err := decode(append(file, 0)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a byte more gives %v", err)
	}
}

// A flipped bit anywhere is found. Bit 5 is the one between upper and lower case,
// which a reader of JSON keys or of hexadecimal digits may ignore; the checksum's
// own digits, which it does not cover, are tried with every bit.
func TestEveryFlippedByteIsCorrupt(t *testing.T) {
	file := encode(t, tiny(t, 1))
	try := func(place []byte, bit int) {
		place[0] ^= 1 << bit
		if _, err := decode(file); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d of %d, now %q, gives %v", cap(file)-cap(place), len(file), place[0], err)
		}
		place[0] ^= 1 << bit
	}
	for i := range file {
		try(file[i:], 5)
	}
	digits := checksumOf(file)
	for i := range digits {
		for bit := range 8 {
			try(digits[i:], bit)
		}
	}
}

// checksumOf returns the eight digits of the checksum in an encoded checkpoint, nil if
// it has none.
func checksumOf(file []byte) []byte {
	const key = `"crc32c":"`
	i := bytes.Index(file, []byte(key))
	if i < 0 || len(file) < i+len(key)+8 {
		return nil
	}
	return file[i+len(key):][:8]
}

// seal gives a changed file the checksum that belongs to it.
func seal(file []byte) []byte {
	digits := checksumOf(file)
	copy(digits, "00000000")
	copy(digits, fmt.Sprintf("%08x", crc32.Checksum(file, crc32.MakeTable(crc32.Castagnoli))))
	return file
}

// Files whose checksum is right and whose content is not.
func TestSealed(t *testing.T) {
	for _, c := range []struct {
		name, old, new string // replaced in the file; of one length
		corrupt        bool
		want           string // within the error
	}{
		{"unchanged", "", "", false, ""},
		{"later version", `"format_version":"1"`, `"format_version":"2"`, false, "version 2"},
		{"another program's file", `"format":"dcgan"`, `"format":"vqgan"`, true, "not a checkpoint's"},
		{"unknown setting", `label_smoothing`, `label_smoothinx`, false, "label_smoothinx"},
		{"impossible setting", `\"size\": 8,`, `\"size\": 9,`, false, "size 9 is not possible"},
		{"settings of another model", `\"nz\": 2,`, `\"nz\": 3,`, true, "adam_m.generator.deconv1.weight"},
		{"content of another kind", `"content":"full"`, `"content":"weig"`, true, `not those of content "weig"`},
		{"a file from before there were kinds", `"content":"full"`, `"kontent":"full"`, false, ""},
		{"unknown tensor", `"adam_m.generator.bn1.bias"`, `"adam_x.generator.bn1.bias"`, true,
			"adam_m.generator.bn1.bias is missing"},
		{"step is no number", `"step":"500"`, `"step":"5x0"`, true, `step is "5x0"`},
		{"negative count", `"updates_d":"500"`, `"updates_d":"-50"`, true, `updates_d is "-50"`},
		{"time is no number", `"time_s":"1234.5678"`, `"time_s":"a while.."`, true, `time_s is "a while.."`},
	} {
		file := encode(t, tiny(t, 1))
		if len(c.old) != len(c.new) || bytes.Count(file, []byte(c.old)) == 0 {
			t.Fatalf("%s: the replacement does not fit", c.name)
		}
		_, err := decode(seal(bytes.Replace(file, []byte(c.old), []byte(c.new), 1)))
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrCorrupt) != c.corrupt {
			t.Errorf("%s: error %v, want one with %q, ErrCorrupt %v", c.name, err, c.want, c.corrupt)
		}
	}
}

// An error says which file is damaged and where, and a hint says what to do.
func TestErrorText(t *testing.T) {
	dir := t.TempDir()
	path, err := Save(dir, tiny(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	file, _ := os.ReadFile(path)
	os.WriteFile(path, file[:len(file)-1], 0o644)
	_, err = Load(path)
	size := fmt.Sprintf("a file of %d bytes", len(file)-1)
	for _, want := range []string{"read checkpoint " + path + ": damaged", "header at byte 8", size} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if config.HintOf(err) == "" || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q has no hint, or several lines", err)
	}
	gone := filepath.Join(dir, "gone.safetensors")
	if _, err := Load(gone); !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), gone) != 1 {
		t.Errorf("a missing file gives %v", err)
	}
	if _, err := Load(dir); err == nil || errors.Is(err, ErrCorrupt) {
		t.Errorf("a folder gives %v", err)
	}
}

// An incomplete state is refused when it is saved, not only when it is loaded.
func TestSaveRefusesHalfAState(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "checkpoints")
	s := tiny(t, 1)
	delete(s.State.Tensors, "adam_v.generator.logits.bias")
	if path, err := Save(dir, s); err == nil || path != "" {
		t.Errorf("saved as %q", path)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made all the same (%v)", err)
	}
}

// After an error there is neither a new file nor a temporary one.
func TestSaveFails(t *testing.T) {
	dir := t.TempDir()
	s := tiny(t, 1)
	if err := os.MkdirAll(filepath.Join(dir, Name(s.Step), "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path, err := Save(dir, s); err == nil || path != "" {
		t.Errorf("saved as %q over a folder", path)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSize(t *testing.T) {
	s := tiny(t, 4)
	weights := *s
	weights.State = s.State.Weights()
	for _, s := range []*Snapshot{s, &weights} {
		got, file := Size(gan.NewModel(s.Config), s.State.Full()), int64(len(encode(t, s)))
		if got < file || got > file+4<<10 {
			t.Errorf("size %d, the file has %d bytes", got, file)
		}
	}
}

// Whatever the bytes of a file with the right checksum, decode does not panic, and
// what it returns is the state of the settings' model.
func FuzzDecode(f *testing.F) {
	f.Add(encode(f, tiny(f, 1)))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := decode(seal(slices.Clone(file)))
		if err != nil {
			return
		}
		if err := gan.NewModel(s.Config).Check(s.State); err != nil {
			t.Error(err)
		}
	})
}
