// Package picture turns files of pictures into the numbers that a network
// trains on, and such numbers back into pictures: decoding, cropping, resizing,
// contact sheets, PNG, JPEG and animated GIF.
//
// Between the two lies a packed form, one byte a value, the channels one after
// the other (CHW), each with its rows from the top. Its values 0 to 255 stand
// for -1 to 1.
package picture

// The fits: how a picture of any shape becomes a square.
const (
	Cover   = "cover"   // the largest centred square of the picture
	Contain = "contain" // the whole picture, centred on the background
	Stretch = "stretch" // the whole picture, each side scaled on its own
)

// The filters: how the pixels of one size become those of another.
const (
	Antialias = "antialias" // triangle over all the source pixels under a target pixel
	Bilinear  = "bilinear"  // the four source pixels next to a target pixel's centre
)

// The roundings of [-1, 1] to bytes.
const (
	Nearest  = "nearest"
	Truncate = "truncate" // towards zero, as the reference's cast to uint8 does
)

// Colour is red, green and blue.
type Colour [3]byte

// White is the usual background.
var White = Colour{255, 255, 255}

// Form is what every picture of a data set becomes.
type Form struct {
	Size       int    // width and height in pixels
	Channels   int    // 1 grey, 3 RGB, 4 RGB and alpha
	Fit        string // Cover, Contain or Stretch
	Filter     string // Antialias or Bilinear
	Background Colour // under transparent parts and around a contained picture, where there is no alpha
}

// Bytes is the length of a picture in packed form.
func (f Form) Bytes() int { return f.Size * f.Size * f.Channels }
