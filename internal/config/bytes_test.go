package config

import "testing"

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64 // -1 is an error
	}{
		{"0", 0}, {"2000000000", 2e9}, {"2GB", 2e9}, {"2gb", 2e9}, {"2 GB", 2e9}, {"2G", 2e9}, {"1.5MB", 1.5e6},
		{"1GiB", 1 << 30}, {"0.5KiB", 512}, {"12b", 12}, {"3TB", 3e12},
		{"", -1}, {"GB", -1}, {"-1GB", -1}, {"2XB", -1}, {"2GBB", -1}, {"nan", -1}, {"inf", -1}, {"1e30", -1}, {"2,5GB", -1},
	} {
		got, err := Bytes(c.text)
		if (err != nil) != (c.want < 0) || err == nil && got != c.want {
			t.Errorf("%q is %d (%v), want %d", c.text, got, err, c.want)
		}
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1500: "1.5 KB", 651e6: "651 MB", 2e12: "2 TB"} {
		if got := BytesText(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
