package dcgan_test

import (
	"context"
	"fmt"
	"image/png"
	"io"
	"log"
	"os"
	"path/filepath"

	"dcgan"
)

// A training on the embedded pictures, far too short to learn anything. Without the
// changes to the recipe it is the demonstration of the command.
func ExampleTrain() {
	dir, err := os.MkdirTemp("", "dcgan-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	settings, err := dcgan.Recipe("quick")
	if err != nil {
		log.Fatal(err)
	}
	for key, value := range map[string]any{"size": 8, "ngf": 2, "ndf": 2, "batch": 4, "steps": 2, "score_every": -1} {
		if err := settings.Set(key, value); err != nil {
			log.Fatal(err)
		}
	}
	run, err := dcgan.Train(context.Background(), filepath.Join(dir, "run"), settings, func(p dcgan.Progress) {
		fmt.Printf("step %d of %d\n", p.Step, p.Steps)
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(filepath.Base(run))
	// Output:
	// step 1 of 2
	// step 2 of 2
	// run
}

func ExampleOpen() {
	m, err := dcgan.Open(exampleRun())
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	fmt.Printf("%dx%d pixels, %d channels, %d steps\n", m.Size(), m.Size(), m.Channels(), m.Step())
	// Output: 8x8 pixels, 3 channels, 2 steps
}

func ExampleModel_Image() {
	m, err := dcgan.Open(exampleRun())
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	img, err := m.Image(7)
	if err != nil {
		log.Fatal(err)
	}
	if err := png.Encode(io.Discard, img); err != nil { // or into a file
		log.Fatal(err)
	}
	fmt.Println(img.Bounds())
	// Output: (0,0)-(8,8)
}

func ExampleModel_Between() {
	m, err := dcgan.Open(exampleRun())
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	images, err := m.Between(context.Background(), 3, 14, 9)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(images), "pictures;", "a sheet of", dcgan.Sheet(images, 3).Bounds().Size(), "pixels")
	// Output: 9 pictures; a sheet of (32,32) pixels
}

func ExampleModel_Best() {
	m, err := dcgan.Open("runs/photos")
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	best, mean, err := m.Best(context.Background(), 16, dcgan.Candidates{N: 500})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range best {
		fmt.Printf("seed %d: realism %.2f, the mean is %.2f\n", p.Seed, p.Realism, mean)
	}
}

func ExampleSettings_Set() {
	s, err := dcgan.Recipe("reference")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Set("lr_g", 2e-4), s.Get("lr_g"))
	fmt.Println(s.Set("colour", "blue"))
	// Output:
	// <nil> 0.0002
	// no setting is called "colour"
}
