// dcgan serve: a page to watch runs and to pick pictures.

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
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

// The page listens by default on this machine alone, at a port that stays the same unless
// another program has taken it: then at the next that is free.
const (
	loopback     = "127.0.0.1"
	firstPort    = 8420
	portsTried   = 50
	defaultPlace = "127.0.0.1:8420"
)

// listen listens on an address, HOST:PORT, or on the default if that is "".
func listen(address string) (l net.Listener, err error) {
	if address != "" {
		return net.Listen("tcp", address)
	}
	for port := firstPort; port < firstPort+portsTried; port++ {
		if l, err = net.Listen("tcp", fmt.Sprintf("%s:%d", loopback, port)); err == nil {
			return l, nil
		}
	}
	return net.Listen("tcp", loopback+":0")
}

// serveFlags are the flags of dcgan serve.
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
	flags.StringVar(&f.listen, "listen", "",
		"`HOST:PORT` to listen on; port 0 takes a free one (default "+defaultPlace+", or the next port that is free)")
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
	tellDamage(root, stderr)
	p, err := newPage(f.listen, root, f.threads, f.control)
	if err != nil {
		return err
	}
	defer p.close(stderr)
	fmt.Fprintf(stderr, "showing %s; open this link, Ctrl-C ends:\n", p.runs)
	fmt.Fprintln(stdout, p.link())
	return p.Serve(ctx, p.listener)
}

// tellDamage says which files of the runs in root are damaged, and what the page shows in their place.
func tellDamage(root string, stderr io.Writer) {
	dirs, _ := run.Folders(root)
	for _, dir := range dirs {
		r, err := run.Summarize(dir)
		if err != nil { // the page tells of it
			continue
		}
		if r.Note != "" {
			fmt.Fprintln(stderr, r.Note)
		}
		shown := "the page shows none of the run"
		for _, c := range r.Checkpoints {
			if !c.Damaged {
				shown = "the newest whole checkpoint is " + c.Path
			}
		}
		for _, c := range r.Checkpoints {
			if c.Damaged {
				fmt.Fprintf(stderr, "%s is damaged; %s\n", c.Path, shown)
			}
		}
	}
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

// newPage listens on an address, "" for the default, and readies a server of the runs in
// root. It paints on a number of threads and, with control, changes runs.
func newPage(address, root string, threads int, control bool) (*page, error) {
	runs, first, err := placed(root, control)
	if err != nil {
		return nil, err
	}
	host, err := hostOf(cmp.Or(address, defaultPlace))
	if err != nil {
		return nil, err
	}
	l, err := listen(address)
	if err != nil {
		return nil, config.Hint(fmt.Errorf("listen on %s: %w", address, plainNet(err)),
			"another port may be free; 0 takes one that is")
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

// hostOf returns the host of an address, HOST:PORT.
func hostOf(address string) (string, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return "", usagef("such as 127.0.0.1:8080, or 0.0.0.0:8080 for other machines too", "%q is no HOST:PORT", address)
	}
	return host, nil
}

// besideFlags are the flags of the page that a command shows while it trains.
type besideFlags struct {
	flags         *pflag.FlagSet
	address       string // "" for the default
	control, exit bool
}

// add gives a command the flags. The value of --serve, an address, may be left out.
func (f *besideFlags) add(flags *pflag.FlagSet) {
	f.flags = flags
	flags.StringVar(&f.address, "serve", "",
		"show the run on a page meanwhile and afterwards, as dcgan serve does; =`HOST:PORT` says where")
	flags.Lookup("serve").NoOptDefVal = defaultPlace
	flags.BoolVar(&f.control, "control", false, "with --serve: let the page change runs")
	flags.BoolVar(&f.exit, "exit-when-done", false, "with --serve: end the page when the training ends")
}

// arguments is the function of that name for a command with a page. An address behind --serve
// and a blank is no argument.
func (f *besideFlags) arguments(lo, hi int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		for _, arg := range args {
			host, port, err := net.SplitHostPort(arg)
			if _, portErr := strconv.ParseUint(port, 10, 16); f.asked() && err == nil && portErr == nil && host != "" {
				return usagef("--serve="+arg, "--serve takes its address behind =, not behind a blank: %q", arg)
			}
		}
		return arguments(lo, hi, what)(cmd, args)
	}
}

// check returns an error for flags of a page without one, and for an address that is none.
func (f *besideFlags) check() error {
	switch {
	case !f.asked() && f.control:
		return usagef("dcgan train --serve --control", "--control is for a page: it needs --serve")
	case !f.asked() && f.exit:
		return usagef("without a page the command ends with its training anyway",
			"--exit-when-done is for a page: it needs --serve")
	case !f.asked():
		return nil
	}
	_, err := hostOf(f.address)
	return err
}

// asked reports whether a page is asked for.
func (f *besideFlags) asked() bool { return f.flags.Changed("serve") }

// serve shows the runs in root on a page while something else goes on. Painting for
// it takes one thread at most from the training. end takes what the training ended
// with: after a good end the page stays until ctx ends, unless it was to exit.
func (f *besideFlags) serve(ctx context.Context, root string, stderr io.Writer) (end func(error), err error) {
	if !f.asked() {
		return func(error) {}, nil
	}
	address := f.address
	if address == defaultPlace { // which another page may have taken
		address = ""
	}
	p, err := newPage(address, root, 1, f.control)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "the page  %s\n", p.link())
	serving, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(serving, p.listener) }()
	return func(training error) {
		if !f.exit && ctx.Err() == nil && (training == nil || errors.Is(training, context.Canceled)) {
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
