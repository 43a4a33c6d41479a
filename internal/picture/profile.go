package picture

// Colour profiles (ICC.1). Cameras and phones write colours of wider spaces than sRGB,
// such as Display P3 or Adobe RGB, and say so in a profile. A picture's colours are
// converted at its target size, where there are few.

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"io"
	"math"
)

// maxProfile bounds the length of a profile in bytes.
const maxProfile = 8 << 20

// toSRGB returns the conversion of a profile's red, green and blue, each from 0 to 1, to
// those of sRGB. It returns nil for sRGB itself, and for a profile that does not consist
// of three curves and a matrix (ICC.1, 8.3.3), as those of cameras and displays do.
//
// github.com/kovidgoyal/imaging has tables, too, but trusts the lengths in a profile.
func toSRGB(profile []byte) func(r, g, b float64) (float64, float64, float64) {
	var curves [3]func(float64) float64
	var matrix [3][3]float64 // of linear light to XYZ under D50
	for i, channel := range []string{"r", "g", "b"} {
		column := profileTag(profile, channel+"XYZ")
		curves[i] = profileCurve(profileTag(profile, channel+"TRC"))
		if len(column) < 20 || curves[i] == nil || string(column[:4]) != "XYZ " {
			return nil
		}
		for row := range 3 {
			matrix[row][i] = fixed16(column[8+4*row:])
		}
	}
	convert := func(r, g, b float64) (float64, float64, float64) {
		light := [3]float64{curves[0](r), curves[1](g), curves[2](b)}
		return encodeSRGB(dot(srgbFromXYZ[0], xyz(matrix, light))), encodeSRGB(dot(srgbFromXYZ[1], xyz(matrix, light))),
			encodeSRGB(dot(srgbFromXYZ[2], xyz(matrix, light)))
	}
	if isIdentity(convert) {
		return nil
	}
	return convert
}

// srgbFromXYZ is the matrix of XYZ under D50 to the linear light of sRGB, the inverse
// of that of the profile which comes with sRGB (IEC 61966-2-1).
var srgbFromXYZ = [3][3]float64{
	{3.1338561, -1.6168667, -0.4906146}, {-0.9787684, 1.9161415, 0.0334540}, {0.0719453, -0.2289914, 1.4052427},
}

func dot(a, b [3]float64) float64 {
	return float64(a[0]*b[0]) + float64(a[1]*b[1]) + float64(a[2]*b[2])
}

func xyz(m [3][3]float64, v [3]float64) [3]float64 {
	return [3]float64{dot(m[0], v), dot(m[1], v), dot(m[2], v)}
}

// encodeSRGB returns linear light as the number that sRGB has for it.
func encodeSRGB(v float64) float64 {
	if v = min(max(v, 0), 1); v <= 0.0031308 {
		return 12.92 * v
	}
	return float64(1.055*math.Pow(v, 1/2.4)) - 0.055
}

// isIdentity reports whether a conversion changes colours by less than a level and a
// half of 255.
func isIdentity(convert func(r, g, b float64) (float64, float64, float64)) bool {
	const steps = 4
	for i := range (steps + 1) * (steps + 1) * (steps + 1) {
		in := [3]float64{float64(i % 5), float64(i / 5 % 5), float64(i / 25)}
		r, g, b := convert(in[0]/steps, in[1]/steps, in[2]/steps)
		for c, v := range [3]float64{r, g, b} {
			if !(math.Abs(v-in[c]/steps) < 1.5/255) {
				return false
			}
		}
	}
	return true
}

func fixed16(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / (1 << 16) }

// profileTag returns the content of a tag, or nil.
func profileTag(profile []byte, name string) []byte {
	const header, entry = 128, 12
	if len(profile) < header+4 {
		return nil
	}
	count := binary.BigEndian.Uint32(profile[header:])
	for e := profile[header+4:]; count > 0 && len(e) >= entry; count-- {
		if string(e[:4]) == name {
			at, length := uint64(binary.BigEndian.Uint32(e[4:])), uint64(binary.BigEndian.Uint32(e[8:]))
			if at+length > uint64(len(profile)) {
				return nil
			}
			return profile[at : at+length]
		}
		e = e[entry:]
	}
	return nil
}

