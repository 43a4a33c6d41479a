package picture

// Bytes and the numbers of a network: 0 to 255 stand for -1 to 1.

// Value is the number in [-1, 1] that a byte stands for.
func Value(b byte) float32 { return (float32(b) - 127.5) / 127.5 }

// Values returns Value as a table.
func Values() *[256]float32 {
	var table [256]float32
	for i := range table {
		table[i] = Value(byte(i))
	}
	return &table
}

// Byte returns the byte for a number, by rounding (Nearest or Truncate) after
// clamping to [-1, 1]. NaN gives 0.
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
