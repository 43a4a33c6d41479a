package picture

// The conversion between the bytes 0 to 255 of files and the values -1 to 1 of a network.

// Value returns the number in [-1, 1] that a byte stands for.
func Value(b byte) float32 { return (float32(b) - 127.5) / 127.5 }

// Values returns the table of Value for all bytes.
func Values() *[256]float32 {
	var table [256]float32
	for i := range table {
		table[i] = Value(byte(i))
	}
	return &table
}

// Byte clamps a number to [-1, 1] and returns the byte that stands for it,
// rounded as rounding says (Nearest or Truncate). NaN gives 0.
func Byte(v float32, rounding string) byte {
	x := float32(float32(v+1) * 127.5)
	if rounding != Truncate {
		x = float32(x + 0.5)
	}
	switch {
	case x >= 255:
		return 255
	case x > 0:
		return byte(x)
	}
	return 0
}
