package main

import (
	"fmt"
	"testing"
)

// The encodings are what GNU as 2.40 makes of the same instructions (whose operands it takes in
// the same order).
func TestEncode(t *testing.T) {
	for _, c := range []struct {
		opcode string
		ids    []int
		want   string
	}{
		{"VDPBF16PS", []int{1, 2, 3}, "62 f2 6e 48 52 d9"},
		{"VDPBF16PS", []int{9, 18, 27}, "62 42 6e 40 52 d9"},
		{"VDPBF16PS", []int{31, 15, 8}, "62 12 06 48 52 c7"},
		{"VDPBF16PS", []int{16, 0, 16}, "62 a2 7e 48 52 c0"},
		{"VCVTNEPS2BF16", []int{1, 2}, "62 f2 7e 48 72 d1"},
		{"VCVTNEPS2BF16", []int{9, 18}, "62 c2 7e 48 72 d1"},
		{"VCVTNEPS2BF16", []int{31, 8}, "62 12 7e 48 72 c7"},
		{"VCVTNEPS2BF16", []int{16, 31}, "62 22 7e 48 72 f8"},
		{"VCVTNE2PS2BF16", []int{1, 2, 3}, "62 f2 6f 48 72 d9"},
		{"VCVTNE2PS2BF16", []int{9, 18, 27}, "62 42 6f 40 72 d9"},
		{"VCVTNE2PS2BF16", []int{31, 15, 8}, "62 12 07 48 72 c7"},
	} {
		if got := fmt.Sprintf("% x", encode(c.opcode, c.ids...)); got != c.want {
			t.Errorf("%s of %v is %s, want %s", c.opcode, c.ids, got, c.want)
		}
	}
}
