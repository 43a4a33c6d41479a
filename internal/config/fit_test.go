package config

import (
	"strings"
	"testing"
)

// The text names widths that fit, or says that none do.
func TestFitting(t *testing.T) {
	need := func(c *Config) int64 { return int64(100*c.NGF + 10*c.NDF) }
	c := &Config{NGF: 64, NDF: 8}
	if got := Fitting(c, 450, need).String(); got != "ngf 4 ndf 4 fits (440 B)" {
		t.Error(got)
	}
	if got := Fitting(c, 100, need).String(); !strings.HasPrefix(got, "no widths fit") {
		t.Error(got)
	}
	if c.NGF != 64 || c.NDF != 8 {
		t.Error("the settings were changed")
	}
}
