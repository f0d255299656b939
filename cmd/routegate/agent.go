package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/device/host"
)

func (p *program) agentCommand() *cobra.Command {
	file := host.DefaultFile
	c := &cobra.Command{
		Use:   "agent",
		Short: "Guard this router: apply a change under a dead man's switch, and take it back unless it is confirmed",
		Long: `Runs beside a router's daemon. It puts the running configuration and a deadline on disk before it gives
the daemon a candidate, reads back what runs, and returns to the old configuration when nobody confirms
the new one in time: also when the controller, the network, the daemon, this process or the machine
has died meanwhile. It is called over mutual TLS on a literal management address, and by root over a
Unix socket; the role in a client's certificate says what it may ask.

The settings are in ` + host.DefaultFile + `; flags win over them. Set-up: docs/agent.md.
On SIGTERM an unconfirmed change is taken back first.`,
		Example: `  routegate agent                                        with /etc/routegate/agent.yaml
  routegate agent --config ./agent.yaml --listen 192.0.2.11:7443
  routegate agent status
  routegate agent certs init ca`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return group(c, args)
			}
			s, err := host.Read(file, c.Flags())
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(p.stderr, nil))
			err = host.Run(c.Context(), s, version(), log, func() {
				log.Info("routegate agent", "router", s.Router, "driver", s.Driver, "listen", s.Listen, "socket", s.Socket, "version", version())
			})
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		},
	}
	c.Flags().StringVar(&file, "config", file, "the settings")
	host.Flags(c.Flags())
	c.AddCommand(p.agentStatus(), p.agentCerts())
	return c
}

// agentTarget are the flags that say which agent is called, and as whom.
type agentTarget struct{ address, router, ca, certificate, key string }

func (t *agentTarget) flags(c *cobra.Command) {
	c.Flags().StringVar(&t.address, "address", "unix:/run/routegate/agent.sock", "the agent: a literal address with port, or unix: and the socket's path")
	c.Flags().StringVar(&t.router, "router", "", "refuse an agent that is not this router's")
	c.Flags().StringVar(&t.ca, "ca", "ca.pem", "the authority's certificate")
	c.Flags().StringVar(&t.certificate, "certificate", "observer.pem", "your certificate")
	c.Flags().StringVar(&t.key, "key", "observer.key", "its key")
}

func (t *agentTarget) dial(ctx context.Context) (device.Agent, error) {
	target := agent.Target{Address: t.address, Router: t.router}
	if !agent.IsSocket(t.address) {
		id, err := agent.ReadIdentity(t.ca, t.certificate, t.key)
		if err != nil {
			return nil, err
		}
		target.Identity = id
	}
	return agent.Dial(ctx, target)
}

func (p *program) agentStatus() *cobra.Command {
	var to agentTarget
	asJSON := false
	wait := 10 * time.Second
	c := &cobra.Command{
		Use:   "status",
		Short: "Say where a router's switch stands, and which configurations it can return to",
		Long: `Asks an agent where its dead man's switch stands. Exit code 0: nothing is armed, or a change is on its
way; 1: the way back does not succeed (stuck); 2: no answer.`,
		Example: `  sudo routegate agent status
  routegate agent status --address 192.0.2.11:7443 --ca ca.pem --certificate observer.pem --key observer.key`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), wait)
			defer cancel()
			a, err := to.dial(ctx)
			if err != nil {
				return err
			}
			defer a.Close()
			st, err := a.Status(ctx)
			if err != nil {
				return err
			}
			stored, err := a.Stored(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(p.stdout)
				e.SetIndent("", "  ")
				err = e.Encode(host.Report(st, stored))
			} else {
				err = host.WriteStatus(p.stdout, st, stored)
			}
			if err == nil && st.Phase == device.Stuck {
				return exitCode(exitRefused)
			}
			return err
		},
	}
	to.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	c.Flags().DurationVar(&wait, "timeout", wait, "how long to wait for an answer")
	return c
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

var errNoRoleNorRouter = fmt.Errorf("give --router and --address for an agent's certificate, or --role for a caller's")
