package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/report"
)

func (p *program) routesCommand() *cobra.Command {
	var o gate.TableOptions
	var outputs []string
	table := "bgp"
	c := &cobra.Command{
		Use:   "routes SNAPSHOT",
		Short: "Show the simulated routing tables, as routers print them",
		Long: `Simulate one snapshot and show its routing tables. With --prefix every path to it is told
with the reason why it was or was not chosen; an address asks for its longest match. What the
configuration leaves open, as where the order of arrival decides, is said below.`,
		Example: `  routegate routes . --router edge1
  routegate routes . --router edge1 --prefix 203.0.113.0/24
  routegate routes . --router edge1 --table main
  routegate routes git:main --router edge1 --advertised 192.0.2.1`,
		Args: exactly("SNAPSHOT"),
		RunE: func(c *cobra.Command, args []string) error {
			out, err := p.outputs(c, outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			switch table {
			case "bgp":
			case "main":
				o.Main = true
			default:
				return &usageError{fmt.Errorf("--table %q: want bgp or main", table), c.CommandPath()}
			}
			if o.Main && o.Advertised != "" {
				return &usageError{fmt.Errorf("--advertised is about BGP and does not go with --table main"), c.CommandPath()}
			}
			o.Where = args[0]
			bar := p.startProgress()
			o.Progress = bar.report
			t, err := gate.ShowTables(c.Context(), o)
			bar.end()
			if err != nil {
				return err
			}
			return p.write(out, true, func(w io.Writer, format string, ro report.Options) error {
				return report.Tables(w, format, t, o.Prefix != "", ro)
			})
		},
	}
	c.Flags().StringVar(&o.Router, "router", "", "only this router")
	c.Flags().StringVar(&o.Prefix, "prefix", "", "only this prefix, or the longest match of this address")
	c.Flags().StringVar(&o.VRF, "vrf", "", "this routing instance instead of the default one")
	c.Flags().StringVar(&table, "table", table, "bgp or main")
	c.Flags().StringVar(&o.Advertised, "advertised", "", "what this neighbor (address or interface) receives")
	c.Flags().StringArrayVarP(&outputs, "output", "o", nil, "text or json, with =FILE to write a file")
	return c
}
