package score

// The test by which the embedded extractor was chosen. A ladder is a series of rungs:
// real pictures with growing damage. The distance to other, undamaged pictures must
// rise with every rung.

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dcgan/internal/dataset"
	"dcgan/internal/kernel"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

var (
	ladderN    = flag.Int("ladder-n", 150, "`pictures` of a rung")
	ladderDump = flag.String("ladder-dump", "",
		"write every rung's pictures and distance into this `folder`, for bench/ladder.py")
)

const (
	ladderSize  = 64
	sharedData  = "../../../shared/data"
	fashionData = "/usr/share/datasets/fashion-mnist" // Debian's dataset-fashion-mnist
)

// held is a set of pictures that no extractor was trained on, each with the mode
// (class, or cluster of colours) that it belongs to.
type held struct {
	name     string
	pictures *tensor.Tensor
	mode     []int
}

// take returns the pictures at the indices.
func (h *held) take(indices []int) *tensor.Tensor {
	t := tensor.New(len(indices), 3, ladderSize, ladderSize)
	memory{h.pictures}.Batch(t, indices)
	return t
}

// rungs is a ladder: a list of damages, each worse than the one before. Rung 0 is as
// many undamaged pictures as a rung has. The pool passed to a damage is the indices
// of the pictures that it may use.
type rungs struct {
	name   string
	pixels bool // whether single pictures are damaged, rather than the choice of them
	make   []func(h *held, pool []int) *tensor.Tensor
}

// each makes a rung from a change of single pictures.
func each(change func(p []float32, i int)) func(*held, []int) *tensor.Tensor {
	return func(h *held, pool []int) *tensor.Tensor {
		t := h.take(pool[:*ladderN])
		for i := range *ladderN {
			change(t.Row(i), i)
			for k, v := range t.Row(i) {
				t.Row(i)[k] = float32(math.Round(min(max(float64(v+1)*127.5, 0), 255))/127.5 - 1)
			}
		}
		return t
	}
}

func ladders() []rungs {
	list := []rungs{
		{name: "blur", pixels: true}, {name: "noise", pixels: true}, {name: "jpeg", pixels: true}, {name: "colour", pixels: true},
		{name: "modes"}, {name: "copies"},
	}
	for i := range 3 {
		list[0].make = append(list[0].make, each(func(p []float32, _ int) { blur(p, []float64{0.8, 1.5, 3}[i]) }))
		list[1].make = append(list[1].make, each(func(p []float32, k int) { addNoise(p, k, []float64{8, 20, 50}[i]) }))
		list[2].make = append(list[2].make, each(func(p []float32, _ int) { recompress(p, []int{50, 20, 5}[i]) }))
		list[3].make = append(list[3].make, each(func(p []float32, _ int) { shiftColour(p, []float32{20, 40, 80}[i]) }))
	}
	for _, percent := range []int{90, 50, 10} {
		list[4].make = append(list[4].make, func(h *held, pool []int) *tensor.Tensor {
			return h.take(h.dropModes(pool, percent/10))
		})
		list[5].make = append(list[5].make, func(h *held, pool []int) *tensor.Tensor {
			return h.take(withCopies(pool, 100-percent))
		})
	}
	return list
}

// dropModes keeps so many of the ten modes. It replaces rung 0's pictures of the other
// modes by further pictures of those.
func (h *held) dropModes(pool []int, kept int) []int {
	var fresh []int
	for _, k := range pool[*ladderN:] {
		if h.mode[k] < kept {
			fresh = append(fresh, k)
		}
	}
	list := slices.Clone(pool[:*ladderN])
	used := 0
	for i, k := range list {
		if h.mode[k] >= kept {
			list[i] = fresh[used%len(fresh)]
			used++
		}
	}
	return list
}

// withCopies replaces so many of every hundred pictures by copies of four others.
func withCopies(pool []int, percent int) []int {
	list := slices.Clone(pool[:*ladderN])
	for i := range *ladderN * percent / 100 {
		list[i] = pool[*ladderN-1-i%4]
	}
	return list
}

func blur(p []float32, sigma float64) {
	reach := int(math.Ceil(3 * sigma))
	var kernel []float32
	sum := 0.0
	for k := -reach; k <= reach; k++ {
		sum += math.Exp(-float64(k*k) / (2 * sigma * sigma))
	}
	for k := -reach; k <= reach; k++ {
		kernel = append(kernel, float32(math.Exp(-float64(k*k)/(2*sigma*sigma))/sum))
	}
	in := func(i int) int { return min(max(i, 0), ladderSize-1) }
	const area = ladderSize * ladderSize
	for c := range 3 {
		plane, across := p[c*area:][:area], make([]float32, area)
		for i := range area {
			for k, w := range kernel {
				across[i] += w * plane[i/ladderSize*ladderSize+in(i%ladderSize+k-reach)]
			}
		}
		for i := range area {
			plane[i] = 0
			for k, w := range kernel {
				plane[i] += w * across[in(i/ladderSize+k-reach)*ladderSize+i%ladderSize]
			}
		}
	}
}

