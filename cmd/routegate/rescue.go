package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/pack"
	"github.com/routegate/routegate/rollout"
)

func (p *program) rescueCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "rescue",
		Short: "Prepare the day on which everything is gone: pack the sealed bundle, and look at it",
		Long: `Prepare the day on which everything is gone. pack writes the sealed bundle that routegate rollback brings a
network back with; list shows what is in it; runbook prints the page for the day on which this program is missing
too; drill walks the whole way without changing anything; merge brings the record of a rescue into the journal. docs/rescue.md is the manual.`,
		Example: "  routegate rescue keys rescue.key\n  routegate rescue pack --plan rescue.yaml --signer rescue.key --recipients oncall.txt\n  routegate rescue list",
		RunE:    group,
		Args:    cobra.ArbitraryArgs,
	}
	var f bundleFlags
	drill := p.rescueDrill(func() (*bundle.Contents, error) { return p.open(f) })
	f.flags(drill)
	c.AddCommand(p.rescueKeys(), p.rescuePack(), p.rescueList(), p.rescueRunbook(), drill, p.rescueMerge())
	return c
}

func (p *program) rescueKeys() *cobra.Command {
	return &cobra.Command{
		Use: "keys FILE", Short: "Make the key that signs bundles",
		Example: "  routegate rescue keys rescue.key",
		Args:    exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			public, err := bundle.NewSigner(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "%s signs bundles: keep it with who packs them. Its public half goes to every laptop, as a line of ~/.config/routegate/rescue.signers:\n%s\n", args[0], public)
			return nil
		},
	}
}

func (p *program) rescuePack() *cobra.Command {
	var f bundleFlags
	var plan, snapshot, signer, recipients, out string
	c := &cobra.Command{
		Use: "pack", Short: "Collect what the routers have had, and seal it",
		Long: `Asks each router's agent for the configurations that it has had, and seals them with addresses, host keys and the
rescue credential. A router that does not answer keeps what the bundle from before (--bundle, if it is there and can be
opened) has of it, and is named: exit code 1, the bundle is written.

What routegate.yaml states of the routers need not stand in the plan: who there is, their agents' addresses and port, SSH
at the management address, a console server, driver and role. The file is that of --snapshot, of snapshot: in the plan,
or the one beside the plan. The plan adds to it, and goes before what is only concluded. Where the two contradict each
other, or one has a name where an address belongs, that is an error with file and line (exit code 2).

What no flag says is taken from pack: {bundle, signer, recipients} in the plan. A rollout packs by itself once it is
confirmed, where routegate.yaml has rollout: {pack: rescue.yaml}; after any other change, run this.`,
		Example: "  routegate rescue pack --plan rescue.yaml\n  routegate rescue pack --snapshot git:main\n  routegate rescue pack --plan rescue.yaml --signer rescue.key --recipients oncall.txt --out rescue.bundle",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			pl, err := rollout.RescuePlan(c.Context(), plan, snapshot, "")
			if err != nil {
				return err
			}
			for _, n := range pl.Notes {
				fmt.Fprintf(p.stderr, "routegate: warning: %s\n", n)
			}
			o := p.packing(c, f, pl)
			o.Signer, o.Recipients, o.Out = cmp.Or(signer, pl.Sealing.Signer), cmp.Or(recipients, pl.Sealing.Recipients), out
			if o.Signer == "" {
				return &usageError{fmt.Errorf("--signer is missing (or pack: {signer: FILE} in %s)", plan), c.CommandPath()}
			}
			r, err := o.Run(c.Context(), time.Now(), func(err error) {
				fmt.Fprintf(p.stderr, "routegate: warning: the bundle from before is not used: %v\n", err)
			})
			for _, m := range r.Missing {
				fmt.Fprintf(p.stderr, "routegate: %s\n", m)
			}
			if errors.Is(err, pack.ErrNobodyAsked) {
				return &usageError{errors.New("who can open it? --recipients FILE, or --passphrase-file FILE"), c.CommandPath()}
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "%s: bundle %d of %s, %d routers, %d configurations\n", r.File, r.Serial, r.Network, r.Routers, r.Configurations)
			if len(r.Missing) > 0 {
				fmt.Fprintf(p.stdout, "%d of the routers did not answer: what is in the bundle of them is from before\n", len(r.Missing))
				return exitCode(exitRefused)
			}
			return nil
		},
	}
	f.flags(c)
	c.Flags().StringVar(&plan, "plan", "rescue.yaml", "who is brought back, and by which ways (docs/rescue.md)")
	c.Flags().StringVar(&snapshot, "snapshot", "", "the snapshot, a folder or git:REF, whose routegate.yaml says what the plan does not (default: snapshot: of the plan, else beside it)")
	c.Flags().StringVar(&signer, "signer", "", "the key that signs (routegate rescue keys)")
	c.Flags().StringVar(&recipients, "recipients", "", "a file of who can open it, one a line: age1..., ssh-ed25519 ..., ssh-rsa ...; else a passphrase")
	c.Flags().StringVar(&out, "out", "", "where it is written (default: over --bundle)")
	return c
}

