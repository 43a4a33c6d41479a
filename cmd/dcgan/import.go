// dcgan import: a run of a model that another program has trained.

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dcgan"
	"dcgan/internal/config"
	"dcgan/internal/run"
)

// importFlags are the flags of dcgan import.
type importFlags struct {
	kind, out string
}

func newImport() *cobra.Command {
	f := &importFlags{}
	cmd := &cobra.Command{
		Use:   "import FILE [FILE]",
		Short: "Make a run of a model that another program has trained",
		Long: `Make a run of a model that another program has trained. The run makes pictures
and can be scored, and "dcgan train --from RUN" trains on from it. Nothing in the
files is executed: they are data.

--as torch-dcgan reads the generator and the discriminator of PyTorch's DCGAN
example and tutorial, state dicts in .pth or .safetensors files; the discriminator
may be missing. --as tf-slim reads a checkpoint of the article's own code.`,
		Example: `  dcgan import netG.pth netD.pth --as torch-dcgan --out runs/faces
  dcgan import logdir/model.ckpt-20000 --as tf-slim`,
		Args: arguments(1, 2, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.kind, "as", "", "`model` of the files: torch-dcgan or tf-slim")
	flags.StringVar(&f.out, "out", "", "run `folder` to make (default runs/NAME of the file, or -2, -3, ... of it)")
	cmd.PreRunE = func(_ *cobra.Command, args []string) error {
		switch {
		case !slices.Contains(dcgan.Imports(), f.kind):
			return usagef(strings.Join(dcgan.Imports(), " or "), "--as %q is not possible", f.kind)
		case f.kind == dcgan.ImportSlim && len(args) > 1:
			return usagef("both networks are in one checkpoint", "import: --as tf-slim takes one FILE, not also %q", args[1])
		}
		return nil
	}
	return cmd
}

func (f *importFlags) run(files []string, stdout, stderr io.Writer) error {
	dir := f.out
	if dir == "" {
		name := filepath.Base(files[0])
		dir = run.FreeName(filepath.Join(runsFolder, strings.TrimSuffix(name, filepath.Ext(name))))
	}
	if run.Exists(dir) {
		return runExists(dir)
	}
	if err := dcgan.Import(dir, f.kind, files...); err != nil {
		if err = explain(err); config.HintOf(err) == "" {
			err = config.Hint(err, "docs/export.md lists the files that can be imported")
		}
		return err
	}
	fmt.Fprintf(stderr, "look at its pictures   dcgan generate %s\n", quoted(dir))
	fmt.Fprintf(stderr, "train on from it       dcgan train DATA --from %s\n", quoted(dir))
	fmt.Fprintln(stdout, dir)
	return nil
}