// addNoise adds normal noise; the standard deviation is in units of a byte.
func addNoise(p []float32, i int, deviation float64) {
	src := random.New(4, random.Score, uint64(i))
	for k := range p {
		p[k] += src.Normal() * float32(deviation/127.5)
	}
}

func recompress(p []float32, quality int) {
	const area = ladderSize * ladderSize
	img := image.NewRGBA(image.Rect(0, 0, ladderSize, ladderSize))
	at := func(k int) byte { return byte(math.Round(float64(p[k]+1) * 127.5)) }
	for i := range area {
		img.SetRGBA(i%ladderSize, i/ladderSize, color.RGBA{at(i), at(i + area), at(i + 2*area), 255})
	}
	var file bytes.Buffer
	jpeg.Encode(&file, img, &jpeg.Options{Quality: quality})
	back, err := jpeg.Decode(&file)
	if err != nil {
		panic(err)
	}
	for i := range area {
		r, g, b, _ := back.At(i%ladderSize, i/ladderSize).RGBA()
		for c, v := range []uint32{r, g, b} {
			p[c*area+i] = float32(v>>8)/127.5 - 1
		}
	}
}

// shiftColour moves red up and blue down by so many units of a byte.
func shiftColour(p []float32, by float32) {
	const area = ladderSize * ladderSize
	for i := range area {
		p[i] += by / 127.5
		p[2*area+i] -= by / 127.5
	}
}

// avatars returns the 9,000 pictures that the demonstration set is a part of. Their
// modes are clusters of the mean colour.
func avatars(t *testing.T) *held {
	h := openHeld(t, "avatars", "avatars-64.zip", func(s *dataset.Set) []int {
		list := upTo(s.Len())
		return list[1000:]
	})
	h.mode = clusters(h.pictures, 10)
	return h
}

func emoji(t *testing.T) *held {
	h := openHeld(t, "emoji", "emoji-noto-64.zip", func(s *dataset.Set) []int { return upTo(s.Len()) })
	h.mode = clusters(h.pictures, 10)
	return h
}

func openHeld(t *testing.T, name, file string, which func(*dataset.Set) []int) *held {
	path := filepath.Join(sharedData, file)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not here: %v", path, err)
	}
	set, err := dataset.Open(path, dataset.Options{Size: ladderSize, Channels: 3, Fit: "cover", Filter: "antialias"})
	if err != nil {
		t.Fatal(err)
	}
	order := which(set)
	shuffled := make([]int, min(len(order), 4000))
	for i, k := range random.New(5, random.Score, 0).Perm(len(order))[:len(shuffled)] {
		shuffled[i] = order[k]
	}
	h := &held{name: name, pictures: tensor.New(len(shuffled), 3, ladderSize, ladderSize)}
	if err := set.Batch(h.pictures, shuffled); err != nil {
		t.Fatal(err)
	}
	return h
}

// clusters groups pictures by their mean colour, with k-means.
func clusters(p *tensor.Tensor, k int) []int {
	const area = ladderSize * ladderSize
	n := p.Shape[0]
	colours := make([][3]float64, n)
	for i := range n {
		for j, v := range p.Row(i) {
			colours[i][j/area] += float64(v) / area
		}
	}
	mode, centres := make([]int, n), slices.Clone(colours[:k])
	for range 20 {
		sums, counts := make([][3]float64, k), make([]float64, k)
		for i, c := range colours {
			best := math.Inf(1)
			for m, z := range centres {
				if d := sq(c[0]-z[0]) + sq(c[1]-z[1]) + sq(c[2]-z[2]); d < best {
					best, mode[i] = d, m
				}
			}
			counts[mode[i]]++
			for j := range 3 {
				sums[mode[i]][j] += c[j]
			}
		}
		for m := range k {
			for j := range 3 {
				centres[m][j] = sums[m][j] / max(counts[m], 1)
			}
		}
	}
	return mode
}

func sq(x float64) float64 { return x * x }

