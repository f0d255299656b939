package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/host"
	"github.com/routegate/routegate/report"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/direct"
	"github.com/routegate/routegate/rescue/local"
	"github.com/routegate/routegate/rescue/pack"
	"github.com/routegate/routegate/rescue/ssh"
	"github.com/routegate/routegate/rollout"
)

type rollbackFlags struct {
	bundleFlags
	devices      []string
	all          bool
	local, stdio bool
	config       string
	to, asOf     string
	record       string
	outputs      []string
	o            rescue.Options
}

// bundleFlags say which bundle is opened, and with what.
type bundleFlags struct {
	file, signers, passphrase string
	identities                []string
	insist                    bool
}

func (f *bundleFlags) flags(c *cobra.Command) {
	def := os.Getenv("ROUTEGATE_BUNDLE")
	if def == "" {
		def = "rescue.bundle"
	}
	c.Flags().StringVar(&f.file, "bundle", def, "the sealed bundle ($ROUTEGATE_BUNDLE)")
	c.Flags().StringSliceVar(&f.identities, "identity", nil, "a key file that opens it: age's or an SSH key (default: those in ~/.ssh)")
	c.Flags().StringVar(&f.passphrase, "passphrase-file", "", "a file whose first line is the passphrase; else it is asked for")
	c.Flags().StringVar(&f.signers, "signers", "", "whose signature is trusted (default: rescue.signers of ~/.config/routegate, of /etc/routegate, or beside the bundle)")
	c.Flags().BoolVar(&f.insist, "insist", false, "go on though the bundle's signer is not known here")
}

func (p *program) opening(f bundleFlags) bundle.Opening {
	o := bundle.Opening{File: f.file, Signers: f.signers, Identities: f.identities, Insist: f.insist}
	if f.passphrase != "" {
		o.Ask = pack.Passphrase(f.passphrase)
	} else {
		o.Ask = p.asking()
	}
	return o
}

// open opens the bundle, and warns of what is wrong with it and stops nothing.
func (p *program) open(f bundleFlags) (*bundle.Contents, error) {
	c, problems, err := p.opening(f).Open()
	if err != nil {
		return nil, err
	}
	for _, x := range problems {
		fmt.Fprintf(p.stderr, "routegate: warning: the bundle is %s\n", x)
	}
	return c, nil
}

func (p *program) rollbackCommand() *cobra.Command {
	f := &rollbackFlags{}
	c := &cobra.Command{
		Use:   "rollback [CHANGE]",
		Short: "Bring routers back when DNS, sign-on, the controller and the network itself are gone",
		Long: `Bring routers back to a configuration that they have had. It needs the sealed bundle and nothing else: no
name is resolved, no approval, verdict or freeze is asked for, no controller need live. Each router is tried
by its agent over the management address, then by SSH, then through its jump host or console server.

CHANGE returns to what ran before that change (a rollout's id, as the journal and the agents have it);
without one, routers return to the newest configuration in the bundle that they still have.

Safe to repeat: what is back is verified and not touched. Ctrl-C stops; the same command goes on. Two people
at once are kept apart router by router, and the second is told who and since when.

On the router itself, with the agent dead or alive: --local. It needs no bundle; with --bundle FILE it runs what that
has, also where the router has lost its own folder.

Exit codes: 0 all back and verified; 1 not all; 2 usage, or the bundle cannot be read.`,
		Example: `  routegate rollback --all
  routegate rollback 20261128-031500-a1b2c3
  routegate rollback --device edge1 --device edge2 --as-of 2026-11-28T03:00:00Z
  sudo routegate rollback --local                        on the router's own console
  sudo routegate rollback --local --bundle rescue.bundle  the same, where the agent's folder is lost`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return p.rollback(c, f, one(args)) },
	}
	f.bundleFlags.flags(c)
	fl := c.Flags()
	fl.StringSliceVar(&f.devices, "device", nil, "a router; may be given again")
	fl.BoolVar(&f.all, "all", false, "every router of the bundle")
	fl.BoolVar(&f.local, "local", false, "this machine is the router")
	fl.BoolVar(&f.stdio, "stdio", false, "with --local: speak with a rescue elsewhere over standard input and output")
	fl.StringVar(&f.config, "config", host.DefaultFile, "with --local: the agent's settings")
	fl.StringVar(&f.to, "to", "", "with --local or one --device: the beginning of a configuration's hash")
	fl.StringVar(&f.asOf, "as-of", "", "return to the bundle's newest that is not younger, as in 2026-11-28T03:00:00Z")
	fl.IntVar(&f.o.AtOnce, "at-once", 8, "how many routers return at a time")
	fl.DurationVar(&f.o.Pace, "pace", 0, "wait so long between two routers")
	fl.DurationVar(&f.o.Reach, "reach", 20*time.Second, "how long one way to one router may take to lead there")
	fl.DurationVar(&f.o.Patience, "patience", 2*time.Minute, "how long a router that was reached may take")
	fl.StringVar(&f.record, "record", "", "the folder for this rescue's own record (default $XDG_STATE_HOME/routegate/rescue)")
	fl.StringVar(&p.journal, "journal", "", "the journal's folder, if it is at hand (default $ROUTEGATE_JOURNAL, else $XDG_STATE_HOME/routegate/journal)")
	fl.StringArrayVarP(&f.outputs, "output", "o", nil, "FORMAT[=FILE], repeatable: text, json (routegate.rescue/v1)")
	return c
}

