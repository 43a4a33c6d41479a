// dcgan serve: a page to watch runs and to pick pictures.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/launch"
	"dcgan/internal/report"
	"dcgan/internal/run"
	"dcgan/internal/web"
)

// loopback is where the page listens by default: on this machine alone, at a free port.
const loopback = "127.0.0.1:0"

// serveFlags are those of dcgan serve.
type serveFlags struct {
	listen  string
	threads int
	control bool
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

With --control the page can also start, stop, resume and rewind runs, and change
learning rates, updates and label smoothing while one trains. Trainings are processes
of their own: they go on when the page ends, and it makes no difference to the page
who started one. Of one run it then shows the folder that the run lies in, where new
ones go.

The page listens on this machine alone. With --listen it can be reached from
others too; the printed link then carries a token, without which it answers
nothing.`,
		Example: `  dcgan serve                            the runs in the folder runs
  dcgan serve runs/photos                one run
  dcgan serve --control                  start, stop and change trainings on the page
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
	flags.BoolVar(&f.control, "control", false, "let the page start, stop, resume, rewind and change runs")
	flags.IntVar(&f.threads, "threads", 0, "processor `threads` for painting samples, 0 for one a core")
	return cmd
}

func (f *serveFlags) run(ctx context.Context, root string, stdout, stderr io.Writer) error {
	if err := checkThreads(f.threads); err != nil {
		return err
	}
	if err := checkRuns(root); err != nil {
		return err
	}
	p, err := newPage(f.listen, root, f.threads, f.control)
	if err != nil {
		return err
	}
	defer p.close(stderr)
	fmt.Fprintf(stderr, "showing %s; open this link, Ctrl-C ends:\n", p.runs)
	fmt.Fprintln(stdout, p.link())
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
	runs     string // the folder that it shows, or the only run
	first    string // the name of the run that it opens at, "" for none
	listener net.Listener
	launcher *launcher // nil where the page changes no run
}

// placed is where a page of root looks. One that may begin runs shows the folder that
// its run lies in, where they have their place, and opens at the run.
func placed(root string, control bool) (runs, first string, err error) {
	if !control || !run.Exists(root) {
		return root, "", nil
	}
	path, err := filepath.Abs(root)
	return filepath.Dir(path), filepath.Base(path), err
}

// link is the page's address for a person.
func (p *page) link() string {
	link := p.URL(p.listener.Addr())
	if p.first != "" {
		link += "#/run/" + url.PathEscape(p.first)
	}
	return link
}

// close ends the page and tells of the trainings that it leaves behind.
func (p *page) close(stderr io.Writer) {
	p.Close()
	if p.launcher != nil {
		p.launcher.farewell(stderr)
	}
}

// newPage listens on an address and readies a server of the runs in root, which
// paints on so many threads and, with control, changes them.
func newPage(address, root string, threads int, control bool) (*page, error) {
	runs, first, err := placed(root, control)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usagef("such as 127.0.0.1:8080, or 0.0.0.0:8080 for other machines too", "%q is no HOST:PORT", address)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, config.Hint(fmt.Errorf("listen on %s: %w", address, plainNet(err)), "another port may be free; 0 takes one that is")
	}
	p := &page{runs: runs, first: first, listener: l}
	options := web.Options{
		Runs: runs,
		Host: strings.Trim(host, "[]"),
		Open: func(s *checkpoint.Snapshot, batch int) (web.Sampler, error) {
			return engine.OpenSampler(gan.NewModel(s.Config), s.State, batch, threads)
		},
		Data: pageData,
	}
	if control {
		trainings, err := launch.New(runs)
		if err != nil {
			l.Close()
			return nil, err
		}
		p.launcher = &launcher{trainings}
		options.Control = p.launcher
	}
	p.Server = web.New(options)
	return p, nil
}

// besideFlags are those of a page that a command which trains shows meanwhile.
type besideFlags struct {
	address string // "" for no page
	control bool
}

// add gives a command the flags. The value of --serve, an address, may be left out.
func (f *besideFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.address, "serve", "", "show the run on a page meanwhile, as dcgan serve does; =`HOST:PORT` says where")
	flags.Lookup("serve").NoOptDefVal = loopback
	flags.BoolVar(&f.control, "control", false, "with --serve: let the page change runs, and stay when the training has ended")
}

// serve shows the runs in root on a page while something else goes on. Painting for
// it takes one thread at most from the training. end takes what the training ended
// with: a page that may change runs stays after a good end until ctx ends, since the
// next thing that it is asked for may be to go on.
func (f *besideFlags) serve(ctx context.Context, root string, stderr io.Writer) (end func(error), err error) {
	if f.address == "" && f.control {
		return nil, usagef("dcgan train --serve --control", "--control is for a page: it needs --serve")
	}
	if f.address == "" {
		return func(error) {}, nil
	}
	p, err := newPage(f.address, root, 1, f.control)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "the page  %s\n", p.link())
	serving, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(serving, p.listener) }()
	return func(training error) {
		if f.control && ctx.Err() == nil && (training == nil || errors.Is(training, context.Canceled)) {
			fmt.Fprintf(stderr, "the page stays: %s; Ctrl-C ends it\n", p.link())
			<-ctx.Done()
		}
		cancel()
		if err := <-ended; err != nil {
			fmt.Fprintf(stderr, "%v\n", err)
		}
		p.close(stderr)
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
	i, set, err := report.Inspect(ctx, c, false, flagWord)
	if errors.Is(err, dataset.ErrNoPictures) && i.Report != nil {
		return &web.Data{Inspection: i}, nil
	} else if err != nil {
		return nil, err
	}
	return &web.Data{Pictures: set, Inspection: i}, nil
}
