// Package picture turns files of pictures into the numbers that a network
// trains on, and such numbers back into pictures: decoding, cropping, resizing,
// contact sheets, PNG, JPEG and animated GIF.
//
// Between the two lies the packed form of a picture: one byte per value, in the
// order channel, row from the top, column (CHW). The bytes 0 to 255 stand for
// -1 to 1.
package picture

// The fits say how a picture of any shape becomes a square.
const (
	Cover   = "cover"   // the largest centred square of the picture
	Contain = "contain" // the whole picture, centred on the background
	Stretch = "stretch" // the whole picture, each side scaled on its own
)

// The filters say how a picture is resized.
const (
	Antialias = "antialias" // a triangle filter over all source pixels under a target pixel
	Bilinear  = "bilinear"  // between the four source pixels around a target pixel's centre
)

// The roundings say how a value of [-1, 1] becomes a byte.
const (
	Nearest  = "nearest"
	Truncate = "truncate" // towards zero, as the reference's cast to uint8 does
)

// Colour is red, green and blue, each 0 to 255.
type Colour [3]byte

// White is the usual background.
var White = Colour{255, 255, 255}

// Form describes what every picture of a data set is turned into.
type Form struct {
	Size       int    // width and height in pixels
	Channels   int    // 1 grey, 3 RGB, 4 RGB and alpha
	Fit        string // Cover, Contain or Stretch
	Filter     string // Antialias or Bilinear
	Background Colour // with 1 or 3 channels: behind transparent pixels and around a contained picture
}

// Bytes returns the length of a picture in packed form.
func (f Form) Bytes() int { return f.Size * f.Size * f.Channels }
