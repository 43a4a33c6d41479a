package kernel

// Floats returns n zeros. From the size of two large pages on they lie in large pages, where the
// system has them: a convolution of many channels walks tens of megabytes, and translating the
// addresses of as many small pages costs a few percent of its time.
func Floats(n int) []float32 {
	x := make([]float32, n)
	if n*4 >= 2*largePage {
		useLargePages(x)
	}
	return x
}

const largePage = 2 << 20 // bytes
