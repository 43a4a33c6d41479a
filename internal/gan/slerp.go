package gan

import "math"

// Slerp writes into z the point at t in [0, 1] of the arc from a to b, by spherical
// linear interpolation,
//
//	z = (sin((1-t)w) a + sin(tw) b) / sin w
//
// with the angle w between a and b (Shoemake: Animating Rotation with Quaternion
// Curves; SIGGRAPH 1985). Unlike the straight line, the arc does not pass near 0,
// where no z of the training lies. If a and b have the same or opposite directions,
// there is no single arc, and Slerp follows the line.
func Slerp(z, a, b []float32, t float64) {
	var aa, bb, ab float64
	for i := range a {
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
		ab += float64(a[i]) * float64(b[i])
	}
	fa, fb := 1-t, t
	w := math.Acos(max(-1, min(1, ab/math.Sqrt(aa*bb))))
	if sin := math.Sin(w); sin > 1e-6 {
		fa, fb = math.Sin((1-t)*w)/sin, math.Sin(t*w)/sin
	}
	for i := range z {
		z[i] = float32(fa*float64(a[i]) + fb*float64(b[i]))
	}
}

// Spline writes into z the point at u of a smooth curve through keys, of which there must be
// at least two. The curve passes keys[i] at u = i. An open curve ends at u = len(keys)-1, and
// a closed one returns to keys[0] at u = len(keys).
//
// It is the spline of Catmull and Rom (1974), which has no corners and does not stop at the
// keys. Its points are scaled to lengths that the same spline interpolates between the lengths
// of the keys, because the z of the training do not lie near 0.
func Spline(z []float32, keys [][]float32, u float64, closed bool) {
	n := len(keys)
	k := int(u)
	if !closed {
		k = min(k, n-2)
	}
	t := u - float64(k)
	between := func(key func(i int) float64) float64 {
		p0, p1, p2, p3 := key((k-1+n)%n), key(k%n), key((k+1)%n), key((k+2)%n)
		if !closed && k == 0 {
			p0 = 2*p1 - p2 // an open curve begins and ends straight
		}
		if !closed && k == n-2 {
			p3 = 2*p2 - p1
		}
		return p1 + t/2*(p2-p0+t*(2*p0-5*p1+4*p2-p3+t*(3*(p1-p2)+p3-p0)))
	}
	for i := range z {
		z[i] = float32(between(func(at int) float64 { return float64(keys[at][i]) }))
	}
	if length := norm(z); length > 0 {
		stretch := between(func(at int) float64 { return norm(keys[at]) }) / length
		for i := range z {
			z[i] = float32(float64(z[i]) * stretch)
		}
	}
}

func norm(z []float32) float64 {
	var sum float64
	for _, v := range z {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}
