// A page that paints by itself: one HTML file with the generator inside.

package export

import (
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"html"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"dcgan/internal/gan"
	"dcgan/internal/tensorfile"
)

var (
	//go:embed page/index.html
	pageHTML string
	//go:embed page/style.css
	pageStyle string
	//go:embed page/paint.js
	pagePaint string
	//go:embed page/page.js
	pageScript string
)

// Page says what a page shows around its pictures.
type Page struct {
	Title, About, Footer string
	File                 string // the beginning of the names of saved pictures
	Seed                 uint64 // whose picture it shows first
	Latent               string // the law of z, config.LatentUniform or config.LatentNormal
	Truncate             bool   // values become bytes towards zero
}

// pageDirections is how many directions a page has a slider for.
const pageDirections = 8

// pageModel is what the page's script reads; its numbers follow as base64.
type pageModel struct {
	About    string      `json:"about"`
	Footer   string      `json:"footer"`
	File     string      `json:"file"`
	Seed     string      `json:"seed"` // text: a seed has more digits than a number of JavaScript
	Latent   string      `json:"latent"`
	Truncate bool        `json:"truncate"`
	NZ       int         `json:"nz"`
	Channels int         `json:"channels"`
	Size     int         `json:"size"`
	Half     bool        `json:"half"`   // weights are float16
	Floats   int         `json:"floats"` // float32 numbers before the weights
	Layers   []pageLayer `json:"layers"`
}

type pageLayer struct {
	In         int    `json:"in"`
	Out        int    `json:"out"`
	InSize     int    `json:"inSize"`
	OutSize    int    `json:"outSize"`
	Kernel     int    `json:"kernel"`
	Stride     int    `json:"stride"`
	Pad        int    `json:"pad"`
	Widens     bool   `json:"widens"`
	Kind       string `json:"kind"`  // "", "resampling" or "identity"
	From       int    `json:"from"`  // index of a layer, -1 for z
	Added      int    `json:"added"` // index of a layer, -1 for z, -2 for none
	Activation string `json:"activation"`
}

// pageKinds are the kinds of layers that are no convolution.
var pageKinds = map[gan.Operation]string{
	gan.Downsampling: "resampling", gan.Upsampling: "resampling", gan.Identity: "identity",
}

var activationNames = map[gan.Activation]string{
	gan.Linear: "", gan.ReLU: "relu", gan.LeakyReLU: "leaky_relu", gan.Tanh: "tanh",
}

// Write writes the page of a generator. Its weights are float16 if the pictures of the
// z given stay within one step of 255 of what they were, float32 if not.
func (p Page) Write(w io.Writer, n *Network, z [][]float32) error {
	halved, err := n.fitsHalf(z)
	if err != nil {
		return err
	}
	first, last := &n.Ops[0], &n.Ops[len(n.Ops)-1]
	m := pageModel{
		About: p.About, Footer: p.Footer, File: p.File, Seed: strconv.FormatUint(p.Seed, 10), Latent: p.Latent,
		Truncate: p.Truncate, NZ: first.In, Channels: last.Out, Size: last.OutSize, Half: halved,
	}
	var floats []float32
	for i := range n.Ops {
		op := &n.Ops[i]
		m.Layers = append(m.Layers, pageLayer{
			In: op.In, Out: op.Out, InSize: op.InSize, OutSize: op.OutSize, Kernel: op.Kernel, Stride: op.Stride,
			Pad: op.Pad, Widens: op.widens(), Kind: pageKinds[op.Op], From: op.Input, Added: op.Added,
			Activation: activationNames[op.Activation],
		})
		floats = append(floats, op.Bias...)
	}
	for _, d := range n.Directions(pageDirections) {
		floats = append(floats, d...)
	}
	m.Floats = len(floats)
	about, err := json.Marshal(m) // which escapes <, so that no text ends the script
	if err != nil {
		return err
	}
	return p.fill(w, map[string]func(io.Writer) error{
		"title":   text(html.EscapeString(p.Title)),
		"style":   text(pageStyle),
		"script":  text(pagePaint + pageScript),
		"model":   text(string(about)),
		"numbers": func(w io.Writer) error { return n.writeNumbers(w, floats, halved) },
	})
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// fill writes pageHTML with each {{name}} replaced by what the part of that name writes.
func (p Page) fill(w io.Writer, parts map[string]func(io.Writer) error) error {
	rest := pageHTML
	for rest != "" {
		before, after, found := strings.Cut(rest, "{{")
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		if !found {
			break
		}
		name, after, _ := strings.Cut(after, "}}")
		if err := parts[name](w); err != nil {
			return err
		}
		rest = after
	}
	return nil
}

// writeNumbers writes as base64 the floats, then each operation's weights in the order
// tap, input channel, output channel.
func (n *Network) writeNumbers(w io.Writer, floats []float32, halved bool) error {
	out := base64.NewEncoder(base64.StdEncoding, w)
	var buf []byte
	for _, v := range floats {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
	}
	if _, err := out.Write(buf); err != nil {
		return err
	}
	for i := range n.Ops {
		op := &n.Ops[i]
		if !op.Convolves() {
			if _, err := out.Write(appendWeights(buf[:0], op.Weight, halved)); err != nil {
				return err
			}
			continue
		}
		taps := op.Kernel * op.Kernel
		row := make([]float32, op.Out)
		for t := range taps {
			buf = buf[:0]
			for in := range op.In {
				for o := range row {
					row[o] = op.Weight[op.kernelOf(in, o)*taps+t]
				}
				buf = appendWeights(buf, row, halved)
			}
			if _, err := out.Write(buf); err != nil {
				return err
			}
		}
	}
	return out.Close()
}

// appendWeights appends numbers as float16 or float32.
func appendWeights(buf []byte, list []float32, halved bool) []byte {
	for _, v := range list {
		if halved {
			buf = binary.LittleEndian.AppendUint16(buf, tensorfile.Half(v))
		} else {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
	}
	return buf
}

// halved returns the network with its weights rounded to float16.
func (n *Network) halved() *Network {
	h := &Network{Ops: slices.Clone(n.Ops)}
	for i := range h.Ops {
		op := &h.Ops[i]
		op.Weight = slices.Clone(op.Weight)
		for j, v := range op.Weight {
			op.Weight[j] = tensorfile.FromHalf(tensorfile.Half(v))
		}
	}
	return h
}

// fitsHalf reports whether the values that the network gives for each z stay within 1/255
// of themselves, in [0, 1], with its weights rounded to float16.
func (n *Network) fitsHalf(z [][]float32) (bool, error) {
	h := n.halved()
	var off atomic.Bool
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, x := range z {
		group.Go(func() error {
			want, err := n.Run(x)
			if err != nil {
				return err
			}
			got, err := h.Run(x)
			if err != nil {
				return err
			}
			for i, v := range got {
				if d := math.Abs(float64(v) - float64(want[i])); !(d <= 1/127.5) {
					off.Store(true)
				}
			}
			return nil
		})
	}
	err := group.Wait()
	return !off.Load(), err
}
