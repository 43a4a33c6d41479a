package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The content says what is a picture, whatever the name. Every file is used, skipped or
// counted, in a folder as in an archive, in memory as through the cache.
func TestEveryFileIsAccountedFor(t *testing.T) {
	picture, cut := grey(t, 9, 8, 8), grey(t, 9, 8, 8)[:40]
	files := tree{
		"a.jpe": picture, "b.jpg.1": picture, "c.png?w=500": picture, "d": picture, "e.txt": picture,
		"f.dat": cut, "g.jxl": []byte("\x00\x00\x00\x0cJXL \r\n\x87\n...."), "h.dng": []byte("II*\x00\x08\x00\x00\x00"),
		"i.svg": []byte("<?xml version='1.0'?>\n<svg/>"), "j.jpg": []byte("\x00\x00\x00\x14ftypqt  "),
		"k.MOV": []byte("\x00\x00\x00\x14ftypqt  "), "l.mov": []byte("\x00\x00\x00\x14ftypqt  "),
		"m.csv": []byte("a,b"), "n": nil, "labels-idx1-ubyte": nil, "sub/.o": nil, ".git/p": nil, "__MACOSX/q.png": nil,
		"r.png": []byte("P3 is no picture"),
	}
	for name, place := range map[string]string{
		"folder": files.folder(t), "zip": write(t, "x.zip", files.zip(t)), "tar": write(t, "x.tar", files.tar(t)),
	} {
		for _, opt := range []Options{small, cached(t)} {
			s := open(t, place, opt)
			r, err := s.Report()
			if err != nil {
				t.Fatal(err)
			}
			var skipped []string
			for _, k := range r.Skipped {
				skipped = append(skipped, string(k.Path))
			}
			if want := []string{"f.dat", "g.jxl", "h.dng", "i.svg", "j.jpg", "r.png"}; !slices.Equal(skipped, want) {
				t.Errorf("%s: skipped %v, want %v", name, skipped, want)
			}
			var passed []string
			all := r.Used + len(r.Skipped)
			for _, k := range r.NotTaken {
				passed = append(passed, fmt.Sprint(k.Count, " ", k.Kind))
				all += k.Count
			}
			if got := strings.Join(passed, ", "); got != "3 hidden, 2 .mov, 1 .csv, 1 labels, 1 without extension" {
				t.Errorf("%s: not taken %s", name, got)
			}
			if r.Used != 5 || r.Usable != 5 || all != r.Files || r.Files != len(files) {
				t.Errorf("%s: %d used, %d usable, %d in all of %d", name, r.Used, r.Usable, all, r.Files)
			}
			s.Close()
		}
	}
	opt := small
	opt.Strict = true
	if _, err := Open(files.folder(t), opt); !errors.Is(err, ErrSkipped) || !strings.Contains(err.Error(), "f.dat") {
		t.Errorf("strict: %v", err)
	}
}
