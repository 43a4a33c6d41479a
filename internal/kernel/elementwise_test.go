package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// maxTestPixels is the assembly's maxPixels, which exists on some targets only.
const maxTestPixels = 4096

// testPlanes are single rows of about as many pixels as one call into assembly takes, and rows with
// gaps, of which a call takes all, some or one.
var testPlanes = []Plane{
	Row(0), Row(1), Row(2), Row(3), Row(17), Row(64), Row(maxTestPixels - 1), Row(maxTestPixels), Row(maxTestPixels + 1),
	{1, 3, 3 * Lanes}, {4, 4, 6 * Lanes}, {16, 16, 18 * Lanes}, {5, 3, 5 * Lanes}, {5, 3, 5*Lanes + 4},
	{maxTestPixels / 4, 9, (maxTestPixels/4 + 2) * Lanes}, {maxTestPixels + 1, 2, (maxTestPixels + 3) * Lanes},
}

// len returns the number of floats from a plane's first pixel to its last.
func (p Plane) len() int { return (p.Rows-1)*p.Step + p.Pixels*Lanes }

// eachPlane runs body for every instruction set and plane.
func eachPlane(t *testing.T, body func(t *testing.T, p Plane)) {
	eachISA(t, func(t *testing.T, _ ISA) {
		for _, p := range testPlanes {
			t.Run(fmt.Sprintf("%+v", p), func(t *testing.T) { body(t, p) })
		}
	})
}

// awkward sets every seventh number of x to a zero of either sign, NaN or an infinity, and returns x.
func awkward(x []float32) []float32 {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	special := []float32{0, float32(math.Copysign(0, -1)), nan, inf, -inf}
	for i := 0; i < len(x); i += 7 {
		x[i] = special[i/7%len(special)]
	}
	return x
}

func clone(t *testing.T, x []float32) []float32 {
	y := guarded(t, len(x), true)
	copy(y, x)
	return y
}

func TestMoments(t *testing.T) {
	eachPlane(t, func(t *testing.T, p Plane) {
		x, about := random(t, p.len(), 1), perChannel(4)
		sum, sumsq := sums(2)
		wantSum, wantSumsq := sum, sumsq
		Moments(p, x, about, &sum, &sumsq)
		momentsGeneric(p, x, about, &wantSum, &wantSumsq)
		sameSums(t, "sum", sum, wantSum)
		sameSums(t, "sumsq", sumsq, wantSumsq)
	})
}

func TestNormalize(t *testing.T) {
	for _, slope := range []float32{0, 0.2, 1} {
		eachPlane(t, func(t *testing.T, p Plane) {
			x, scale, shift := awkward(random(t, p.len(), 1)), perChannel(2), perChannel(3)
			y := random(t, p.len(), 4) // what lies between rows stays
			want := clone(t, y)
			normalizeGeneric(p, want, x, scale, shift, slope)
			Normalize(p, y, x, scale, shift, slope)
			sameBits(t, "y", y, want)
			want = clone(t, x)
			normalizeGeneric(p, want, x, scale, shift, slope)
			Normalize(p, x, x, scale, shift, slope)
			sameBits(t, "y in place", x, want)
		})
	}
}

func TestGradMoments(t *testing.T) {
	for _, slope := range []float32{0, 0.2, 1} {
		eachPlane(t, func(t *testing.T, p Plane) {
			dy, x := random(t, p.len(), 1), awkward(random(t, p.len(), 3))
			mean, invstd, shift := perChannel(4), perChannel(5), perChannel(6)
			dv, dvXhat := sums(7)
			wantDv, wantDvXhat := dv, dvXhat
			gradMomentsGeneric(p, dy, x, mean, invstd, shift, slope, &wantDv, &wantDvXhat)
			GradMoments(p, dy, x, mean, invstd, shift, slope, &dv, &dvXhat)
			sameSums(t, "sumDv", dv, wantDv)
			sameSums(t, "sumDvXhat", dvXhat, wantDvXhat)
		})
	}
}

