package score

import (
	"context"
	"encoding/json"
	"math"
	"testing"

	"dcgan/internal/kernel"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// metricsGolden is what testdata/make_metrics.py computes with NumPy, SciPy,
// pytorch-fid and prdc.
type metricsGolden struct {
	Y                                    [][]float64
	FD                                   float64
	FDFew                                float64 `json:"fd_few"`
	KID                                  []float64
	Precision, Recall, Density, Coverage float64
	NearDuplicates                       float64 `json:"near_duplicates"`
	Pyramid                              [][]float64
	SWD, Energy                          float64
}

// goldenSets returns the generator's sets x and y.
func goldenSets(t *testing.T) (x, y *vectors, g *metricsGolden) {
	g = &metricsGolden{}
	readGolden(t, "metrics.json", g)
	x = &vectors{n: 90, d: 8}
	for _, u := range hashed(11, 90*8) {
		x.data = append(x.data, float32(float64(float32(u)))+1)
	}
	y = &vectors{n: len(g.Y), d: 8}
	for _, row := range g.Y {
		for _, v := range row {
			y.data = append(y.data, float32(v))
		}
	}
	return x, y, g
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(math.Abs(want), 1e-3)) {
		t.Errorf("%s is %.9g, want %.9g", what, got, want)
	}
}

