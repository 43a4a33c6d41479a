package dataset

import (
	"errors"
	"io/fs"
	"testing"

	"dcgan/internal/config"
)

// A survey counts what may be a picture, and takes sizes and colours from headers.
func TestSurvey(t *testing.T) {
	small, tall := grey(t, 10, 20, 30), grey(t, 20, 50, 200)
	place := tree{"a.png": small, "b/c.png": tall, "b/d.png": tall, "notes.txt": []byte("none")}
	zip, tar := place.zip(t), place.tar(t)
	for name, data := range map[string]string{
		"folder": place.folder(t), "zip": write(t, "pictures.zip", zip), "tar": write(t, "pictures.tar", tar),
	} {
		got, err := Survey(&config.Config{Data: data}, Options{})
		if want := (config.Facts{Pictures: 3, Side: 50, Grey: true}); err != nil || got != want {
			t.Errorf("%s: %+v (%v), want %+v", name, got, err, want)
		}
	}
	got, err := Survey(&config.Config{}, Options{})
	if want := (config.Facts{Pictures: 1000, Side: 64}); err != nil || got != want {
		t.Errorf("the embedded set: %+v (%v), want %+v", got, err, want)
	}
	many := tree{}
	for _, name := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"} {
		for _, folder := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz" {
			for _, end := range "xy" {
				many[string(folder)+"/"+name+string(end)+".png"] = small
			}
		}
	}
	got, err = Survey(&config.Config{Data: many.folder(t)}, Options{})
	if want := (config.Facts{Pictures: len(many), Side: 20, Grey: true}); err != nil || got != want {
		t.Errorf("%d files: %+v (%v), want %+v", len(many), got, err, want)
	}
	got, err = Survey(&config.Config{Data: tree{"a.png": []byte("no picture")}.folder(t)}, Options{})
	if err != nil || got != (config.Facts{}) {
		t.Errorf("no pictures: %+v (%v)", got, err)
	}
	if _, err := Survey(&config.Config{Data: t.TempDir() + "/none"}, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no place: %v", err)
	}
}