// profileCurve returns the function of a tag that says how much light a number stands
// for, or nil (10.6 and 10.18).
func profileCurve(tag []byte) func(float64) float64 {
	if len(tag) < 12 {
		return nil
	}
	switch string(tag[:4]) {
	case "curv":
		n := int(binary.BigEndian.Uint32(tag[8:]))
		table := tag[12:]
		if n < 0 || n > len(table)/2 {
			return nil
		}
		return sampledCurve(table, n)
	case "para":
		kind := int(binary.BigEndian.Uint16(tag[8:]))
		numbers := [...]int{1, 3, 4, 5, 7}
		if kind >= len(numbers) || len(tag) < 12+4*numbers[kind] {
			return nil
		}
		var p [7]float64
		for i := range numbers[kind] {
			p[i] = fixed16(tag[12+4*i:])
		}
		return parametricCurve(kind, p)
	}
	return nil
}

// sampledCurve returns the function of n samples of 16 bits; one sample is an exponent,
// times 256, and none is the identity.
func sampledCurve(table []byte, n int) func(float64) float64 {
	at := func(i int) float64 { return float64(binary.BigEndian.Uint16(table[2*i:])) }
	switch n {
	case 0:
		return func(v float64) float64 { return v }
	case 1:
		gamma := at(0) / 256
		return func(v float64) float64 { return math.Pow(v, gamma) }
	}
	return func(v float64) float64 {
		x := v * float64(n-1)
		i := min(int(x), n-2)
		part := x - float64(i)
		return (float64(at(i)*(1-part)) + float64(at(i+1)*part)) / 65535
	}
}

// parametricCurve returns the function of one of the kinds 0 to 4: a power, with a line
// for small numbers.
func parametricCurve(kind int, p [7]float64) func(float64) float64 {
	g, a, b, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	switch kind {
	case 0:
		a, b, c, d, e, f = 1, 0, 0, 0, 0, 0
	case 1:
		c, d, e, f = 0, -b/a, 0, 0
	case 2:
		c, d, e, f = 0, -b/a, c, c
	}
	return func(v float64) float64 {
		if v >= d {
			return math.Pow(max(float64(a*v)+b, 0), g) + e
		}
		return float64(c*v) + f
	}
}

// fitInSRGB is Fit for a picture with a profile: it scales the picture with its alpha,
// converts the colours, and composes them on the background last.
func (p *Picture) fitInSRGB(f Form, convertRGB func(r, g, b float64) (float64, float64, float64)) []byte {
	plain := *p
	plain.profile = nil
	wide := f
	wide.Channels = 4
	packed := plain.Fit(wide)
	n := f.Size * f.Size
	pixels := make([]byte, 4*n)
	for i := range n {
		r, g, b := convertRGB(float64(packed[i])/255, float64(packed[n+i])/255, float64(packed[2*n+i])/255)
		pixels[4*i], pixels[4*i+1], pixels[4*i+2], pixels[4*i+3] = to8(r), to8(g), to8(b), packed[3*n+i]
	}
	out := make([]byte, f.Channels*n)
	convert(out, f.Channels, pixels, 4, f.Background)
	if f.Channels == 4 {
		clearHidden(out)
	}
	return planes(out, f.Channels)
}

// to8 returns a number from 0 to 1 as a byte, rounded to nearest.
func to8(v float64) byte {
	if !(v > 0) { // or no number
		return 0
	}
	return byte(min(v, 1)*255 + 0.5)
}

// isRGB reports whether the picture's pixels are red, green and blue, or luma and chroma.
func (p *Picture) isRGB() bool {
	switch p.pixels.(type) {
	case *image.Gray, *image.Gray16, *image.CMYK:
		return false
	}
	return true
}

// jpegProfile joins the parts of a profile in a JPEG's segments (ICC.1, B.4). parts are
// the contents of the segments APP2.
func jpegProfile(parts [][]byte) []byte {
	var all []byte
	for number := 1; number <= len(parts); number++ {
		for _, part := range parts {
			const head = len("ICC_PROFILE\x00") + 2
			if len(part) > head && int(part[head-2]) == number {
				all = append(all, part[head:]...)
				break
			}
		}
	}
	return all
}

// pngProfile returns the profile in a PNG: behind a name, compressed.
func pngProfile(data []byte) []byte {
	for rest := data[len(pngMagic):]; len(rest) >= 12; {
		length, kind := int64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if length > int64(len(rest)-12) || kind == "IDAT" {
			return nil
		}
		if kind == "iCCP" {
			_, packed, _ := bytes.Cut(rest[8:8+length], []byte{0})
			if len(packed) < 2 {
				return nil
			}
			z, err := zlib.NewReader(bytes.NewReader(packed[1:]))
			if err != nil {
				return nil
			}
			profile, err := io.ReadAll(io.LimitReader(z, maxProfile))
			if err != nil {
				return nil
			}
			return profile
		}
		rest = rest[12+length:]
	}
	return nil
}
