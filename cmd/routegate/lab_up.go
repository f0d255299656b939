package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/report"
)

func (p *program) labUp() *cobra.Command {
	return &cobra.Command{
		Use:   "up SNAPSHOT",
		Short: "Boot a snapshot with the real daemons, one network namespace a router",
		Long: `Boot every router of a snapshot on this machine: one network namespace each, veth pairs for
the links, FRRouting, GoBGP and BIRD as they are, and a speaker for each outside neighbor that sends what
routegate.yaml announces. Comes back when the tables stand still. Everything lives in a private world
of namespaces: nothing of it can reach the machine's own network, and lab down takes it all away.

Needs Linux and root, and Debian's packages frr and iproute2, and bird2 for BIRD. A VRF is a
namespace of its own beside its router's (FRR), or a table only (GoBGP).`,
		Example: `  sudo routegate lab up .
  sudo routegate lab compare
  sudo routegate lab exec edge1 -- vtysh -c 'show bgp summary'
  sudo routegate lab down`,
		Args: exactly("SNAPSHOT"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := lab.Start(p.labName, args[0])
			if err != nil {
				return err
			}
			st, err := p.awaitLab(c.Context(), s)
			if err != nil {
				// Whatever ended the wait, no half-booted lab stays.
				if down := s.Down(); down != nil {
					fmt.Fprintf(p.stderr, "routegate: %v\n", down)
				}
				return err
			}
			fmt.Fprintf(p.stdout, "%d routers are up after %s\n", st.Routers, time.Since(st.Started).Round(time.Second))
			for _, r := range st.Rejected {
				fmt.Fprintf(p.stdout, "  refused by the daemon: %s\n", r)
			}
			if st.Restless {
				fmt.Fprintln(p.stdout, "  the tables still move: the network may not settle, or the machine is too slow for it")
			}
			fmt.Fprintln(p.stdout, "next: routegate lab compare | lab routes | lab exec ROUTER -- vtysh | lab down")
			return nil
		},
	}
}

func (p *program) awaitLab(ctx context.Context, s *lab.Standing) (*lab.Status, error) {
	bar := p.startProgress()
	defer bar.end()
	for {
		st, err := s.Status(ctx)
		switch {
		case err != nil:
			return nil, err
		case st.Error != "":
			return nil, fmt.Errorf("%s", st.Error)
		case st.Ready():
			return st, nil
		}
		bar.report(st.Stage, 0, 0)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (p *program) labDown() *cobra.Command {
	return &cobra.Command{
		Use:     "down",
		Short:   "End the lab and remove every trace of it, also after a crash",
		Example: "  sudo routegate lab down",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			s, err := lab.Find(p.labName)
			if err != nil {
				return err
			}
			if err := s.Down(); err != nil {
				return err
			}
			fmt.Fprintln(p.stdout, "the lab is down")
			return nil
		},
	}
}

func (p *program) labExec() *cobra.Command {
	vrf := ""
	c := &cobra.Command{
		Use:     "exec ROUTER -- COMMAND...",
		Short:   "Run a command in a router's namespace",
		Example: "  sudo routegate lab exec edge1 -- vtysh -c 'show bgp ipv4 unicast'\n  sudo routegate lab exec edge1 -- ping -c 1 10.0.0.1\n  sudo routegate lab exec edge1 --vrf red -- ip route",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return &usageError{fmt.Errorf("a router and a command are wanted"), c.CommandPath()}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			s, err := lab.Find(p.labName)
			if err != nil {
				return err
			}
			out, err := s.Exec(c.Context(), args[0], vrf, args[1:])
			if err != nil {
				return err
			}
			fmt.Fprint(p.stdout, out)
			return nil
		},
	}
	c.Flags().StringVar(&vrf, "vrf", "", "the namespace of this VRF of the router")
	return c
}

