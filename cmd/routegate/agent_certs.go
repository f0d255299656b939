package main

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/agent/certs"
)

func (p *program) agentCerts() *cobra.Command {
	c := &cobra.Command{
		Use:   "certs",
		Short: "Make the certificates of agents and of those who call them",
		Args:  cobra.ArbitraryArgs,
		RunE:  group,
	}
	c.AddCommand(p.agentCertsInit(), p.agentCertsIssue())
	return c
}

func (p *program) agentCertsInit() *cobra.Command {
	name := "routegate"
	c := &cobra.Command{
		Use:   "init FOLDER",
		Short: "Make an authority of your own: the only one that agents and their callers trust",
		Long: `Writes ca.pem, which every router and every caller gets, and ca.key, which nobody gets: who has it can
command every router. Keep the folder off the routers, on a machine or a medium that is not online.`,
		Example: "  routegate agent certs init ca --name 'example network'",
		Args:    exactly("FOLDER"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := certs.Init(args[0], name); err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "the authority is in %s: ca.key stays there, ca.pem goes to every router and caller\n", args[0])
			fmt.Fprintf(p.stdout, "next: routegate agent certs issue %s --router NAME --address ADDRESS\n", args[0])
			return nil
		},
	}
	c.Flags().StringVar(&name, "name", name, "the authority's name, for people")
	return c
}

func (p *program) agentCertsIssue() *cobra.Command {
	var router, role, name string
	var addresses []string
	life := 3650
	c := &cobra.Command{
		Use:   "issue FOLDER",
		Short: "Issue an agent's certificate, or that of a role",
		Long: `An agent's certificate names its router and the literal addresses at which it is called. A caller's
names one role: observer (reads), controller (arms, applies, confirms, reverts) or rescue (returns a
router to a configuration that it has had, and nothing else).

Certificates hold ten years unless --days says otherwise: one that expires in an outage lets nobody in.
There is no revocation: to shut somebody out, make a new authority and issue all certificates anew.`,
		Example: `  routegate agent certs issue ca --router edge1 --address 192.0.2.11
  routegate agent certs issue ca --role controller
  routegate agent certs issue ca --role rescue --name rescue-ams`,
		Args: exactly("FOLDER"),
		RunE: func(c *cobra.Command, args []string) error {
			var out certs.Issued
			var err error
			switch {
			case life < 1:
				return &usageError{fmt.Errorf("--days %d: want 1 or more", life), c.CommandPath()}
			case (router == "") == (role == ""):
				return &usageError{errNoRoleNorRouter, c.CommandPath()}
			case router != "" && name != "", role != "" && len(addresses) > 0:
				return &usageError{fmt.Errorf("--name belongs to --role, --address to --router"), c.CommandPath()}
			case router != "":
				var at []netip.Addr
				for _, a := range addresses {
					x, err := netip.ParseAddr(a)
					if err != nil {
						return &usageError{fmt.Errorf("--address %q: want a literal IP address, as in 192.0.2.11", a), c.CommandPath()}
					}
					at = append(at, x)
				}
				if len(at) == 0 {
					return &usageError{fmt.Errorf("--address is missing: the literal address at which the agent is called"), c.CommandPath()}
				}
				out, err = certs.IssueAgent(args[0], router, at, days(life))
			default:
				out, err = certs.IssueRole(args[0], agent.Role(role), name, days(life))
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "%s and %s, valid until %s\n", out.Certificate, out.Key, out.NotAfter.Format(time.DateOnly))
			if router != "" {
				fmt.Fprintf(p.stdout, "next: copy both and %s to %s, as /etc/routegate/agent.pem, agent.key and ca.pem\n", filepath.Join(args[0], certs.CAFile), router)
			}
			return nil
		},
	}
	c.Flags().StringVar(&router, "router", "", "issue the certificate of this router's agent")
	c.Flags().StringSliceVar(&addresses, "address", nil, "an address at which the agent is called; may be given again")
	c.Flags().StringVar(&role, "role", "", "issue a caller's certificate: observer, controller or rescue")
	c.Flags().StringVar(&name, "name", "", "the holder's name, for the files and the logs; the role's where none is given")
	c.Flags().IntVar(&life, "days", life, "how long it holds")
	return c
}
