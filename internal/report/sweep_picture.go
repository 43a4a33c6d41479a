// The first samples of a sweep's candidates side by side, in one picture.

package report

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

const (
	tilePad    = 10 // pixels around a tile
	lineHeight = 15
	letter     = 7  // width of one, in pixels
	labelWidth = 38 // letters, at least
)

// Picture draws a tile for each candidate, the best one first.
func (s *Sweep) Picture() image.Image {
	var pictures image.Point
	for _, c := range s.Candidates {
		if c.Samples != nil { // all have the same size
			pictures = enlarged(c.Samples).Size()
		}
	}
	tile := image.Pt(max(pictures.X, labelWidth*letter), pictures.Y)
	var labels [][]string
	lines := 0
	for i := range s.Candidates {
		label := s.tileLabel(i, tile.X/letter)
		labels = append(labels, label)
		lines = max(lines, len(label))
	}
	columns := int(math.Ceil(math.Sqrt(float64(len(s.Candidates)))))
	step := tile.Add(image.Pt(2*tilePad, 2*tilePad+lines*lineHeight))
	out := image.NewRGBA(image.Rect(0, 0, columns*step.X, (len(s.Candidates)+columns-1)/columns*step.Y))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	for i, c := range s.Candidates {
		corner := image.Pt(i%columns*step.X+tilePad, i/columns*step.Y+tilePad)
		for k, line := range labels[i] {
			write(out, corner.Add(image.Pt(0, (k+1)*lineHeight-4)), line)
		}
		if c.Samples != nil {
			at := enlarged(c.Samples).Add(corner.Add(image.Pt(0, lines*lineHeight)))
			draw.NearestNeighbor.Scale(out, at, c.Samples, c.Samples.Bounds(), draw.Over, nil)
		}
	}
	return out
}

// enlarged returns the bounds of img enlarged by the whole factor that brings its
// width nearest to SamplesWidth.
func enlarged(img image.Image) image.Rectangle {
	size := img.Bounds().Size()
	return image.Rectangle{Max: size.Mul(max((SamplesWidth+size.X/2)/size.X, 1))}
}

// tileLabel returns the lines above the samples of candidate i, no longer than letters.
func (s *Sweep) tileLabel(i, letters int) []string {
	c := s.Candidates[i]
	head := fmt.Sprintf("%d.", i+1)
	switch {
	case c.Diverged != "":
		head += " diverged"
	case c.Last != nil:
		head += fmt.Sprintf(" kid %.4g, swd %.3g at step %d", c.Last.KID, c.Last.SWD, c.Last.Step)
	}
	var settings []string
	for k, v := range c.Values {
		settings = append(settings, s.Columns[k]+" "+v)
	}
	return append([]string{head}, wrap(strings.Join(settings, ", "), letters)...)
}

// wrap breaks a text at its blanks into lines no longer than letters. A longer
// word has a line of its own.
func wrap(text string, letters int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > letters {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}

// write draws a line of text whose baseline begins at a point.
func write(out draw.Image, at image.Point, text string) {
	ink := image.NewUniform(color.Gray{Y: 0x22})
	d := font.Drawer{Dst: out, Src: ink, Face: basicfont.Face7x13, Dot: fixed.P(at.X, at.Y)}
	d.DrawString(text)
}
