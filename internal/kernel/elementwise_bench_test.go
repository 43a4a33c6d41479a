package kernel

import "testing"

// BenchmarkElementwise reports the memory that one thread moves, counted once for each
// operand read or written: "L2" works on 64 KiB an operand, "large" on 16 MiB.
func BenchmarkElementwise(b *testing.B) {
	var mean [Lanes]float32
	var sum [Lanes]float64
	for _, size := range []struct {
		name   string
		floats int
	}{{"L2", 1 << 14}, {"large", 1 << 22}} {
		w, x := make([]float32, size.floats), make([]float32, size.floats)
		y, z := make([]float32, size.floats), make([]float32, size.floats)
		p := Row(size.floats / Lanes)
		for _, kernel := range []struct {
			name     string
			operands int
			run      func()
		}{
			{"Moments", 1, func() { Moments(p, x, &mean, &sum, &sum) }},
			{"Normalize", 2, func() { Normalize(p, y, x, &mean, &mean, 0.2) }},
			{"GradMoments", 2, func() { GradMoments(p, z, x, &mean, &mean, &mean, 0.2, &sum, &sum) }},
			{"NormGrad", 3, func() { NormGrad(p, y, z, x, &mean, &mean, &mean, &mean, &mean, 0.2) }},
			{"Adam", 7, func() { Adam(w, z, x, y, 1e-4, 0.5, 0.999, 1e-8) }},
			{"Transpose16", 2, func() { Transpose16(y, x) }},
			{"Tanh", 2, func() { Tanh(y, x) }},
		} {
			for _, isa := range Supported() {
				b.Run(size.name+"/"+kernel.name+"/"+isa.String(), func(b *testing.B) {
					defer Use(Active())
					if err := Use(isa); err != nil {
						b.Fatal(err)
					}
					b.SetBytes(int64(4 * size.floats * kernel.operands))
					for b.Loop() {
						kernel.run()
					}
				})
			}
		}
	}
}
