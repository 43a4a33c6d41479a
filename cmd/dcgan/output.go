// Files that commands write where the user says.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan"
	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/picture"
)

// outputFlags are the flags that all commands which write files have.
type outputFlags struct{ force bool }

func (f *outputFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.force, "force", false, "replace files that exist")
}

// checkNew returns an error if a file is there already, unless it may be replaced. The path
// "" stands for no file, - for standard output.
func (f *outputFlags) checkNew(path string) error {
	if path == "" || path == "-" || f.force {
		return nil
	}
	if _, err := os.Lstat(path); err == nil {
		return config.Hint(fmt.Errorf("%s exists", path), "another name, or --force to replace it")
	}
	return nil
}

// checkEmpty returns an error if a folder holds anything, unless files in it may be replaced.
func (f *outputFlags) checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if f.force || errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if len(entries) > 0 {
		return config.Hint(fmt.Errorf("the folder %s is not empty", dir),
			"another folder, or --force to add to it, which replaces files of the same names")
	}
	return nil
}

// checkEnding returns a usage error for the file of a flag that does not end as its format does.
func checkEnding(flag, path, ending string) error {
	if path == "" || strings.EqualFold(filepath.Ext(path), ending) {
		return nil
	}
	return usagef("such as "+strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))+ending,
		"--%s %q does not end in %s", flag, path, ending)
}

// freeFile returns the first of name.ext, name-2.ext, name-3.ext, ... such that none of the
// files with the endings exists.
func freeFile(name string, endings ...string) string {
	taken := func(name string) bool {
		for _, ending := range endings {
			if _, err := os.Lstat(name + ending); err == nil {
				return true
			}
		}
		return false
	}
	free := name
	for i := 2; taken(free); i++ {
		free = fmt.Sprintf("%s-%d", name, i)
	}
	return free + endings[0]
}

// isFile reports whether there is a file with just that content.
func isFile(path string, content []byte) bool {
	old, err := os.ReadFile(path)
	return err == nil && bytes.Equal(old, content)
}

// encoder writes a picture into a file of one kind.
type encoder func(w io.Writer, img image.Image) error

// The kinds of picture files, and the endings of those that commands name themselves.
var (
	encoders = map[string]encoder{"png": picture.WritePNG, "jpeg": picture.WriteJPEG}
	fileEnds = map[string]string{"png": "png", "jpeg": "jpg"}
)

// encoderOf returns what writes the file at path, by its ending; standard output, -, is of
// the kind format.
func encoderOf(path, format string) (encoder, error) {
	const hint = "pictures are written as .png, .jpg or .jpeg"
	kind := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	if kind == "jpg" {
		kind = "jpeg"
	}
	if path == "-" {
		if kind = format; encoders[kind] == nil {
			return nil, usagef("png or jpeg", "--format %q is not possible", format)
		}
	}
	if encoders[kind] == nil {
		return nil, usagef(hint, "%q does not end as a picture does", path)
	}
	return encoders[kind], nil
}

// writePicture writes a picture into the file at path or, if that is -, to stdout.
func writePicture(path, format string, img image.Image, stdout io.Writer) error {
	encode, err := encoderOf(path, format)
	if err != nil {
		return err
	}
	if path == "-" {
		return encode(stdout, img)
	}
	return atomicfile.Write(path, 0o666, func(w io.Writer) error { return encode(w, img) })
}

// enlargeFlags say how pictures are enlarged.
type enlargeFlags struct {
	scale    int
	resample string
}

func (f *enlargeFlags) add(cmd *cobra.Command, scale int) {
	cmd.Flags().IntVar(&f.scale, "scale", scale, "enlarge pictures by this `factor`")
	cmd.Flags().StringVar(&f.resample, "resample", dcgan.Lanczos,
		"enlarge `by`: lanczos, smooth, or nearest, each pixel a square")
}

func (f *enlargeFlags) check() error {
	switch {
	case f.scale < 1 || f.scale > mostScale:
		return usagef(fmt.Sprintf("from 1 to %d", mostScale), "--scale %d is not possible", f.scale)
	case f.resample != dcgan.Lanczos && f.resample != dcgan.Nearest:
		return usagef("lanczos or nearest", "--resample %q is not possible", f.resample)
	}
	return nil
}

// enlarged returns images enlarged.
func (f *enlargeFlags) enlarged(images iter.Seq2[image.Image, error]) iter.Seq2[image.Image, error] {
	return func(yield func(image.Image, error) bool) {
		for img, err := range images {
			if err == nil {
				img = dcgan.Scale(img, f.scale, f.resample)
			}
			if !yield(img, err) {
				return
			}
		}
	}
}
