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
	letter     = 7  // width of one, in pixels
	labelWidth = 38 // letters, at least
)

// drawSweep draws a tile a candidate, the best one first.
func drawSweep(p *sweepPage) image.Image {
	var pictures image.Point
	for _, row := range p.Rows {
		if row.Thumb != nil { // all are of one size
			pictures = enlarged(row.Thumb.img).Size()
		}
	}
	tile := image.Pt(max(pictures.X, labelWidth*letter), pictures.Y)
	var labels [][]string
	lines := 0
	for _, row := range p.Rows {
		label := tileLabel(p, row, tile.X/letter)
		labels = append(labels, label)
		lines = max(lines, len(label))
	}
	columns := int(math.Ceil(math.Sqrt(float64(len(p.Rows)))))
	step := tile.Add(image.Pt(2*tilePad, 2*tilePad+lines*lineHeight))
	out := image.NewRGBA(image.Rect(0, 0, columns*step.X, (len(p.Rows)+columns-1)/columns*step.Y))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	for i, row := range p.Rows {
		corner := image.Pt(i%columns*step.X+tilePad, i/columns*step.Y+tilePad)
		for k, line := range labels[i] {
			write(out, corner.Add(image.Pt(0, (k+1)*lineHeight-4)), line)
		}
		if row.Thumb != nil {
			at := enlarged(row.Thumb.img).Add(corner.Add(image.Pt(0, lines*lineHeight)))
			draw.NearestNeighbor.Scale(out, at, row.Thumb.img, row.Thumb.img.Bounds(), draw.Over, nil)
		}
	}
	return out
}

// enlarged is the place of a thumbnail, about as large as others by a whole factor.
func enlarged(img image.Image) image.Rectangle {
	size := img.Bounds().Size()
	return image.Rectangle{Max: size.Mul(max((thumbnailWidth+size.X/2)/size.X, 1))}
}

// tileLabel is what stands above the pictures of a candidate, in lines of so many
// letters.
func tileLabel(p *sweepPage, row sweepRow, letters int) []string {
	head := fmt.Sprintf("%d.", row.Place)
	switch {
	case row.Diverged != "":
		head += " diverged"
	case row.Last() != nil:
		head += fmt.Sprintf(" kid %.4g, swd %.3g at step %d", row.Last().KID, row.Last().SWD, row.Last().Step)
	}
	return append([]string{head}, wrap(settingsText(p.Sweep, row.Candidate), letters)...)
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
