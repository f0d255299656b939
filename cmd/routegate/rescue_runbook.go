package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/report"
	"github.com/routegate/routegate/rescue/runbook"
)

func (p *program) rescueRunbook() *cobra.Command {
	var f bundleFlags
	var o runbook.Options
	var outputs []string
	asOf := ""
	c := &cobra.Command{
		Use: "runbook [BUNDLE]", Short: "Print the page for the day on which this program is missing too",
		Long: `Print the page for the day on which this program is missing too: the routers in the order in which they return,
the ways in with literal addresses and the fingerprints that must show, where the old configuration lies and
how its hash begins, and the daemon's own commands that put it back: FRR's vtysh, gobgpd, BIRD's birdc. Print it
after every pack, and lay it where people are when nothing else works.

No key, no passphrase and no configuration is on it: configurations hold the passwords of neighbors. With it
alone nobody gets in; it does name addresses and accounts.

The commands are typed by a person with an account and a sign-on of their own that work on that day (--login): the
rescue's own key opens one command and no shell.`,
		Example: `  routegate rescue runbook
  routegate rescue runbook rescue.bundle -o html=runbook.html
  routegate rescue runbook --device edge1 --login breakglass --note 'cage: +31 20 555 0100' -o html=edge1.html`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			out, err := p.outputs(c, outputs, []string{"text", "html"})
			if err != nil {
				return err
			}
			if asOf != "" {
				if o.AsOf, err = time.Parse(time.RFC3339, asOf); err != nil {
					return &usageError{fmt.Errorf("--as-of %q: want a date with time and zone, as in 2026-11-28T03:00:00Z", asOf), c.CommandPath()}
				}
			}
			if len(args) == 1 {
				f.file = args[0]
			}
			b, err := p.open(f)
			if err != nil {
				return err
			}
			o.Bundle = filepath.Base(f.file)
			page, err := runbook.Make(b, o)
			if err != nil {
				return err
			}
			return p.write(out, true, func(w io.Writer, format string, o report.Options) error { return report.Runbook(w, format, page, o) })
		},
	}
	f.flags(c)
	c.Flags().StringSliceVar(&o.Routers, "device", nil, "a router; may be given again (default: all)")
	c.Flags().StringVar(&asOf, "as-of", "", "return to the bundle's newest that is not younger, as in 2026-11-28T03:00:00Z")
	c.Flags().StringVar(&o.Login, "login", "root", "the account that people log in with by hand")
	c.Flags().StringArrayVar(&o.Notes, "note", nil, "a line at the top, may be given again: telephone numbers, where the bundle and what opens it lie")
	c.Flags().StringArrayVarP(&outputs, "output", "o", nil, "FORMAT[=FILE], repeatable: text, html (one page for a printer, complete in itself)")
	return c
}