func TestNormGrad(t *testing.T) {
	for _, slope := range []float32{0, 0.2, 1} {
		eachPlane(t, func(t *testing.T, p Plane) {
			dy, x := random(t, p.len(), 1), awkward(random(t, p.len(), 2))
			mean, invstd, shift, a, b := perChannel(3), perChannel(4), perChannel(5), perChannel(6), perChannel(7)
			dx := random(t, p.len(), 8)
			want := clone(t, dx)
			normGradGeneric(p, want, dy, x, mean, invstd, shift, a, b, slope)
			NormGrad(p, dx, dy, x, mean, invstd, shift, a, b, slope)
			sameBits(t, "dx", dx, want)
			want = clone(t, dy)
			normGradGeneric(p, want, dy, x, mean, invstd, shift, a, b, slope)
			NormGrad(p, dy, dy, x, mean, invstd, shift, a, b, slope)
			sameBits(t, "dx in place", dy, want)
		})
	}
}

// sums returns random numbers for two sums to begin with.
func sums(seed uint64) (a, b [Lanes]float64) {
	addRow(&a, perChannel(seed))
	addRow(&b, perChannel(seed+1))
	return a, b
}

func sameSums(t *testing.T, what string, got, want [Lanes]float64) {
	t.Helper()
	for c, v := range want {
		if math.Float64bits(got[c]) != math.Float64bits(v) && !(got[c] != got[c] && v != v) {
			t.Fatalf("%s[%d] = %v, want %v", what, c, got[c], v)
		}
	}
}

// A slice that is shorter than the plane is a bug of the caller, and panics.
func TestPlaneMustFit(t *testing.T) {
	p, c := Plane{4, 4, 6 * Lanes}, perChannel(1)
	x := make([]float32, p.len())
	Normalize(p, x, x, c, c, 1)
	defer func() {
		if recover() == nil {
			t.Error("no panic for a float too few")
		}
	}()
	Normalize(p, x, x[1:], c, c, 1)
}

// Without batch normalisation NormGrad computes the gradient of the activation.
func TestNormGradWithoutNorm(t *testing.T) {
	eachISA(t, func(t *testing.T, _ ISA) {
		const pixels = 17
		n := pixels * Lanes
		dy, y, want := random(t, n, 1), random(t, n, 2), make([]float32, n)
		for i, d := range dy {
			want[i] = d
			if !(y[i] > 0) {
				want[i] = float32(d * 0.2)
			}
		}
		var zero, one [Lanes]float32
		for c := range one {
			one[c] = 1
		}
		NormGrad(Row(pixels), dy, dy, y, &zero, &one, &zero, &zero, &zero, 0.2)
		sameBits(t, "dv", dy, want)
	})
}

func TestAdam(t *testing.T) {
	eachISA(t, func(t *testing.T, _ ISA) {
		for n := range 100 {
			w, dw, m, v := random(t, n, 1), random(t, n, 2), random(t, n, 3), random(t, n, 4)
			for i := range v {
				v[i] = v[i] * v[i]
			}
			if n > 20 {
				dw[17], v[17], m[17] = 0, 0, 0
			}
			w2, m2, v2 := clone(t, w), clone(t, m), clone(t, v)
			for range 3 {
				Adam(w, dw, m, v, 4e-4, 0.5, 0.999, 1e-8)
				adamGeneric(w2, dw, m2, v2, 4e-4, 0.5, 0.999, 1e-8)
			}
			sameBits(t, "w", w, w2)
			sameBits(t, "m", m, m2)
			sameBits(t, "v", v, v2)
		}
	})
}

func TestTranspose16(t *testing.T) {
	eachISA(t, func(t *testing.T, _ ISA) {
		for blocks := range 4 {
			n := blocks * Lanes * Lanes
			src, dst := random(t, n, 1), guarded(t, n, true)
			Transpose16(dst, src)
			for i := range n {
				block, r, c := i&^255, i/Lanes%Lanes, i%Lanes
				if want := src[block+c*Lanes+r]; dst[i] != want {
					t.Fatalf("block %d, row %d, column %d: %v, want %v", i/256, r, c, dst[i], want)
				}
			}
		}
	})
}

