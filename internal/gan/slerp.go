package gan

import "math"

// Slerp writes into z the point at t, 0 to 1, of the arc from a to b: spherical
// linear interpolation, (sin((1-t)w) a + sin(tw) b) / sin w with w the angle
// between a and b (Shoemake: Animating Rotation with Quaternion Curves; SIGGRAPH
// 1985). Unlike the straight line it does not pass near 0, where no z of the
// training lies. Where the arc is none (w = 0) or any (w = pi), it is the line.
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
