package kernel

// Prefetch4 asks for the 4x4 pixels of the squares that lie so many floats ahead of s in x, if any do, so that
// they are in the core's cache by the time they are transformed. It changes nothing.
func (s *Squares) Prefetch4(x []float32, ahead int) {
	if at := s.At + ahead; s.N > 0 && at < len(x) {
		active.prefetch4(x[at:], unescaped(s))
	}
}
