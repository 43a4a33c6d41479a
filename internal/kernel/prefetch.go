package kernel

// Prefetch4 starts to load the 4x4 pixels of the squares that lie ahead floats after s in x, so
// that they are in the core's cache by the time they are transformed. It does nothing if they
// begin beyond x. It changes no result.
func (s *Squares) Prefetch4(x []float32, ahead int) {
	if at := s.At + ahead; s.N > 0 && at < len(x) {
		active.prefetch4(x[at:], unescaped(s))
	}
}