func (p *program) rollback(c *cobra.Command, f *rollbackFlags, change string) error {
	usage := func(format string, args ...any) error {
		return &usageError{fmt.Errorf(format, args...), c.CommandPath()}
	}
	outputs, err := p.outputs(c, f.outputs, []string{"text", "json"})
	if err != nil {
		return err
	}
	switch {
	case f.stdio && !f.local:
		return usage("--stdio belongs to --local")
	case f.local && (f.all || len(f.devices) > 0):
		return usage("--local is this router alone: --all and --device go without it")
	case !f.local && !f.all && len(f.devices) == 0 && change == "":
		return usage("which routers? --all, --device NAME, or the CHANGE to undo")
	case f.to != "" && !f.local && len(f.devices) != 1:
		return usage("--to names one router's configuration: with --local or one --device")
	}
	f.o.Selection = rescue.Selection{Change: change, To: f.to}
	if f.asOf != "" {
		if f.o.Selection.AsOf, err = time.Parse(time.RFC3339, f.asOf); err != nil {
			return usage("--as-of %q: want a date with time and zone, as in 2026-11-28T03:00:00Z", f.asOf)
		}
	}
	if err := p.rollbackWays(c, f); err != nil {
		return err
	}
	if f.stdio {
		return nil
	}
	return p.rollbackRun(c.Context(), f, outputs)
}

// rollbackWays finds out who is brought back, and how one gets there.
func (p *program) rollbackWays(c *cobra.Command, f *rollbackFlags) error {
	if f.local {
		s, err := host.Read(f.config, nil)
		if err != nil {
			return err
		}
		if f.stdio {
			return p.rollbackStdio(c.Context(), s)
		}
		f.o.Network, f.o.Routers = "this machine", []bundle.Router{{Name: s.Router, Driver: s.Driver}}
		bundled := c.Flags().Changed("bundle")
		f.o.Ways = []rescue.Way{local.New(local.Options{Router: s.Router, Socket: s.Socket, State: s.State, Make: bundled, Version: version(), Who: rescue.Who(),
			Driver: func() (device.Driver, error) { return host.NewDriver(s) }})}
		if !bundled {
			return nil
		}
		b, err := p.open(f.bundleFlags)
		if err != nil {
			return err
		}
		f.o.Configurations = b.Configurations
		return f.choose(b, []string{s.Router})
	}
	b, err := p.open(f.bundleFlags)
	if err != nil {
		return err
	}
	if f.o.Ways, err = rescueWays(b.Credential, nil); err != nil {
		fmt.Fprintf(p.stderr, "routegate: warning: %v: agents only\n", err)
	}
	return f.choose(b, f.devices)
}

// rescueWays are those that a credential opens, in the order in which they are tried. With an error it is the agents alone.
// dial connects; nil: the system.
func rescueWays(c bundle.Credential, dial rescue.Dial) ([]rescue.Way, error) {
	more, err := ssh.Ways(c, dial)
	return append([]rescue.Way{direct.New(c, dial)}, more...), err
}

// choose takes the routers that are meant from the bundle.
func (f *rollbackFlags) choose(b *bundle.Contents, names []string) error {
	f.o.Network, f.o.Routers = b.Network, b.Routers
	if len(names) == 0 {
		return nil
	}
	f.o.Routers = nil
	found := map[string]bool{}
	for _, r := range b.Routers {
		if slices.Contains(names, r.Name) {
			f.o.Routers, found[r.Name] = append(f.o.Routers, r), true
		}
	}
	for _, n := range names {
		if !found[n] {
			var all []string
			for _, r := range b.Routers {
				all = append(all, r.Name)
			}
			return fmt.Errorf("the bundle has no router %s; it has %s", n, strings.Join(all, ", "))
		}
	}
	return nil
}

