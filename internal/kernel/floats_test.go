package kernel

import "testing"

func TestFloats(t *testing.T) {
	for _, n := range []int{0, 1, largePage - 1, largePage, largePage + 1, 3*largePage + 17} {
		x := Floats(n)
		if len(x) != n {
			t.Fatalf("Floats(%d) has %d", n, len(x))
		}
		for i, v := range x {
			if v != 0 {
				t.Fatalf("Floats(%d)[%d] = %v", n, i, v)
			}
			x[i] = 1
		}
	}
}