// fashion returns grey pictures of clothes at twice their size. Their modes are the
// classes.
func fashion(t *testing.T) *held {
	pixels := idx(t, "t10k-images-idx3-ubyte.gz", 16)
	labels := idx(t, "t10k-labels-idx1-ubyte.gz", 8)
	const n, side = 4000, 28
	h := &held{name: "fashion", pictures: tensor.New(n, 3, ladderSize, ladderSize)}
	r := newResizer(side, ladderSize, true)
	for i := range n {
		p := make([]float32, side*side)
		for k, b := range pixels[i*side*side:][:side*side] {
			p[k] = float32(b)/127.5 - 1
		}
		row := h.pictures.Row(i)
		r.put(p, func(y, x int, v float32) {
			for c := range 3 {
				row[(c*ladderSize+y)*ladderSize+x] = float32(math.Round(float64(v+1)*127.5)/127.5 - 1)
			}
		})
		h.mode = append(h.mode, int(labels[i]))
	}
	return h
}

// idx reads the body of an IDX file.
func idx(t *testing.T, name string, header int) []byte {
	f, err := os.Open(filepath.Join(fashionData, name))
	if err != nil {
		t.Skipf("Debian's package dataset-fashion-mnist is not here: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data[header:]
}

// rung is what was measured of a rung against the reference.
type rung struct{ fd, realism, closeness float64 }

// climb returns what was measured of a ladder's rungs, from rung 0 on.
func climb(t *testing.T, e *Extractor, h *held, l rungs, reference, whole *Sample, pool []int) []rung {
	threads := kernel.NewPool(Form{}.threads())
	defer threads.Close()
	real := newNormal(reference.featureVectors())
	measure := func(s *Sample) rung {
		d, err := frechet(real, newNormal(s.featureVectors()))
		if err != nil {
			t.Fatal(err)
		}
		realism, closeness := nearness(threads, reference.featureVectors(), s.featureVectors())
		return rung{d, mean(realism), mean(closeness)}
	}
	list := []rung{measure(whole)}
	dump(t, h.name+"-whole-0", h.take(pool[:*ladderN]), list[0].fd)
	for i, damage := range l.make {
		pictures := damage(h, pool)
		list = append(list, measure(measureAll(t, e, pictures)))
		dump(t, fmt.Sprintf("%s-%s-%d", h.name, l.name, i+1), pictures, list[i+1].fd)
	}
	return list
}

func measureAll(t *testing.T, e *Extractor, pictures *tensor.Tensor) *Sample {
	form := Form{Size: ladderSize, Channels: 3}
	s, err := e.Measure(context.Background(), memory{pictures}, upTo(pictures.Shape[0]), form)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dump writes pictures as bytes and a line with the distance, to compare other
// networks with.
func dump(t *testing.T, name string, pictures *tensor.Tensor, distance float64) {
	if *ladderDump == "" {
		return
	}
	data := make([]byte, len(pictures.Data))
	for i, v := range pictures.Data {
		data[i] = byte(math.Round(float64(v+1) * 127.5))
	}
	header := binary.LittleEndian.AppendUint32(nil, uint32(pictures.Shape[0]))
	header = binary.LittleEndian.AppendUint64(header, math.Float64bits(distance))
	if err := os.WriteFile(filepath.Join(*ladderDump, name+".u8"), append(header, data...), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestDistanceRisesAlongLadders(t *testing.T) {
	if testing.Short() {
		t.Skip("it looks at thousands of pictures")
	}
	e, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(*testing.T) *held{"avatars": avatars, "emoji": emoji, "fashion": fashion} {
		t.Run(name, func(t *testing.T) { climbAll(t, e, open(t)) })
	}
}

func climbAll(t *testing.T, e *Extractor, h *held) {
	order := random.New(6, random.Score, 0).Perm(h.pictures.Shape[0])
	real, pool := order[:*ladderN], order[*ladderN:]
	reference, whole := measureAll(t, e, h.take(real)), measureAll(t, e, h.take(pool[:*ladderN]))
	dump(t, h.name+"-reference-0", h.take(real), 0)
	for _, l := range ladders() {
		list := climb(t, e, h, l, reference, whole, pool)
		text := fmt.Sprintf("%.4g", list)
		t.Logf("%s: fd, realism, closeness: %s", l.name, text)
		for i, next := range list[1:] {
			last := list[i]
			if next.fd <= last.fd {
				t.Errorf("%s: the distance does not rise with the damage: %s", l.name, text)
			}
			if l.pixels && next.closeness >= last.closeness {
				t.Errorf("%s: closeness does not fall with the damage: %s", l.name, text)
			}
		}
		// Of weak damage realism says as little as of the choice of pictures.
		whole, worst := list[0], list[len(list)-1]
		if worst.closeness >= whole.closeness || l.pixels && worst.realism >= whole.realism {
			t.Errorf("%s: closeness or realism are not less at the worst: %s", l.name, text)
		}
	}
}