func (f *rollbackFlags) intent() string {
	var names []string
	for _, r := range f.o.Routers {
		names = append(names, r.Name)
	}
	return fmt.Sprintf("change=%s to=%s as-of=%s routers=%s", f.o.Selection.Change, f.to, f.asOf, strings.Join(names, ","))
}

func (p *program) rollbackRun(ctx context.Context, f *rollbackFlags, outputs []output) error {
	who := rescue.Who()
	f.o.Holder = who
	dir := f.record
	if dir == "" {
		dir = recordDir()
	}
	record, err := rescue.OpenRecord(dir, f.o.Network, f.intent(), who, time.Now().UTC())
	if err != nil {
		fmt.Fprintf(p.stderr, "routegate: warning: %v: going on without a record\n", err)
		f.o.Holder = fmt.Sprintf("%s, process %d", who, os.Getpid())
	} else {
		defer record.Close()
		f.o.Record, f.o.Holder = record, record.Holder
		if record.Resumed {
			done := 0
			for _, ok := range record.Done {
				if ok {
					done++
				}
			}
			fmt.Fprintf(p.stderr, "going on with rescue %s: %d of %d routers were back; they are verified once more\n", record.ID, done, len(f.o.Routers))
		}
	}
	journal, err := p.journalDir()
	if err == nil {
		if f.o.Frozen, err = rollout.Freeze(ctx, journal, who); err == nil && f.o.Frozen != "" {
			fmt.Fprintln(p.stderr, f.o.Frozen)
		}
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "routegate: warning: a running rollout could not be stopped here (%v); the routers refuse it while they are brought back\n", err)
	}
	f.o.Told = p.tellRescue(len(f.o.Routers))
	r := rescue.Run(ctx, f.o)
	if merged, err := rollout.Merge(journal, r); err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("the journal does not have this rescue yet (%v): routegate rescue merge brings it there", err))
	} else if merged {
		fmt.Fprintf(p.stderr, "the journal in %s has this rescue\n", journal)
	}
	next := report.RescueNext{Again: again(), Local: f.localCommand}
	if err := p.write(outputs, true, func(w io.Writer, format string, o report.Options) error { return report.Rescue(w, format, r, next, o) }); err != nil {
		return err
	}
	if code := r.ExitCode(); code != exitSafe {
		return exitCode(code)
	}
	if r.Interrupted {
		return exitCode(exitRefused)
	}
	return nil
}

// tellRescue writes what happens as it happens, a line each, with how many are back.
func (p *program) tellRescue(all int) func(rescue.Event) {
	good := map[string]bool{}
	return func(e rescue.Event) {
		if p.quiet {
			return
		}
		text := e.Text
		if e.End != nil {
			if good[e.Router] = e.End.Good(); e.End.Good() {
				text = fmt.Sprintf("%s by %s, %s", strings.ToUpper(string(e.End.Outcome)), e.End.Way, e.End.Detail)
			} else {
				text = fmt.Sprintf("%s: %s", strings.ToUpper(string(e.End.Outcome)), e.End.Detail)
			}
			n := 0
			for _, ok := range good {
				if ok {
					n++
				}
			}
			text += fmt.Sprintf("   [%d of %d]", n, all)
		}
		fmt.Fprintf(p.stderr, "%6.1f s  %-14s %s\n", e.After.Seconds(), e.Router, text)
	}
}

// localCommand is what is typed on a router's own console.
func (f *rollbackFlags) localCommand(r rescue.RouterReport) string {
	if f.local {
		return "sudo routegate agent status"
	}
	switch {
	case f.o.Selection.Change != "":
		return "sudo routegate rollback --local " + f.o.Selection.Change
	case r.Target != "":
		return "sudo routegate rollback --local --to " + r.Target.Short()
	}
	for _, x := range f.o.Routers {
		if x.Name == r.Name && len(x.History) > 0 {
			return "sudo routegate rollback --local --to " + x.History[0].Hash.Short()
		}
	}
	return "sudo routegate rollback --local"
}

// again is the command line as it was typed.
func again() string {
	out := []string{filepath.Base(os.Args[0])}
	for _, a := range os.Args[1:] {
		if strings.ContainsAny(a, " '\"$\\*?&;|<>()") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		out = append(out, a)
	}
	return strings.Join(out, " ")
}

// recordDir is where rescues keep their records; an account without a home has them in the system's folder for what is temporary.
func recordDir() string {
	dir, err := stateDir("rescue")
	if err != nil {
		return filepath.Join(os.TempDir(), "routegate-rescue")
	}
	return dir
}
