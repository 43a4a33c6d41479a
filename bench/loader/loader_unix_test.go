//go:build unix

// Package loader_test times the reading of a folder of pictures for run.py.
package loader_test

import (
	"flag"
	"fmt"
	"syscall"
	"testing"
	"time"

	"dcgan/internal/dataset"
	"dcgan/internal/picture"
)

var (
	data    = flag.String("data", "", "`folder` of pictures to read; without it nothing is timed")
	threads = flag.Int("threads", 1, "pictures decoded at once")
	filter  = flag.String("filter", picture.Antialias, "of resizing")
)

// TestLoad prints the pictures, the seconds and the processor's seconds of reading
// a folder into packed pictures of 64 x 64.
func TestLoad(t *testing.T) {
	if *data == "" {
		t.Skip("no -data")
	}
	began, used := time.Now(), processor(t)
	s, err := dataset.Open(*data, dataset.Options{
		Size: 64, Channels: 3, Fit: picture.Cover, Filter: *filter, Background: picture.White, Threads: *threads,
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nTIMES %d %.4f %.4f\n", s.Len(), time.Since(began).Seconds(), (processor(t) - used).Seconds())
}

// processor is the processor time of this process.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
