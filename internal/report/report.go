// Package report writes what inspect, score and sweep have found: as text for a
// terminal, as a page of one HTML file, and as pictures. It writes to an io.Writer and
// computes no results; of a sweep it reads the candidates' runs.
package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"time"

	"dcgan/internal/picture"
)

// Count writes a number of parameters: "3.58 million".
func Count(n int64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%.3g thousand", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.3g million", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f billion", float64(n)/1e9)
}

// Duration writes a time in its two largest units: 45s, 12m30s, 5h03m, 2d04h.
func Duration(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
}

// dataURL returns a picture as an address that contains all of it.
func dataURL(img image.Image) (template.URL, error) {
	var b bytes.Buffer
	err := picture.WritePNG(&b, img)
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), err
}
