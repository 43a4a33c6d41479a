// dcgan export: a trained model in the forms of other programs.

package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"dcgan"
	"dcgan/internal/atomicfile"
)

// exportFlags are the flags of dcgan export.
type exportFlags struct {
	samplerFlags
	onnx, html, tensors  string // files to write, "" for none
	bytes, discriminator bool   // of --onnx
	title                string // of --html
	seed                 uint64
	licence              string
	outputFlags
}

func newExport() *cobra.Command {
	f := &exportFlags{}
	cmd := &cobra.Command{
		Use:   "export " + argSource,
		Short: "Write a trained model for other programs",
		Long: `Write the model of a run's best checkpoint, or of a checkpoint file, for other
programs. docs/export.md says what is in each file and how to use it.

--onnx writes the generator for onnxruntime and others: z in, pictures out, by the
statistics that "dcgan generate" uses, so that a seed's z gives the seed's picture.

--html writes a page that makes pictures by itself: one file with the generator
inside, to mail or to put on a site. It opens from disk and loads nothing.

--safetensors writes both networks' tensors for PyTorch, and beside them a program
load_torch.py, which loads them.`,
		Example: `  dcgan export runs/demo --onnx generator.onnx
  dcgan export runs/demo --onnx generator.onnx --uint8   pictures as bytes
  dcgan export runs/demo --html demo.html --title "Heads"
  dcgan export runs/demo --safetensors demo.safetensors`,
		Args: arguments(1, 1, argSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
		PreRunE: func(*cobra.Command, []string) error { return f.check() },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.onnx, "onnx", "", "ONNX `file` to write")
	flags.StringVar(&f.html, "html", "", "HTML page to write, a `file` that makes pictures by itself")
	flags.StringVar(&f.tensors, "safetensors", "", "safetensors `file` to write, with load_torch.py beside it")
	flags.StringVar(&f.title, "title", "", "of --html: `text` at its top (default the run's name)")
	flags.Uint64Var(&f.seed, "seed", 0, "of --html: the `seed` whose picture it shows first (default 0)")
	flags.BoolVar(&f.bytes, "uint8", false, "of --onnx: pictures are bytes, NHWC, instead of numbers in [-1, 1], NCHW")
	flags.BoolVar(&f.discriminator, "discriminator", false, "of --onnx: write the discriminator, pictures in, logits out")
	flags.StringVar(&f.licence, "licence", "", "`text` to put into the file")
	f.outputFlags.add(flags)
	return cmd
}

func (f *exportFlags) check() error {
	switch {
	case f.onnx == "" && f.html == "" && f.tensors == "":
		return usagef("--html page.html, --onnx model.onnx or --safetensors model.safetensors", "export: no file is named")
	case f.onnx == "" && (f.bytes || f.discriminator):
		return usagef("such as --onnx model.onnx", "--uint8 and --discriminator go with --onnx")
	}
	return nil
}

// exported is a file to write.
type exported struct {
	path  string
	write func(io.Writer) error
}

func (f *exportFlags) run(source string, stdout, stderr io.Writer) error {
	var m *dcgan.Model // of the run, once it is open
	files := []exported{
		{f.onnx, func(w io.Writer) error {
			return m.WriteONNX(w, dcgan.ONNX{Discriminator: f.discriminator, Bytes: f.bytes, Licence: f.licence})
		}},
		{f.html, func(w io.Writer) error {
			return m.WritePage(w, dcgan.Page{Title: f.title, Licence: f.licence, Seed: f.seed})
		}},
	}
	if f.tensors != "" {
		files = append(files, exported{f.tensors, func(w io.Writer) error { return m.WriteTensors(w, f.licence) }})
		if beside := filepath.Join(filepath.Dir(f.tensors), "load_torch.py"); !isFile(beside, dcgan.LoadTorch()) {
			files = append(files, exported{beside, func(w io.Writer) error {
				_, err := w.Write(dcgan.LoadTorch())
				return err
			}})
		}
	}
	for _, file := range files {
		if err := f.checkNew(file.path); err != nil {
			return err
		}
	}
	var err error
	if m, err = f.open(source, stderr); err != nil {
		return err
	}
	defer m.Close()
	for _, file := range files {
		if file.path == "" {
			continue
		}
		if err := atomicfile.Write(file.path, 0o666, file.write); err != nil {
			return err
		}
		fmt.Fprintln(stdout, file.path)
	}
	return nil
}
