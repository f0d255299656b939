package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/report"
)

func (p *program) traceCommand() *cobra.Command {
	var o gate.TraceOptions
	var outputs []string
	var all bool
	c := &cobra.Command{
		Use:   "trace SNAPSHOT --from ROUTER --to ADDRESS",
		Short: "Follow a simulated packet hop by hop, with the reason at each",
		Long: `Simulate one snapshot and follow a packet over every equal way, with the route that each
router uses and why it has that one. The exit code is 0 when every way gets there, else 1.`,
		Example: "  routegate trace . --from edge1 --to 203.0.113.53",
		Args:    exactly("SNAPSHOT"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := need(c, "from", "to"); err != nil {
				return err
			}
			out, err := p.outputs(c, outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			o.Where = args[0]
			bar := p.startProgress()
			o.Progress = bar.report
			t, err := gate.Trace(c.Context(), o)
			bar.end()
			if err != nil {
				return err
			}
			if err := p.write(out, all, func(w io.Writer, format string, ro report.Options) error {
				return report.Ways(w, format, t, ro)
			}); err != nil {
				return err
			}
			if !t.Arrives {
				return exitCode(exitRefused)
			}
			return nil
		},
	}
	c.Flags().StringVar(&o.From, "from", "", "the router where the packet starts")
	c.Flags().StringVar(&o.To, "to", "", "the address where it goes")
	c.Flags().StringVar(&o.VRF, "vrf", "", "the routing instance where it starts, instead of the default one")
	c.Flags().BoolVar(&all, "all", false, "show every equal way")
	c.Flags().StringArrayVarP(&outputs, "output", "o", nil, "text or json, with =FILE to write a file")
	return c
}
