package picture

// The structure of HEIF files, which phones write: HEIC and AVIF (ISO/IEC 23008-12;
// ISO/IEC 14496-12 defines the boxes). A file is a list of items, one of them
// the primary one. Items have properties, such as a size, a turn or a profile. Only
// the structure is read here; heifdecode.go decodes pixels.

import (
	"encoding/binary"
	"errors"
	"image"
	"iter"
	"slices"
	"strings"
)

var errBoxes = errors.New("broken boxes")

// heifFile is what the boxes say.
type heifFile struct {
	primary   uint32
	primaryAt int  // the offset of the primary item's number in the file
	wide      bool // the number has 4 bytes, otherwise 2
	items     map[uint32]*heifItem
	order     []uint32 // of the items in the file
	shapes    []box    // the properties that crop or turn
	frames    int      // of an image sequence; 0 if the file is none
}

// heifItem is an item of a HEIF file.
type heifItem struct {
	kind      string // "hvc1", "av01", "grid", ...
	size      image.Point
	crop      image.Rectangle // of the coded pixels; empty for all of them
	turn      orientation     // of the pixels within the crop
	profile   []byte          // ICC
	colour    yuvColour
	parts     []uint32 // the items that a grid consists of
	secondary bool     // hidden, or a part, an auxiliary picture or a thumbnail of another item
	auxiliary string   // what an auxiliary picture is, as a URN
	of        uint32   // the item that an auxiliary picture belongs to
	alpha     uint32   // the item with the opacity of this one, or 0
}

// yuvColour says what luma and chroma mean (ITU-T H.273).
type yuvColour struct {
	studio bool // luma spans 16 to 235 and chroma 16 to 240
	matrix int  // of table 4; 0 if it is not stated
}

// box is the content of a box. at is its offset in the file.
type box struct {
	kind string
	data []byte
	at   int
}

// readBoxes yields the boxes in data, which begins at an offset of the file.
func readBoxes(data []byte, at int) iter.Seq[box] {
	return func(yield func(box) bool) {
		for len(data) >= 8 {
			length, head := uint64(binary.BigEndian.Uint32(data)), 8
			switch {
			case length == 1 && len(data) >= 16:
				length, head = binary.BigEndian.Uint64(data[8:]), 16
			case length == 0:
				length = uint64(len(data))
			}
			if length < uint64(head) {
				return
			}
			end := int(min(length, uint64(len(data))))
			if !yield(box{string(data[4:8]), data[head:end], at + head}) {
				return
			}
			data, at = data[end:], at+end
		}
	}
}

// fields reads numbers from the front of a box. Past its end they are 0.
type fields struct{ data []byte }

func (f *fields) take(n int) []byte {
	n = min(n, len(f.data))
	b := f.data[:n]
	f.data = f.data[n:]
	return b
}

func (f *fields) number(bytes int) (v int) {
	for _, b := range f.take(bytes) {
		v = v<<8 | int(b)
	}
	return v
}

// version reads the version and the flags that many boxes begin with.
func (f *fields) version() (version, flags int) { return f.number(1), f.number(3) }

// pick returns a if cond is true, or else b.
func pick(cond bool, a, b int) int {
	if cond {
		return a
	}
	return b
}

// readHEIF reads the boxes of a file.
func readHEIF(data []byte) (*heifFile, error) {
	h := &heifFile{items: map[uint32]*heifItem{}}
	for b := range readBoxes(data, 0) {
		switch b.kind {
		case "meta":
			h.readMeta(b)
		case "moov":
			h.frames = max(h.frames, sequenceLength(b, 0))
		}
	}
	if h.items[h.primary] == nil {
		return nil, errBoxes
	}
	for id, it := range h.items {
		if of := h.items[it.of]; of != nil && it.isAlpha() {
			of.alpha = id
		}
	}
	return h, nil
}

// isAlpha reports whether an auxiliary picture is the opacity of another one.
func (it *heifItem) isAlpha() bool {
	return it.auxiliary == "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha" ||
		it.auxiliary == "urn:mpeg:hevc:2015:auxid:1" || it.auxiliary == "urn:mpeg:avc:2015:auxid:1"
}

func (h *heifFile) readMeta(meta box) {
	var properties box
	f := fields{meta.data}
	f.version()
	for b := range readBoxes(f.data, meta.at+4) {
		f := fields{b.data}
		version, _ := f.version()
		switch b.kind {
		case "pitm":
			h.primaryAt, h.wide = b.at+4, version > 0
			h.primary = uint32(f.number(pick(h.wide, 4, 2)))
		case "iinf":
			f.number(pick(version > 0, 4, 2))
			for entry := range readBoxes(f.data, 0) {
				h.readItem(entry.data)
			}
		case "iref":
			h.readReferences(f.data, pick(version > 0, 4, 2))
		case "iprp":
			properties = b
		}
	}
	h.readProperties(properties) // of the items, which are known by now
}

// readItem reads an entry of the list of items (infe).
func (h *heifFile) readItem(entry []byte) {
	f := fields{entry}
	version, flags := f.version()
	id := uint32(f.number(pick(version > 2, 4, 2)))
	f.number(2) // protection
	kind := string(f.take(4))
	if version < 2 || len(kind) < 4 {
		return
	}
	h.items[id] = &heifItem{kind: kind, turn: 1, secondary: flags&1 != 0}
	h.order = append(h.order, id)
}

