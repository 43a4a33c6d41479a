package config

// Fitting returns a text with widths of the networks for which need is at most have. It halves
// the wider of the two networks until they fit.
func Fitting(c *Config, have int64, need func(*Config) int64) Text {
	try := *c
	for need(&try) > have {
		if try.NGF == 1 && try.NDF == 1 {
			return Textf("no widths fit: take a smaller {size}")
		}
		if try.NGF > try.NDF {
			try.NGF /= 2
		} else {
			try.NDF /= 2
		}
	}
	return Textf("{ngf} %d {ndf} %d fits (%s)", try.NGF, try.NDF, BytesText(need(&try)))
}