func TestFrechetDistance(t *testing.T) {
	x, y, g := goldenSets(t)
	distance := func(a, b *vectors) float64 {
		d, err := frechet(newNormal(a), newNormal(b))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	near(t, "the distance", distance(x, y), g.FD, 1e-6)
	near(t, "the distance the other way", distance(y, x), g.FD, 1e-6)
	few := &vectors{5, x.d, x.data[:5*x.d]}
	near(t, "the distance of fewer vectors than values", distance(few, y), g.FDFew, 1e-5)
	near(t, "the distance of a set to itself", distance(x, x), 0, 1e-9)

	// Normal distributions along one axis: (m1-m2)^2 + (s1-s2)^2.
	a, b := &vectors{2, 1, []float32{-1, 1}}, &vectors{2, 1, []float32{2, 8}}
	near(t, "the distance in one dimension", distance(a, b), 25+(math.Sqrt2-3*math.Sqrt2)*(math.Sqrt2-3*math.Sqrt2), 1e-12)
}

func TestKernelDistance(t *testing.T) {
	x, y, g := goldenSets(t)
	p := kernel.NewPool(2)
	defer p.Close()
	origin := x.mean()
	cx, cy := newCentred(x, origin), newCentred(y, origin)
	var inX, inY [][]int
	for s := range g.KID {
		inX, inY = append(inX, nil), append(inY, nil)
		for j := range 30 {
			inX[s], inY[s] = append(inX[s], (7*s+11*j)%x.n), append(inY[s], (5*s+3*j)%y.n)
		}
	}
	for s, v := range discrepancies(p, cx, cy, inX, inY) {
		near(t, "the discrepancy of a pair of subsets", v, g.KID[s], 1e-4)
	}

	// The mean over many subsets is near the estimate from all vectors, and the
	// stated error is of the size of the difference between independent halves.
	all := discrepancies(p, cx, cy, [][]int{upTo(y.n)}, [][]int{upTo(y.n)})[0]
	mean, stderr := kid(p, cx, cy)
	if math.Abs(mean-all) > 2*stderr || stderr > 0.5*mean {
		t.Errorf("KID is %g +- %g, all vectors give %g", mean, stderr, all)
	}
	if mean, _ := kid(p, newCentred(&vectors{3, 8, x.data[:24]}, origin), cy); !math.IsNaN(mean) {
		t.Errorf("KID of three vectors is %g", mean)
	}
}

func TestNeighbours(t *testing.T) {
	x, y, g := goldenSets(t)
	p := kernel.NewPool(2)
	defer p.Close()
	origin := x.mean()
	data, samples := newManifold(p, newCentred(x, origin)), newManifold(p, newCentred(y, origin))
	o := newOverlap(p, data, samples)
	near(t, "precision", o.precision, g.Precision, 1e-12)
	near(t, "recall", o.recall, g.Recall, 1e-12)
	near(t, "density", o.density, g.Density, 1e-12)
	near(t, "coverage", o.coverage, g.Coverage, 1e-12)
	near(t, "the share of near duplicates", nearDuplicates(data, samples), g.NearDuplicates, 1e-12)

	// The golden samples are none of the data; the data are, but for those alone.
	near(t, "the share of copies", copies(data, o.nearest), 0, 0)
	few := newManifold(p, newCentred(&vectors{x.n / 2, x.d, x.data[:x.n/2*x.d]}, origin))
	if c := copies(few, newOverlap(p, few, data).nearest); c < 0.5 || c > 0.75 {
		t.Errorf("%g of the whole set are copies of its half", c)
	}

	same := newOverlap(p, data, data)
	if same.precision < 1-1e-12 || same.recall != 1 || same.coverage != 1 {
		t.Errorf("a set covers itself by %+v", same)
	}
	for i, m := range same.nearest {
		if m.Index != i || m.Distance > 1e-3 {
			t.Fatalf("the nearest to vector %d is %+v", i, m)
		}
	}
}

// hashedPlanes returns the generator's pictures.
func hashedPlanes(i int) []plane {
	const side = 32
	var channels []plane
	u := hashed(uint32(20+i), 3*side*side)
	for c := range 3 {
		p := plane{side, make([]float32, side*side)}
		for k := range p.values {
			p.values[k] = float32(math.RoundToEven((u[c*side*side+k] + 0.5) * 255))
		}
		channels = append(channels, p)
	}
	return channels
}

func TestSlicedWasserstein(t *testing.T) {
	_, _, g := goldenSets(t)
	var corners [][2]int
	for i := range patches {
		corners = append(corners, [2]int{i * 3 % 10, i * 7 % 10})
	}
	var sets [2]*vectors
	for i := range sets {
		sets[i] = &vectors{patches, 3 * patch * patch, make([]float32, patches*3*patch*patch)}
		descriptors(sets[i].data, hashedPlanes(i), corners)
	}
	along := func(d, k int) []float32 {
		u, length := hashed(uint32(100+k), d), 0.0
		for _, v := range u {
			length += v * v
		}
		v := make([]float32, d)
		for i := range v {
			v[i] = float32(u[i] / math.Sqrt(length))
		}
		return v
	}
	p := kernel.NewPool(2)
	defer p.Close()
	near(t, "the distance", slicedWasserstein(p, sets[0], sets[1], along), g.SWD, 1e-5)
	near(t, "the distance of a set to itself", slicedWasserstein(p, sets[0], sets[0], along), 0, 0)

	for l, level := range pyramid(hashedPlanes(0)[1]) {
		for i, v := range g.Pyramid[l] {
			if math.Abs(float64(level.values[i])-v) > 1e-3 {
				t.Fatalf("level %d: value %d is %g, want %g", l, i, level.values[i], v)
			}
		}
	}
}

func TestLaplacianEnergy(t *testing.T) {
	_, _, g := goldenSets(t)
	var rgb [3][]float32
	for c, p := range hashedPlanes(0) {
		for _, v := range p.values {
			rgb[c] = append(rgb[c], v/127.5-1)
		}
	}
	near(t, "the energy", laplacianEnergy(rgb, 32), g.Energy, 1e-5)
}

// random64 draws n pictures of noise around a mean.
func random64(seed uint64, n, channels, size int, mean float32) memory {
	m := memory{tensor.New(n, channels, size, size)}
	src := random.New(seed, random.Score, 77)
	for i := range m.Data {
		m.Data[i] = mean + src.Uniform(0.5)
	}
	return m
}

func TestCompare(t *testing.T) {
	e, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	measure := func(m memory, threads int) *Sample {
		s, err := e.Measure(context.Background(), m, upTo(m.Shape[0]), Form{m.Shape[3], m.Shape[1], threads})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	// The same pictures have the same scores at any number of threads.
	data, samples := random64(1, 21, 3, 16, 0), random64(2, 12, 3, 16, 0.1)
	one, _, err := Compare(measure(data, 1), measure(samples, 1), 1)
	if err != nil {
		t.Fatal(err)
	}
	three, nearest, err := Compare(measure(data, 3), measure(samples, 3), 3)
	if err != nil {
		t.Fatal(err)
	}
	if *one != *three {
		t.Errorf("one thread: %+v\nthree:      %+v", one, three)
	}
	if one.N != 12 || len(nearest) != 12 || one.FD <= 0 || one.SWD <= 0 {
		t.Errorf("%+v with %d nearest pictures", one, len(nearest))
	}

	// A set compared with itself.
	same, _, err := Compare(measure(data, 0), measure(data, 0), 0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "fd of a set to itself", same.FD, 0, 1e-3)
	if same.Sharpness != 1 || same.SWD != 0 || same.Recall != 1 || same.Coverage != 1 {
		t.Errorf("a set compared with itself: %+v", same)
	}

	// Grey is RGB with equal channels; alpha shows white.
	grey := random64(3, 4, 1, 16, 0)
	rgba := memory{tensor.New(4, 4, 16, 16)}
	for i := range 4 {
		for k := range 4 * 256 {
			rgba.Row(i)[k] = grey.Row(i)[k%256]
			if k >= 3*256 {
				rgba.Row(i)[k] = 1
			}
		}
	}
	a, b := measure(grey, 0), measure(rgba, 0)
	for i, v := range a.Features {
		if math.Abs(float64(v-b.Features[i])) > 1e-4 {
			t.Fatalf("feature %d of grey is %g, of the same in RGBA %g", i, v, b.Features[i])
		}
	}
	few := memory{&tensor.Tensor{Shape: []int{Least - 1, 3, 16, 16}, Data: samples.Data[:(Least-1)*len(samples.Row(0))]}}
	if _, _, err := Compare(measure(data, 0), measure(few, 0), 0); err == nil {
		t.Error("fewer samples than the least have a distance")
	}

	// Every score is a number, also beside data without an edge.
	black := memory{tensor.New(Least, 3, 16, 16)}
	flat, _, err := Compare(measure(black, 0), measure(samples, 0), 0)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(flat); err != nil {
		t.Errorf("the scores beside flat data are %s, %v", text, err)
	}
}

// memory is a set of pictures in memory.
type memory struct{ *tensor.Tensor }

func (m memory) Batch(dst *tensor.Tensor, indices []int) error {
	for i, k := range indices {
		copy(dst.Row(i), m.Row(k))
	}
	return nil
}