// The four kernels together give the gradient of finite differences in float64, on one batch.
func TestNormIsItsFormula(t *testing.T) {
	const pixels, slope, eps = 50, 0.2, 1e-3
	rng := rand.New(rand.NewPCG(1, 2))
	x, r := make([]float64, pixels), make([]float64, pixels) // of channel 3; the loss is sum(r*y)
	for i := range x {
		x[i], r[i] = 3+rng.NormFloat64(), rng.NormFloat64()
	}
	loss := func(x []float64) (l float64) {
		mean, variance := moments64(x)
		for i, v := range x {
			v = (v-mean)/math.Sqrt(variance+eps) + 0.1
			if v < 0 {
				v *= slope
			}
			l += r[i] * v
		}
		return l
	}

	xs, dy := make([]float32, pixels*Lanes), make([]float32, pixels*Lanes)
	for i := range x {
		xs[i*Lanes+3], dy[i*Lanes+3] = float32(x[i]), float32(r[i])
	}
	var sum, sumsq, dv, dvXhat [Lanes]float64
	var mean, invstd, shift, a, b [Lanes]float32
	p, about := Row(pixels), (*[Lanes]float32)(xs)
	Moments(p, xs, about, &sum, &sumsq)
	for c := range mean {
		d := sum[c] / pixels
		mean[c] = about[c] + float32(d)
		invstd[c] = float32(1 / math.Sqrt(sumsq[c]/pixels-d*d+eps))
		shift[c] = 0.1 - mean[c]*invstd[c]
	}
	y := make([]float32, len(xs))
	Normalize(p, y, xs, &invstd, &shift, slope)
	GradMoments(p, dy, xs, &mean, &invstd, &shift, slope, &dv, &dvXhat)
	for c := range a {
		a[c], b[c] = float32(dv[c]/pixels), float32(dvXhat[c]/pixels)
	}
	NormGrad(p, dy, dy, xs, &mean, &invstd, &shift, &a, &b, slope)

	for i := range x {
		const h = 1e-5
		was := x[i]
		x[i] = was + h
		up := loss(x)
		x[i] = was - h
		down := loss(x)
		x[i] = was
		want := (up - down) / (2 * h)
		if got := float64(dy[i*Lanes+3]); math.Abs(got-want) > 1e-5 {
			t.Errorf("dx[%d] = %v, want %v", i, got, want)
		}
	}
}

func moments64(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, variance
}

// Adam agrees with its formula in float64.
func TestAdamIsItsFormula(t *testing.T) {
	w, m, v := []float32{0.5}, []float32{0}, []float32{0}
	w64, m64, v64 := 0.5, 0.0, 0.0
	for step := 1; step <= 20; step++ {
		d := math.Sin(float64(step))
		lr := 2e-3 * math.Sqrt(1-math.Pow(0.999, float64(step))) / (1 - math.Pow(0.5, float64(step)))
		Adam(w, []float32{float32(d)}, m, v, float32(lr), 0.5, 0.999, 1e-8)
		m64, v64 = 0.5*m64+0.5*d, 0.999*v64+0.001*d*d
		w64 -= lr * m64 / (math.Sqrt(v64) + 1e-8)
	}
	// 1-0.999 in float32 is off by 1.3e-5 of itself, and so the square root by half that.
	if math.Abs(float64(w[0])-w64) > 1e-6 {
		t.Fatalf("w = %v, want %v", w[0], w64)
	}
}

func TestTanh(t *testing.T) {
	eachISA(t, func(t *testing.T, _ ISA) {
		for _, n := range []int{0, 1, 15, 16, 17, 48, maxTestPixels*Lanes + 5} {
			x, dy := awkward(random(t, n, 1)), random(t, n, 2)
			for i := range x {
				x[i] *= 12
			}
			want, wantGrad := make([]float32, n), make([]float32, n)
			tanhGeneric(want, x)
			tanhGradGeneric(wantGrad, dy, want)
			y := guarded(t, n, false)
			Tanh(y, x)
			sameBits(t, "y", y, want)
			Tanh(x, x)
			sameBits(t, "y in place", x, want)
			TanhGrad(dy, dy, y)
			sameBits(t, "gradient", dy, wantGrad)
		}
	})
}

// Tanh agrees with float64 on numbers of every size, about one in a thousand of all.
func TestTanhIsItsFunction(t *testing.T) {
	const most = 2.3 // units in the last place
	const step = 1009
	var x, y [1024]float32
	worst := 0.0
	for bits := uint32(0); bits < 0x7f800000; bits += step * uint32(len(x)) {
		for i := range x {
			x[i] = math.Float32frombits(min(bits+uint32(i)*step, 0x7f7fffff) | uint32(i%2)<<31)
		}
		Tanh(y[:], x[:])
		for i, v := range y {
			want := math.Tanh(float64(x[i]))
			unit := math.Abs(float64(math.Nextafter32(float32(want), 2)) - float64(float32(want)))
			worst = max(worst, math.Abs(float64(v)-want)/unit)
		}
	}
	if worst > most {
		t.Errorf("off by %.2f units", worst)
	}
}
