// The sheets of a sweep side by side, in one picture.

package main

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
	letter     = 7 // width of one, in pixels
)

// drawSweep draws a tile a candidate, the best one first.
func drawSweep(p *sweepPage) image.Image {
	columns := int(math.Ceil(math.Sqrt(float64(len(p.Rows)))))
	var labels [][]string
	lines := 0
	for _, row := range p.Rows {
		label := tileLabel(p, row)
		labels = append(labels, label)
		lines = max(lines, len(label))
	}
	width, height := thumbnailWidth+2*tilePad, thumbnailWidth+2*tilePad+lines*lineHeight
	out := image.NewRGBA(image.Rect(0, 0, columns*width, (len(p.Rows)+columns-1)/columns*height))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	for i, row := range p.Rows {
		corner := image.Pt(i%columns*width+tilePad, i/columns*height+tilePad)
		for k, line := range labels[i] {
			write(out, corner.Add(image.Pt(0, (k+1)*lineHeight-4)), line)
		}
		if row.Thumb != nil {
			at := corner.Add(image.Pt(0, lines*lineHeight))
			draw.NearestNeighbor.Scale(out, enlarged(row.Thumb.img.Bounds(), at), row.Thumb.img, row.Thumb.img.Bounds(), draw.Over, nil)
		}
	}
	return out
}

// enlarged is where a thumbnail goes: as large as whole multiples of it can be.
func enlarged(r image.Rectangle, at image.Point) image.Rectangle {
	by := max(thumbnailWidth/r.Dx(), 1)
	return image.Rectangle{at, at.Add(r.Size().Mul(by))}
}

// tileLabel is what stands above the pictures of a candidate.
func tileLabel(p *sweepPage, row sweepRow) []string {
	head := fmt.Sprintf("%d.", row.Place)
	switch {
	case row.Diverged != "":
		head += " diverged"
	case row.Last() != nil:
		head += fmt.Sprintf(" kid %.4f at step %d", row.Last().KID, row.Last().Step)
	}
	return append([]string{head}, wrap(settingsText(p.Sweep, row.Candidate), thumbnailWidth/letter)...)
}

// wrap breaks a text at its blanks into lines of at most so many letters, if it can.
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

// write writes a line of text, its foot at a point.
func write(out draw.Image, at image.Point, text string) {
	d := font.Drawer{Dst: out, Src: image.NewUniform(color.Gray{Y: 0x22}), Face: basicfont.Face7x13, Dot: fixed.P(at.X, at.Y)}
	d.DrawString(text)
}
