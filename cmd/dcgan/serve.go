// dcgan serve: a page to watch runs and to pick pictures.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/cpu"
	"dcgan/internal/dataset"
	"dcgan/internal/gan"
	"dcgan/internal/web"
)

// loopback is where the page listens by default: on this machine alone, at a free port.
const loopback = "127.0.0.1:0"

// serveFlags are those of dcgan serve.
type serveFlags struct {
	listen  string
	threads int
}

func newServe() *cobra.Command {
	f := &serveFlags{}
	cmd := &cobra.Command{
		Use:   "serve [RUNS]",
		Short: "Show runs on a page: curves, sheets, a gallery of samples",
		Long: `Show RUNS, a folder of runs or one run, on a page in the browser: the curves with
the sheets of their steps, also while a run trains; samples by seed, to star, to
export and to morph; and what the training pictures are. Without RUNS it shows
the folder runs. Ctrl-C ends it.

The page listens on this machine alone. With --listen it can be reached from
others too; the printed link then carries a token, without which it answers
nothing.`,
		Example: `  dcgan serve                            the runs in the folder runs
  dcgan serve runs/photos                one run
  dcgan serve --listen 0.0.0.0:8080      for other machines too`,
		Args: arguments(0, 1, "RUNS"),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := runsFolder
			if len(args) > 0 {
				root = args[0]
			}
			return f.run(cmd.Context(), root, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.listen, "listen", loopback, "`HOST:PORT` to listen on; port 0 takes a free one (default "+loopback+")")
	flags.Lookup("listen").DefValue = "" // the help line states it
	flags.IntVar(&f.threads, "threads", 0, "processor `threads` for painting samples, 0 for one a core")
	return cmd
}

func (f *serveFlags) run(ctx context.Context, root string, stdout, stderr io.Writer) error {
	if f.threads < 0 {
		return usagef("0 takes one a core", "--threads %d is not possible", f.threads)
	}
	if err := checkRuns(root); err != nil {
		return err
	}
	p, err := newPage(f.listen, root, f.threads)
	if err != nil {
		return err
	}
	defer p.Close()
	fmt.Fprintf(stderr, "showing %s; open this link, Ctrl-C ends:\n", root)
	fmt.Fprintln(stdout, p.URL(p.listener.Addr()))
	return p.Serve(ctx, p.listener)
}

// checkRuns refuses a place that cannot hold runs. The folder that runs go to by
// default may be yet to come.
func checkRuns(root string) error {
	info, err := os.Stat(root)
	if root == runsFolder && errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if !info.IsDir() {
		return usagef("name a folder of runs, such as runs, or one run", "%s is no folder", root)
	}
	return nil
}

// page is a server with the place where it listens.
type page struct {
	*web.Server
	listener net.Listener
}

// newPage listens on an address and readies a server of the runs in root, which
// paints on so many threads.
func newPage(address, root string, threads int) (*page, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usagef("such as 127.0.0.1:8080, or 0.0.0.0:8080 for other machines too", "%q is no HOST:PORT", address)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, config.Hint(fmt.Errorf("listen on %s: %w", address, plainNet(err)), "another port may be free; 0 takes one that is")
	}
	return &page{web.New(web.Options{
		Runs: root,
		Host: strings.Trim(host, "[]"),
		Open: func(s *checkpoint.Snapshot, batch int) (web.Sampler, error) {
			return cpu.NewSampler(gan.NewModel(s.Config), s.State, batch, threads)
		},
		Data: pageData,
	}), l}, nil
}

// serveFlag gives a command that trains the flag --serve, whose value, an address,
// may be left out.
func serveFlag(flags *pflag.FlagSet, address *string) {
	flags.StringVar(address, "serve", "", "show the run on a page meanwhile, as dcgan serve does; =`HOST:PORT` says where")
	flags.Lookup("serve").NoOptDefVal = loopback
}

// serveBeside shows the runs in root on a page while something else goes on, until
// stop is called. Painting for it takes one thread at most from the training. An
// empty address is no page.
func serveBeside(address, root string, stderr io.Writer) (stop func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	p, err := newPage(address, root, 1)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "the page  %s\n", p.URL(p.listener.Addr()))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(ctx, p.listener) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			fmt.Fprintf(stderr, "%v\n", err)
		}
		p.Close()
	}, nil
}

// plainNet takes the address out of a network error, since the caller has said it.
func plainNet(err error) error {
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Err
	}
	return err
}

// pageData reads the pictures that settings name, with what inspect tells of them.
func pageData(ctx context.Context, c *config.Config) (*web.Data, error) {
	i := &inspection{Data: c.Data, Training: costOf(c)}
	set, err := (&inspectFlags{}).read(ctx, c, i)
	switch {
	case errors.Is(err, dataset.ErrNoPictures) && i.Report != nil:
		return &web.Data{Inspection: i}, nil
	case err != nil:
		if set != nil {
			set.Close() // it was only read
		}
		return nil, err
	}
	return &web.Data{Pictures: set, Inspection: i}, nil
}