func (p *program) labRoutes() *cobra.Command {
	var o gate.TableOptions
	var outputs []string
	table := "bgp"
	c := &cobra.Command{
		Use:     "routes",
		Short:   "Show the tables that the daemons hold, in the form of routegate routes",
		Example: "  sudo routegate lab routes --router edge1\n  sudo routegate lab routes --router edge1 --table main",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			out, err := p.outputs(c, outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			if table != "bgp" && table != "main" {
				return &usageError{fmt.Errorf("--table %q: want bgp or main", table), c.CommandPath()}
			}
			o.Main = table == "main"
			v, err := p.lookAtLab(c.Context())
			if err != nil {
				return err
			}
			t, err := v.Tables(o)
			if err != nil {
				return err
			}
			return p.write(out, true, func(w io.Writer, format string, ro report.Options) error {
				return report.Tables(w, format, t, o.Prefix != "", ro)
			})
		},
	}
	c.Flags().StringVar(&o.Router, "router", "", "only this router")
	c.Flags().StringVar(&o.Prefix, "prefix", "", "only this prefix")
	c.Flags().StringVar(&o.VRF, "vrf", "", "the routing instance; the default one where none is named")
	c.Flags().StringVar(&table, "table", table, "bgp or main")
	c.Flags().StringArrayVarP(&outputs, "output", "o", nil, "text or json, with =FILE to write a file")
	return c
}

func (p *program) labCompare() *cobra.Command {
	return &cobra.Command{
		Use:   "compare",
		Short: "Show where the prediction and the daemons differ",
		Long: `Simulate the snapshot that is up, read every table of the daemons, and show each difference:
sessions, paths, best paths, multipath sets, attributes, main tables, and what the outside received.
Where the prediction says that arrival order decides, a difference is marked so and counts as none.
What is known to be the daemon's timing or bug is shown apart with its reason, and counts as none.
Exit code 0: they agree; 1: they differ.`,
		Example: "  sudo routegate lab compare",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			v, err := p.lookAtLab(c.Context())
			if err != nil {
				return err
			}
			all, err := v.Compare(c.Context())
			if err != nil {
				return err
			}
			if hard := p.showDifferences(v, all); hard > 0 {
				return exitCode(exitRefused)
			}
			return nil
		},
	}
}

// showDifferences prints them, those that are explained apart, and counts the rest.
func (p *program) showDifferences(v *lab.View, all []lab.Judged) (hard int) {
	timing := 0
	explained := map[string][]lab.Judged{}
	for _, d := range all {
		switch {
		case d.Timing:
			fmt.Fprintln(p.stdout, d)
			timing++
		case d.Known != "":
			explained[d.Known] = append(explained[d.Known], d)
		default:
			fmt.Fprintln(p.stdout, d)
			hard++
		}
	}
	known := 0
	for _, k := range lab.Differs {
		if len(explained[k.Name]) == 0 {
			continue
		}
		fmt.Fprintf(p.stdout, "explained (%s): %s\n", k.Name, k.Reason)
		for _, d := range explained[k.Name] {
			fmt.Fprintf(p.stdout, "  %s\n", d)
			known++
		}
	}
	routers := 0
	for _, t := range v.Routers { // one for each routing instance
		if t.VRF == "" {
			routers++
		}
	}
	fmt.Fprintf(p.stdout, "%d routers, %d outside neighbors: %s", routers, len(v.Outside), differences(hard))
	if timing > 0 {
		fmt.Fprintf(p.stdout, " (and %d where arrival order decides)", timing)
	}
	if known > 0 {
		fmt.Fprintf(p.stdout, " (and %d explained)", known)
	}
	fmt.Fprintln(p.stdout)
	return hard
}

func differences(n int) string {
	switch n {
	case 0:
		return "the prediction and the daemons agree"
	case 1:
		return "1 difference"
	}
	return fmt.Sprintf("%d differences", n)
}

func (p *program) lookAtLab(ctx context.Context) (*lab.View, error) {
	s, err := lab.Find(p.labName)
	if err != nil {
		return nil, err
	}
	return s.Look(ctx)
}
