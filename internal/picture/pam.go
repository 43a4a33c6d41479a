package picture

// Netpbm's arbitrary map (PAM, P7): samples of one to four channels behind a header of
// lines, each a word and a number.

import (
	"bytes"
	"image"
	"image/color"
	"io"
	"strconv"
	"strings"
)

func isPAM(data []byte) bool { return bytes.HasPrefix(data, []byte("P7\n")) }

// pamFile is a header and the samples after it.
type pamFile struct {
	pnmFile
	depth int // channels: grey, grey and alpha, RGB, or RGBA
}

func readPAM(data []byte) (*pamFile, error) {
	p := &pamFile{pnmFile: pnmFile{kind: '7'}}
	numbers := map[string]*int{"WIDTH": &p.width, "HEIGHT": &p.height, "DEPTH": &p.depth, "MAXVAL": &p.max}
	for rest := data[len("P7\n"):]; ; {
		line, after, found := bytes.Cut(rest, []byte("\n"))
		if !found {
			return nil, io.ErrUnexpectedEOF
		}
		rest = after
		words := strings.Fields(string(line))
		if len(words) == 1 && words[0] == "ENDHDR" {
			p.body = rest
			break
		}
		if len(words) == 2 && numbers[words[0]] != nil {
			n, err := strconv.ParseUint(words[1], 10, 30)
			if err != nil {
				return nil, errPNM
			}
			*numbers[words[0]] = int(n)
		}
	}
	if p.depth < 1 || p.depth > 4 || p.max < 1 || p.max > 65535 || p.width > maxSide || p.height > maxSide {
		return nil, errPNM
	}
	return p, nil
}

func pamConfig(data []byte) (image.Config, error) {
	p, err := readPAM(data)
	if err != nil {
		return image.Config{}, err
	}
	return image.Config{ColorModel: color.NRGBAModel, Width: p.width, Height: p.height}, nil
}

func pamDecode(data []byte) (image.Image, error) {
	p, err := readPAM(data)
	if err != nil {
		return nil, err
	}
	img := image.NewNRGBA(image.Rect(0, 0, p.width, p.height))
	next := p.samples()
	var v [4]byte
	for i := 0; i < len(img.Pix); i += 4 {
		for c := range p.depth {
			sample, err := next(0)
			if err != nil {
				return nil, err
			}
			v[c] = byte((min(sample, p.max)*255 + p.max/2) / p.max)
		}
		q := img.Pix[i : i+4]
		switch p.depth {
		case 1, 2:
			q[0], q[1], q[2], q[3] = v[0], v[0], v[0], v[1]
		default:
			copy(q, v[:])
		}
		if p.depth%2 == 1 {
			q[3] = 255
		}
	}
	return img, nil
}
