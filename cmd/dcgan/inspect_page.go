// What inspect finds, as a page of one file, and the sheet of the first pictures.

package main

import (
	"bytes"
	_ "embed" // the page
	"encoding/base64"
	"html/template"
	"io"
	"time"

	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

//go:embed inspect.html
var inspectText string

const (
	pageSizes   = 10   // sizes that the page lists
	pageGroups  = 24   // groups of duplicates that the page shows
	pageMembers = 8    // pictures that it shows of each
	pageSkipped = 1000 // files that it names
)

// inspectPage is what the template shows.
type inspectPage struct {
	*inspection
	Name       string
	Thumbnails []thumbnail // spread evenly over the set
	Exact      []likeness
	Near       []likeness
	SkippedTop []dataset.Skipped
	Made       string

	Time string // of a training
}

// TopSizes are the commonest sizes.
func (p *inspectPage) TopSizes() []dataset.SizeCount {
	return p.Sizes.Counts[:min(pageSizes, len(p.Sizes.Counts))]
}

// OtherSizes is the number of sizes that aren't among the commonest.
func (p *inspectPage) OtherSizes() int { return len(p.Sizes.Counts) - len(p.TopSizes()) }

// Counts are a list with what its shares are of.
func (p *inspectPage) Counts(list []dataset.Count) any {
	return struct {
		List []dataset.Count
		All  int
	}{list, p.Usable}
}

// thumbnail is a picture as the network will see it.
type thumbnail struct {
	Name  dataset.Path
	Image template.URL
}

// likeness is a group of pictures that are alike.
type likeness struct {
	Pictures []thumbnail // the first few
	Names    []dataset.Path
}

func writeInspectPage(file string, i *inspection, set *dataset.Set) error {
	p, err := newInspectPage(i, set)
	if err != nil {
		return err
	}
	t, err := template.New("page").Funcs(template.FuncMap{"share": share, "bytes": bytesText, "count": countText}).Parse(inspectText)
	if err != nil {
		return err
	}
	return atomicfile.Write(file, 0o666, func(w io.Writer) error { return t.Execute(w, p) })
}

// newInspectPage gathers what the page shows; set is nil where no picture can be used.
func newInspectPage(i *inspection, set *dataset.Set) (*inspectPage, error) {
	p := &inspectPage{inspection: i, Name: dataName(i.Data), Made: time.Now().Format("2 January 2006, 15:04")}
	p.SkippedTop = i.Skipped[:min(pageSkipped, len(i.Skipped))]
	if k := i.Training; k.StepS > 0 {
		p.Time = durationText(time.Duration(k.EtaS * float64(time.Second)))
	}
	if set == nil {
		return p, nil
	}
	g := &gallery{set: set, buffer: newBatch(set, 1)}
	shown := min(config.SheetSize, set.Len())
	for k := range shown {
		p.Thumbnails = append(p.Thumbnails, g.thumbnail(k*set.Len()/shown))
	}
	g.index = make(map[dataset.Path]int, set.Len())
	for k := range set.Len() {
		g.index[set.Name(k)] = k
	}
	p.Exact, p.Near = g.likenesses(i.Duplicates.Exact, 1), g.likenesses(i.Duplicates.Near, pageMembers)
	return p, g.err
}

// gallery makes thumbnails until an error.
type gallery struct {
	set    *dataset.Set
	buffer *tensor.Tensor
	index  map[dataset.Path]int
	err    error
}

func (g *gallery) thumbnail(k int) thumbnail {
	if g.err == nil {
		g.err = g.set.Batch(g.buffer, []int{k})
	}
	if g.err != nil {
		return thumbnail{}
	}
	var b bytes.Buffer
	g.err = picture.WritePNG(&b, picture.Image(g.buffer, 0, picture.Nearest))
	return thumbnail{g.set.Name(k), template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))}
}

// likenesses shows the first groups, of each the first pictures.
func (g *gallery) likenesses(groups [][]dataset.Path, pictures int) (list []likeness) {
	for _, names := range groups[:min(pageGroups, len(groups))] {
		l := likeness{Names: names}
		for _, name := range names[:min(pictures, len(names))] {
			l.Pictures = append(l.Pictures, g.thumbnail(g.index[name]))
		}
		list = append(list, l)
	}
	return list
}

// share is n in percent of all.
func share(n, all int) float64 { return 100 * float64(n) / float64(max(all, 1)) }

// writeDataSheet writes the first pictures of a set as they enter training.
func writeDataSheet(file string, set *dataset.Set) error {
	const columns = 8
	indices := make([]int, min(config.SheetSize, set.Len()))
	for i := range indices {
		indices[i] = i
	}
	pictures := newBatch(set, len(indices))
	if err := set.Batch(pictures, indices); err != nil {
		return err
	}
	return writePNG(file, picture.Sheet(pictures, columns, picture.Nearest))
}

func newBatch(set *dataset.Set, n int) *tensor.Tensor {
	f := set.Form()
	return tensor.New(n, f.Channels, f.Size, f.Size)
}
