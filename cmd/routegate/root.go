package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes, for every command.
const (
	exitSafe    = 0 // allowed, completed
	exitRefused = 1 // refused
	exitUnknown = 2 // no verdict: usage, unreadable input, unknown, internal error
)

// exitCode ends a command whose view has said everything already.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is a command line that cannot be understood.
type usageError struct {
	err     error
	command string // whose help to look at
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// program is what every command needs.
type program struct {
	stdout, stderr io.Writer
	quiet          bool
	color          string // auto, always, never
	labName        string // which of the machine's labs
	journal        string // the journal's folder; "" for the default
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := &program{stdout: stdout, stderr: stderr}
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var code exitCode
	var usage *usageError
	switch {
	case err == nil:
		return exitSafe
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "routegate: interrupted: no verdict")
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "routegate: %v\nTry: %s --help\n", err, usage.command)
	default:
		fmt.Fprintf(stderr, "routegate: %v\n", err)
	}
	return exitUnknown
}

const longHelp = `Routegate stands between a proposed network change and the network. It reads the
routers' configurations as they run and as they are proposed, computes what both
networks would do, and says what the change does to routes.

A snapshot is a folder with one folder a router (devices/NAME/frr.conf,
gobgpd.toml) and, optionally, a routegate.yaml; or git:REF for a revision of it.

Exit codes: 0 safe, 1 refused, 2 no verdict (usage, unreadable input, unknown).`

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "routegate",
		Short:         "Says what a network change does to routes, and refuses what would cause an outage",
		Long:          longHelp,
		Example:       "  routegate demo\n  routegate check --before git:main --after .",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          group,
		Args:          cobra.ArbitraryArgs,
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.PersistentFlags().BoolVarP(&p.quiet, "quiet", "q", false, "print results only: no progress, and no report where -o writes files")
	root.PersistentFlags().StringVar(&p.color, "color", "auto", "colours: auto, always or never (NO_COLOR is honoured)")
	root.AddCommand(p.checkCommand(), p.diffCommand(), p.routesCommand(), p.traceCommand(), p.explainCommand(), p.policyCommand(), p.rolloutCommand(), p.rollbackCommand(), p.rescueCommand(), p.journalCommand(), p.demoCommand(), p.outagesCommand(), p.labCommand(), p.agentCommand(),
		p.versionCommand())
	complete(root)
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		switch p.color {
		case "auto", "always", "never":
			return nil
		}
		return &usageError{fmt.Errorf("--color %q: want auto, always or never", p.color), c.CommandPath()}
	}
	return root
}

// group is the body of a command that only holds others: without arguments its help, else
// an unknown sub-command.
func group(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	c.SuggestionsMinimumDistance = 2
	message := fmt.Sprintf("unknown command %q", args[0])
	if s := c.SuggestionsFor(args[0]); len(s) > 0 {
		message += fmt.Sprintf("; did you mean %q?", s[0])
	}
	return &usageError{errors.New(message), c.CommandPath()}
}

// flagError names the nearest flag.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		best, near := 3, ""
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if d := levenshtein.ComputeDistance(unknown.GetSpecifiedName(), f.Name); d < best {
				best, near = d, f.Name
			}
		})
		if near != "" {
			err = fmt.Errorf("%w; did you mean --%s?", err, near)
		}
	}
	return &usageError{err, c.CommandPath()}
}

// exactly refuses another number of arguments and says which are wanted.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return &usageError{fmt.Errorf("%s is missing", names[len(args)]), c.CommandPath()}
		case len(args) > len(names) && len(names) == 0:
			return &usageError{fmt.Errorf("unexpected argument %q", args[0]), c.CommandPath()}
		case len(args) > len(names):
			return &usageError{fmt.Errorf("unexpected argument %q after %s", args[len(names)], strings.Join(names, " and ")), c.CommandPath()}
		}
		return nil
	}
}

// atMost is exactly for arguments that may be left out, from the last one on.
func atMost(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) <= len(names) {
			return nil
		}
		return exactly(names...)(c, args)
	}
}

// need refuses empty flags.
func need(c *cobra.Command, flags ...string) error {
	for _, f := range flags {
		if c.Flag(f).Value.String() == "" {
			return &usageError{fmt.Errorf("--%s is missing", f), c.CommandPath()}
		}
	}
	return nil
}

// isTerminal reports whether a stream is a file that is a terminal.
func isTerminal(w io.Writer) (*os.File, bool) {
	f, ok := w.(*os.File)
	if !ok {
		return nil, false
	}
	return f, terminal(f)
}
