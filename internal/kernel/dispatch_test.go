package kernel

import (
	"reflect"
	"testing"
)

// Every table has a function for every kernel.
func TestTablesAreComplete(t *testing.T) {
	for _, f := range tables {
		v := reflect.ValueOf(*f)
		for i := range v.NumField() {
			if field := v.Field(i); field.Kind() == reflect.Func && field.IsNil() {
				t.Errorf("%v has no %s", f.isa, v.Type().Field(i).Name)
			}
		}
	}
}

func TestUseRefusesWhatIsMissing(t *testing.T) {
	if err := Use(ISA(99)); err == nil {
		t.Fatal("Use(ISA(99)) succeeded")
	}
	if Active() != Best() {
		t.Fatalf("Active() = %v, want %v", Active(), Best())
	}
}

// No kernel allocates, and none moves to the heap what a caller passes by pointer: everything
// that is passed so here is a local variable of the function that is measured.
func TestKernelsDoNotAllocate(t *testing.T) {
	x, y := make([]float32, 25*Lanes), make([]float32, 25*Lanes)
	offsets := []int32{0, Lanes}
	p := Plane{2, 4, 3 * Lanes}
	for name, run := range map[string]func(){
		"Tile": func() {
			tile := Tile{A: x, B0: x, C0: y, Rows: 2, OffA: offsets, OffB: offsets, KLen: 2, StepA: 1, StepB: Lanes}
			tile.Run()
			tile.BF16 = true
			tile.Run()
		},
		"Moments": func() {
			var about [Lanes]float32
			var sum, sumsq [Lanes]float64
			Moments(p, x, &about, &sum, &sumsq)
		},
		"Normalize": func() {
			var scale, shift [Lanes]float32
			Normalize(p, y, x, &scale, &shift, 0)
		},
		"GradMoments": func() {
			var mean, invstd, shift [Lanes]float32
			var sumDv, sumDvXhat [Lanes]float64
			GradMoments(p, y, x, &mean, &invstd, &shift, 0, &sumDv, &sumDvXhat)
		},
		"NormGrad": func() {
			var mean, invstd, shift, a, b [Lanes]float32
			NormGrad(p, y, y, x, &mean, &invstd, &shift, &a, &b, 0)
		},
		"Adam":        func() { Adam(x, y, x, y, 0, 0, 0, 1) },
		"Tanh":        func() { Tanh(y, x) },
		"TanhGrad":    func() { TanhGrad(y, y, x) },
		"Transpose16": func() { Transpose16(y[:Lanes*Lanes], x[:Lanes*Lanes]) },
		"Overlap": func() {
			row := x[:3*OverlapLen]
			Overlap(y[:8], y[8:16], row, row, row)
		},
		"Winograd": func() {
			s := Squares{Row: 3 * Lanes, Col: Lanes, N: 1}
			WinogradInput(y, Lanes, x, &s)
			WinogradFilter(y, Lanes, x, &s)
			WinogradOutput(y, &s, x, Lanes, true)
		},
		"Winograd4": func() {
			s := Squares{Row: 5 * Lanes, Col: Lanes, N: 1}
			Winograd4Input(y, Lanes, x, &s)
			Winograd4Filter(y, Lanes, x, &s)
			Winograd4Gradient(y, Lanes, x, &s)
			Winograd4Output(y, &s, x, Lanes)
			Winograd4Taps(y, &s, x, Lanes, true)
			s.Prefetch4(x, Lanes)
		},
		"Winograd in bf16": func() {
			s := Squares{Row: 3 * Lanes, Col: Lanes, N: 1}
			WinogradInputChannels(y, Lanes, x, &s)
			WinogradInputPairs(y, Lanes, x, &s)
			WinogradFilterPairs(y, Lanes, x, &s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachISA(t, func(t *testing.T, _ ISA) {
				if n := testing.AllocsPerRun(10, run); n != 0 {
					t.Errorf("%v allocations", n)
				}
			})
		})
	}
}
