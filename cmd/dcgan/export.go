// dcgan export: a trained model in the forms of other programs.

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"dcgan"
	"dcgan/internal/atomicfile"
)

// exportFlags are those of dcgan export.
type exportFlags struct {
	samplerFlags
	onnx, licence        string
	bytes, discriminator bool
	force                bool
}

func newExport() *cobra.Command {
	f := &exportFlags{}
	cmd := &cobra.Command{
		Use:   "export " + argSource,
		Short: "Write a trained model for other programs",
		Long: `Write the model of a run's best checkpoint, or of a checkpoint file, for other
programs. docs/export.md says what is in each file and how to use it.

--onnx writes the generator for onnxruntime and others: z in, pictures out, by the
statistics that "dcgan generate" uses, so that a seed's z gives the seed's picture.`,
		Example: `  dcgan export runs/demo --onnx generator.onnx
  dcgan export runs/demo --onnx generator.onnx --uint8   pictures as bytes`,
		Args: arguments(1, 1, argSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
		PreRunE: func(*cobra.Command, []string) error { return f.check() },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.onnx, "onnx", "", "ONNX `file` to write")
	flags.BoolVar(&f.bytes, "uint8", false, "of --onnx: pictures are bytes, NHWC, instead of numbers in [-1, 1], NCHW")
	flags.BoolVar(&f.discriminator, "discriminator", false, "of --onnx: write the discriminator, pictures in, logits out")
	flags.StringVar(&f.licence, "licence", "", "`text` to put into the file")
	flags.BoolVar(&f.force, "force", false, "replace a file that exists")
	return cmd
}

func (f *exportFlags) check() error {
	if f.onnx == "" {
		return usagef("such as --onnx generator.onnx", "export: no file is named")
	}
	return nil
}

func (f *exportFlags) run(_ context.Context, source string, stdout, stderr io.Writer) error {
	if err := checkNew(f.onnx, f.force); err != nil {
		return err
	}
	m, err := f.open(source, stderr)
	if err != nil {
		return err
	}
	defer m.Close()
	o := dcgan.ONNX{Discriminator: f.discriminator, Bytes: f.bytes, Licence: f.licence}
	if err := atomicfile.Write(f.onnx, 0o666, func(w io.Writer) error { return m.WriteONNX(w, o) }); err != nil {
		return err
	}
	fmt.Fprintln(stdout, f.onnx)
	return nil
}