// readReferences reads which items belong to others (iref). idBytes is the length of
// an item's number.
func (h *heifFile) readReferences(data []byte, idBytes int) {
	for b := range readBoxes(data, 0) {
		f := fields{b.data}
		from := h.items[uint32(f.number(idBytes))]
		count := f.number(2)
		if from == nil {
			continue
		}
		switch b.kind {
		case "auxl":
			from.secondary, from.of = true, uint32(f.number(idBytes))
		case "thmb":
			from.secondary = true
		case "dimg":
			for range min(count, len(f.data)/idBytes) {
				part := uint32(f.number(idBytes))
				from.parts = append(from.parts, part)
				if it := h.items[part]; it != nil {
					it.secondary = true
				}
			}
		}
	}
}

// readProperties gives the items their properties (iprp).
func (h *heifFile) readProperties(all box) {
	var properties []box
	for b := range readBoxes(all.data, all.at) {
		switch b.kind {
		case "ipco":
			properties = slices.Collect(readBoxes(b.data, b.at))
			for _, p := range properties {
				if p.kind == "clap" || p.kind == "irot" || p.kind == "imir" {
					h.shapes = append(h.shapes, p)
				}
			}
		case "ipma":
			h.associate(b.data, properties)
		}
	}
}

func (h *heifFile) associate(data []byte, properties []box) {
	f := fields{data}
	version, flags := f.version()
	index := pick(flags&1 != 0, 2, 1) // bytes, of which the first bit says whether a reader must know the property
	for entries := f.number(4); entries > 0 && len(f.data) > 0; entries-- {
		it := h.items[uint32(f.number(pick(version > 0, 4, 2)))]
		for count := f.number(1); count > 0 && len(f.data) > 0; count-- {
			i := f.number(index) & (1<<(8*index-1) - 1)
			if it != nil && i >= 1 && i <= len(properties) {
				it.apply(properties[i-1])
			}
		}
	}
}

// apply applies a property. Those that change the shape are in the order in which they
// are to be applied.
func (it *heifItem) apply(p box) {
	f := fields{p.data}
	switch p.kind {
	case "ispe":
		f.version()
		it.size = image.Pt(f.number(4), f.number(4))
	case "auxC":
		f.version()
		it.auxiliary, _, _ = strings.Cut(string(f.data), "\x00")
	case "clap":
		it.crop = cleanAperture(&f, it.size)
	case "irot":
		for range f.number(1) & 3 {
			it.turn = [...]orientation{1: 8, 8: 3, 3: 6, 6: 1, 2: 5, 5: 4, 4: 7, 7: 2}[it.turn]
		}
	case "imir":
		if f.number(1)&1 == 1 { // left and right change places
			it.turn = [...]orientation{1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5, 7: 8, 8: 7}[it.turn]
		} else {
			it.turn = [...]orientation{1: 4, 4: 1, 2: 3, 3: 2, 5: 8, 8: 5, 6: 7, 7: 6}[it.turn]
		}
	case "colr":
		switch kind := string(f.take(4)); kind {
		case "prof", "rICC":
			it.profile = f.data
		case "nclx":
			f.number(4) // primaries and transfer
			it.colour = yuvColour{matrix: f.number(2), studio: f.number(1)&0x80 == 0}
		}
	}
}

// cleanAperture returns the part of a picture that is to be seen (clap). Its width,
// height and the offsets of its centre are fractions.
func cleanAperture(f *fields, size image.Point) image.Rectangle {
	fraction := func() float64 {
		n, d := int32(f.number(4)), int32(f.number(4))
		return float64(n) / float64(max(d, 1))
	}
	w, h := int(fraction()), int(fraction())
	left := int(float64(size.X-w)/2 + fraction())
	top := int(float64(size.Y-h)/2 + fraction())
	return image.Rect(left, top, left+w, top+h).Intersect(image.Rectangle{Max: size})
}

// stored returns the size of the item before it is turned.
func (it *heifItem) stored() image.Point {
	if !it.crop.Empty() {
		return it.crop.Size()
	}
	return it.size
}

// codec returns the kind of coded pixels that an item consists of: its own, or those
// of its parts.
func (h *heifFile) codec(it *heifItem) string {
	if it.kind != "grid" && it.kind != "iovl" && it.kind != "iden" {
		return it.kind
	}
	for _, id := range it.parts {
		if part := h.items[id]; part != nil && len(part.parts) == 0 {
			return part.kind
		}
	}
	return it.kind
}

// pictures returns the numbers of the items that are pictures of their own, in the
// file's order, the primary one first.
func (h *heifFile) pictures() []uint32 {
	list := []uint32{h.primary}
	for _, id := range h.order {
		if it := h.items[id]; id != h.primary && !it.secondary && it.size != (image.Point{}) {
			list = append(list, id)
		}
	}
	return list
}

// sequenceLength returns the number of frames of the longest track within a box of an
// image sequence.
func sequenceLength(b box, depth int) (n int) {
	const deepest = 6
	for inner := range readBoxes(b.data, b.at) {
		switch inner.kind {
		case "trak", "mdia", "minf", "stbl":
			if depth < deepest {
				n = max(n, sequenceLength(inner, depth+1))
			}
		case "stsz":
			f := fields{inner.data}
			f.version()
			f.number(4) // the size of each, or 0
			n = max(n, f.number(4))
		}
	}
	return n
}