// packing is how a plan's bundle is made: as the command line says or, where it says nothing, as the plan does.
func (p *program) packing(c *cobra.Command, f bundleFlags, plan *pack.Plan) *pack.Order {
	s := plan.Sealing
	if !c.Flags().Changed("bundle") {
		f.file = cmp.Or(s.Bundle, f.file)
	}
	if len(f.identities) == 0 {
		f.identities = s.Identities
	}
	f.signers, f.passphrase, f.insist = cmp.Or(f.signers, s.Signers), cmp.Or(f.passphrase, s.PassphraseFile), false
	return &pack.Order{Plan: plan, Before: p.opening(f)}
}

// asking asks for a passphrase at the terminal; nil where nobody sits there.
func (p *program) asking() func(prompt string) ([]byte, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	return func(prompt string) ([]byte, error) {
		fmt.Fprintf(p.stderr, "%s: ", prompt)
		defer fmt.Fprintln(p.stderr)
		return term.ReadPassword(int(os.Stdin.Fd()))
	}
}

func (p *program) rescueList() *cobra.Command {
	var f bundleFlags
	header := false
	c := &cobra.Command{
		Use: "list", Short: "Say what is in the bundle, without secrets",
		Long: `Says what is in the bundle, without secrets. --header opens nothing. Exit code 1: it is signed by nobody who is
known here, or of another network; 2: it cannot be read.`,
		Example: "  routegate rescue list\n  routegate rescue list --header --bundle /media/usb/rescue.bundle",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			o := p.opening(f)
			s, problems, err := o.Look()
			if err != nil {
				return err
			}
			h := s.Header
			fmt.Fprintf(p.stdout, "bundle %d of %s, made %s, %d routers, signed by %s\n", h.Serial, h.Network, h.Created.UTC().Format("2006-01-02 15:04 UTC"), h.Routers, h.Signer)
			refuses := false
			for _, x := range problems {
				fmt.Fprintf(p.stdout, "WRONG: %s\n", x)
				refuses = refuses || x.Refuses()
			}
			if refuses && !f.insist || header {
				if refuses {
					return exitCode(exitRefused)
				}
				return nil
			}
			b, err := o.Unseal(s)
			if err != nil {
				return err
			}
			for _, r := range b.Routers {
				fmt.Fprintf(p.stdout, "\n%s  stage %d, %s %s\n", r.Name, r.Stage, r.Driver, r.Role)
				for _, w := range []struct {
					name string
					at   interface{ IsValid() bool }
				}{{"agent", r.Agent.Address}, {"ssh", r.SSH.Address}, {"console or jump host", r.Console.Address}} {
					if w.at.IsValid() {
						fmt.Fprintf(p.stdout, "  %s at %v\n", w.name, w.at)
					}
				}
				for _, e := range r.History {
					fmt.Fprintf(p.stdout, "  %s  %s  %s\n", e.Hash.Short(), e.At.UTC().Format("2006-01-02 15:04"), e.Change)
				}
				for _, x := range r.Probes {
					fmt.Fprintf(p.stdout, "  probe %s\n", x.Address)
				}
			}
			return nil
		},
	}
	f.flags(c)
	c.Flags().BoolVar(&header, "header", false, "what is readable without a secret")
	return c
}

func (p *program) rescueMerge() *cobra.Command {
	record := ""
	c := &cobra.Command{
		Use: "merge", Short: "Bring this machine's records of rescues into the journal, once it is back",
		Example: "  routegate rescue merge --journal /var/lib/routegate/journal",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			dir, err := p.journalDir()
			if err != nil {
				return err
			}
			if record == "" {
				record = recordDir()
			}
			names, err := filepath.Glob(filepath.Join(record, "rescue-*.jsonl"))
			if err != nil {
				return err
			}
			n := 0
			for _, name := range names {
				lines, err := rescue.ReadRecord(name)
				if err != nil {
					return err
				}
				for _, l := range lines {
					if l.Report == nil {
						continue
					}
					merged, err := rollout.Merge(dir, l.Report)
					if err != nil {
						return p.refusal(err)
					}
					if merged {
						n++
					}
				}
			}
			fmt.Fprintf(p.stdout, "%d reports of %d records were new to the journal in %s\n", n, len(names), dir)
			return nil
		},
	}
	c.Flags().StringVar(&record, "record", "", "the folder of the records (default $XDG_STATE_HOME/routegate/rescue)")
	c.Flags().StringVar(&p.journal, "journal", "", "the journal's folder (default $ROUTEGATE_JOURNAL, else $XDG_STATE_HOME/routegate/journal)")
	return c
}
