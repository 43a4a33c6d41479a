package config

import (
	"errors"
	"fmt"
	"testing"
)

func TestText(t *testing.T) {
	flag := func(key string) string { return "--" + key + "%" } // of a name that fmt must not read
	cause := errors.New("cause {size}")
	for _, c := range []struct {
		err         error
		plain, word string
		hint        string
	}{
		{errors.New("{size}"), "{size}", "{size}", ""},
		{Errorf("at {size} %d: %w", 8, cause), "at size 8: cause {size}", "at --size% 8: cause {size}", ""},
		{fmt.Errorf("train: %w", Errorf("{ngf} %s", "{ndf}")), "train: ngf {ndf}", "train: --ngf% {ndf}", ""},
		{&SettingError{Key: "size", Value: "9", Want: "8"}, "size 9 is not possible", "--size% 9 is not possible", "8"},
		{Hint(cause, "see {size}: 100%"), "cause {size}", "cause {size}", "see {size}: 100%"},
		{Hintf(cause, "%v, or {batch} %s", Textf("{ngf} %d", 4), "{nz}"), "cause {size}", "cause {size}",
			"--ngf% 4, or --batch% {nz}"},
	} {
		if got := c.err.Error(); got != c.plain {
			t.Errorf("%q, want %q", got, c.plain)
		}
		if got := WordError(c.err, flag); got != c.word {
			t.Errorf("%q, want %q", got, c.word)
		}
		if got := WordHint(c.err, flag); got != c.hint {
			t.Errorf("hint %q, want %q", got, c.hint)
		}
	}
	if !errors.Is(Errorf("{size}: %w", cause), cause) {
		t.Error("an error does not wrap its cause")
	}
	if got := HintOf(Hintf(cause, "{ngf} %d", 4)); got != "ngf 4" {
		t.Errorf("a hint by keys is %q", got)
	}
}
