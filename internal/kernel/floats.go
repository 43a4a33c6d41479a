package kernel

// Floats returns n zeros, in large pages where the system has them and the array is worth it:
// a convolution of many channels walks tens of megabytes, and looking up the places of as many
// small pages costs a few percent of its time.
func Floats(n int) []float32 {
	x := make([]float32, n)
	if n*4 >= 2*largePage {
		useLargePages(x)
	}
	return x
}

const largePage = 2 << 20 // bytes
