package picture

// Files that are no pictures that can be read, but of a kind that can be named.

import (
	"bytes"
	"strings"
)

// Kind is a kind of file that this package does not read.
type Kind struct {
	Name    string // "video", "JPEG XL", ...
	Advice  string // what makes pictures that can be read of it, or ""
	Picture bool   // whether it is a picture
}

// String returns the kind with the advice.
func (k Kind) String() string {
	if k.Advice == "" {
		return k.Name
	}
	return k.Name + "; " + k.Advice
}

// pattern is how files of a kind begin, from an offset on.
type pattern struct {
	at    int
	bytes string // '?' stands for any byte
	kind  *Kind
}

var (
	video = &Kind{"video", "ffmpeg -i FILE -vf fps=1 FRAME-%05d.png takes its frames out", false}
	raw   = &Kind{"camera RAW", "a RAW converter such as darktable-cli makes a picture of it", true}
	svg   = &Kind{"SVG drawing", "rsvg-convert makes a picture of it", true}
	jxl   = &Kind{"JPEG XL", "djxl makes a PNG of it", true}
	jp2   = &Kind{"JPEG 2000", "opj_decompress makes a PNG of it", true}
	magic = func(name string) *Kind { return &Kind{name, "magick FILE OUT.png makes a PNG of it", true} }
)

var patterns = []pattern{
	{0, "\xff\x0a", jxl}, {0, "\x00\x00\x00\x0cJXL \r\n\x87\n", jxl},
	{0, "\x00\x00\x00\x0cjP  \r\n\x87\n", jp2}, {0, "\xff\x4f\xff\x51", jp2},
	{0, "8BPS", magic("Photoshop document")}, {0, "gimp xcf", magic("GIMP document")},
	{0, "\x76\x2f\x31\x01", magic("OpenEXR")}, {0, "#?RADIANCE", magic("Radiance HDR")},
	{0, "DDS |", magic("DDS texture")}, {0, "qoif", magic("QOI")}, {0, "SIMPLE  =", magic("FITS")},
	{0, "BPG\xfb", magic("BPG")}, {0, "II\xbc", magic("JPEG XR")}, {0, "\x0a\x05\x01\x08", magic("PCX")},
	{0, "FUJIFILMCCD-RAW", raw}, {0, "IIRO", raw}, {0, "IIRS", raw}, {0, "MMOR", raw}, {0, "IIU\x00", raw},
	{0, "FOVb", raw}, {0, "II\x1a\x00\x00\x00HEAPCCDR", raw}, {4, "ftypcrx ", raw}, {8, "CR\x02", raw},
	{0, "<svg", svg},
	{4, "ftyp", video}, {4, "moov", video}, {4, "mdat", video}, {4, "wide", video}, {0, "\x1aE\xdf\xa3", video},
	{0, "RIFF????AVI ", video}, {0, "0&\xb2u\x8ef\xcf\x11", video}, {0, "FLV\x01", video}, {0, "\x00\x00\x01\xba", video},
	{0, "\x00\x00\x01\xb3", video},
	{0, "%PDF-", &Kind{"PDF document", "pdfimages -png FILE OUT takes its pictures out", false}},
	{16, "\xde\xc0\xef\xbe", &Kind{"LMDB database", "write its pictures into files or a tar", false}},
	{0, "\x89HDF\r\n\x1a\n", &Kind{"HDF5 file", "write its pictures into files or an .npz", false}},
	{0, "<html", &Kind{"web page", "", false}}, {0, "<!doctype html", &Kind{"web page", "", false}},
	{0, "version https://git-lfs.github.com", &Kind{"pointer of Git LFS", "git lfs pull fetches the file itself", false}},
}

// Recognise returns the kind of a file that begins with data, if it is one that this
// package can name but not read. SniffLength bytes are enough.
func Recognise(data []byte) (Kind, bool) {
	if sniff(data) != nil {
		return Kind{}, false
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	for _, p := range patterns {
		switch {
		case p.at < len(data) && matches(p.bytes, data[p.at:]):
			return *p.kind, true
		case strings.HasPrefix(p.bytes, "<") && len(text) >= len(p.bytes) &&
			strings.EqualFold(string(text[:len(p.bytes)]), p.bytes):
			return *p.kind, true
		}
	}
	if bytes.HasPrefix(text, []byte("<?xml")) && bytes.Contains(text, []byte("<svg")) {
		return *svg, true
	}
	return Kind{}, false
}

// rawEndings are the extensions of RAW files that begin like a TIFF and have a small
// picture in front.
const rawEndings = " .dng .nef .nrw .arw .sr2 .srf .cr2 .pef .srw .erf .3fr .fff .iiq .mos .mef .kdc .dcr .rwl .gpr "

// Raw is the kind of files for which IsRaw holds.
func Raw() Kind { return *raw }

// IsRaw reports whether a file is a camera's RAW by its extension, in lower case with
// the dot, and its first bytes.
func IsRaw(extension string, data []byte) bool {
	return strings.Contains(rawEndings, " "+extension+" ") && begins("II*\x00", "MM\x00*")(data)
}
