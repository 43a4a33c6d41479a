package picture

import (
	"bytes"
	"testing"
)

// Colours of other spaces become what littleCMS makes of them (testdata/profiles.py), in
// every format that can have a profile and with any number of channels.
func TestProfiles(t *testing.T) {
	opaque := func(rgb ...[3]byte) (out [4][4]byte) {
		for i, c := range rgb {
			out[i] = [4]byte{c[0], c[1], c[2], 255}
		}
		return out
	}
	p3 := opaque([3]byte{217, 42, 0}, [3]byte{0, 183, 78}, [3]byte{7, 71, 229}, [3]byte{236, 199, 0})
	adobe := opaque([3]byte{231, 57, 21}, [3]byte{0, 181, 83}, [3]byte{0, 68, 225}, [3]byte{241, 201, 37})
	for name, want := range map[string][4][4]byte{
		"p3.jpg": p3, "p3.png": p3, "p3.webp": p3, "p3.tif": p3, "adobe.jpg": adobe,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := decode(readTestFile(t, name), MaxPixels)
			if err != nil {
				t.Fatal(err)
			}
			checkSquares(t, p, want, 3)
		})
	}
}

// A profile that can't be used changes nothing, whatever it contains.
func FuzzProfile(f *testing.F) {
	file, err := Open(readTestFile(f, "p3.jpg"), MaxPixels)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file.profile)
	f.Add(file.profile[:200])
	f.Fuzz(func(t *testing.T, profile []byte) {
		p, err := decode(readTestFile(t, "rgb.png"), MaxPixels)
		if err != nil {
			t.Fatal(err)
		}
		p.profile = bytes.Clone(profile)
		if got := p.Fit(Form{8, 3, Contain, Antialias, White}); len(got) != 3*8*8 {
			t.Errorf("%d bytes", len(got))
		}
	})
}
