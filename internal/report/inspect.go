// What inspect finds in a set of pictures, as a page.

package report

import (
	"context"
	_ "embed" // the page
	"errors"
	"html/template"
	"image"
	"io"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/picture"
	"dcgan/internal/tensor"
	"dcgan/internal/train"
)

//go:embed inspect.html
var inspectText string

const (
	pageSizes   = 10   // sizes that the page lists
	pageGroups  = 24   // groups of duplicates that the page shows
	pageMembers = 8    // pictures that it shows of each
	pageSkipped = 1000 // files that it names
)

// Inspection is what inspect finds.
type Inspection struct {
	Data string `json:"data"` // "" is the embedded set
	Name string `json:"-"`    // what texts call the data
	*dataset.Report
	Training *train.Cost `json:"training"`
}

// Inspect reads the pictures that the settings name, and returns what is in them and what a
// training takes. The hint of what would fit into memory names settings by name. The set is
// nil if no picture can be used; the error is then dataset.ErrNoPictures.
func Inspect(ctx context.Context, c *config.Config, strict bool, name func(key string) string) (*Inspection,
	*dataset.Set, error) {
	i := &Inspection{Data: c.Data, Training: train.CostOf(c, name)}
	opt := dataset.OptionsFor(c)
	opt.Strict = strict
	opt.Progress = func(int, int) error { return ctx.Err() }
	set, err := dataset.OpenFor(c, opt)
	if errors.Is(err, dataset.ErrNoPictures) && c.Data != "" {
		found, inspectErr := dataset.Inspect(c.Data, opt)
		if inspectErr != nil {
			return i, nil, inspectErr
		}
		i.Report = found
	}
	if err != nil {
		return i, nil, err
	}
	if i.Report, err = set.Report(); err != nil {
		return i, nil, errors.Join(err, set.Close())
	}
	return i, set, nil
}

// inspectPage is what the template shows.
type inspectPage struct {
	*Inspection
	Thumbnails []thumbnail // spread evenly over the set
	Exact      []likeness
	Near       []likeness
	SkippedTop []dataset.Skipped
	Made       string

	Time string // of a training
}

// TopSizes returns the commonest sizes.
func (p *inspectPage) TopSizes() []dataset.SizeCount {
	return p.Sizes.Counts[:min(pageSizes, len(p.Sizes.Counts))]
}

// FilesText says what became of the files.
func (p *inspectPage) FilesText() string { return "Files: " + filesText(p.Report) }

// OtherSizes returns the number of sizes that are not among the commonest.
func (p *inspectPage) OtherSizes() int { return len(p.Sizes.Counts) - len(p.TopSizes()) }

// Counts returns a list together with the number that its shares are shares of.
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

// WritePage writes the inspection as a page, made at a time. It shows pictures of set,
// which is nil if no picture can be used.
func (i *Inspection) WritePage(w io.Writer, set *dataset.Set, made time.Time) error {
	p, err := newInspectPage(i, set)
	if err != nil {
		return err
	}
	p.Made = made.Format("2 January 2006, 15:04")
	funcs := template.FuncMap{"share": share, "bytes": config.BytesText, "count": Count}
	t, err := template.New("page").Funcs(funcs).Parse(inspectText)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// newInspectPage gathers what the page shows.
func newInspectPage(i *Inspection, set *dataset.Set) (*inspectPage, error) {
	p := &inspectPage{Inspection: i}
	p.SkippedTop = i.Skipped[:min(pageSkipped, len(i.Skipped))]
	if k := i.Training; k.StepS > 0 {
		p.Time = Duration(time.Duration(k.EtaS * float64(time.Second)))
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

// gallery makes thumbnails. After an error, which it keeps, it makes empty ones.
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
	var url template.URL
	url, g.err = dataURL(picture.Image(g.buffer, 0, picture.Nearest))
	return thumbnail{g.set.Name(k), url}
}

// likenesses returns the first groups, with the first pictures of each.
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

// share returns n in percent of all.
func share(n, all int) float64 { return 100 * float64(n) / float64(max(all, 1)) }

// DataSheet draws the first pictures of a set as they enter training.
func DataSheet(set *dataset.Set) (image.Image, error) {
	const columns = 8
	indices := make([]int, min(config.SheetSize, set.Len()))
	for i := range indices {
		indices[i] = i
	}
	pictures := newBatch(set, len(indices))
	if err := set.Batch(pictures, indices); err != nil {
		return nil, err
	}
	return picture.Sheet(pictures, columns, picture.Nearest), nil
}

// newBatch returns a batch of n pictures of a set's form, without numbers.
func newBatch(set *dataset.Set, n int) *tensor.Tensor {
	f := set.Form()
	return tensor.New(n, f.Channels, f.Size, f.Size)
}
