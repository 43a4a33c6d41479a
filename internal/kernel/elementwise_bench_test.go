package kernel

import "testing"

// BenchmarkElementwise reports the memory that one thread moves, counted once for each
// operand read or written: "L2" works on 64 KiB an operand, "large" on 16 MiB.
func BenchmarkElementwise(b *testing.B) {
	var mean, c [Lanes]float32
	for _, size := range []struct {
		name   string
		floats int
	}{{"L2", 1 << 14}, {"large", 1 << 22}} {
		w, x, y, z := make([]float32, size.floats), make([]float32, size.floats), make([]float32, size.floats), make([]float32, size.floats)
		for _, kernel := range []struct {
			name     string
			operands int
			run      func()
		}{
			{"Moments", 1, func() { Moments(x, &mean, &c, &c) }},
			{"Normalize", 2, func() { Normalize(y, x, &mean, &mean, 0.2) }},
			{"GradMoments", 2, func() { GradMoments(z, x, &mean, &mean, &mean, 0.2, &c, &c) }},
			{"NormGrad", 3, func() { NormGrad(y, z, x, &mean, &mean, &mean, &mean, &mean, 0.2) }},
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
