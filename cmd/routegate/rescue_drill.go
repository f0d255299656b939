package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/report"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/drill"
	"github.com/routegate/routegate/rollout"
)

type drillFlags struct {
	deny       []string
	management string
	workers    int
	outputs    []string
}

// rescueDrill is the command; open opens the bundle that its flags name.
func (p *program) rescueDrill(open func() (*bundle.Contents, error)) *cobra.Command {
	f := &drillFlags{}
	c := &cobra.Command{
		Use:   "drill",
		Short: "Walk the whole way of a rescue without changing anything, and say what would not have worked",
		Long: `Walk the whole way of a rescue without changing anything: open the bundle, reach every router by each of its
ways, prove who is there, compare what each can return to with what the bundle says, and try whether the
credential can do more than it should (arm a change or read passwords at an agent; another command,
forwarding or listening by SSH). The result is stamped in the journal; routegate rollout start says how old it
is, and rollout: {drill-age: 168h} in routegate.yaml requires a recent one.

--deny dns,inband cuts the drill off first: it runs in a network namespace without interfaces, where no name can be
looked up. A process that stays outside makes its connections, and none but to the bundle's addresses. With
--deny inband and --management-interface it walks no way whose route leaves by another interface, and binds every
socket to that one. It needs root or user namespaces; where there are none the drill refuses look-ups and ways
within its own process, and its report and the journal say which of the two it was. What the first router
does with a packet further on is not seen.

A drill makes no restore: that one succeeds is not shown.

Exit codes: 0 all ways work; 1 something is to be mended; 2 usage, or the bundle cannot be read.`,
		Example: `  routegate rescue drill --bundle rescue.bundle
  routegate rescue drill --deny dns,inband --management-interface eth1
  routegate rescue drill -o json=drill.json`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error { return p.drill(c, f, open) },
	}
	c.Flags().StringSliceVar(&f.deny, "deny", nil, "do without: dns, inband")
	c.Flags().StringVar(&f.management, "management-interface", "", "with --deny inband: this machine's interface to the management network")
	c.Flags().IntVar(&f.workers, "at-once", 10, "how many routers are visited at a time")
	c.Flags().StringVar(&p.journal, "journal", "", "the journal's folder (default $ROUTEGATE_JOURNAL, else $XDG_STATE_HOME/routegate/journal)")
	c.Flags().StringArrayVarP(&f.outputs, "output", "o", nil, "FORMAT[=FILE], repeatable: text, json (routegate.drill/v1)")
	return c
}

func (p *program) drill(c *cobra.Command, f *drillFlags, open func() (*bundle.Contents, error)) error {
	outputs, err := p.outputs(c, f.outputs, []string{"text", "json"})
	if err != nil {
		return err
	}
	dns, inBand := slices.Contains(f.deny, "dns"), slices.Contains(f.deny, "inband")
	for _, d := range f.deny {
		if d != "dns" && d != "inband" {
			return &usageError{fmt.Errorf("--deny %q: want dns, inband or both", d), c.CommandPath()}
		}
	}
	if inBand != (f.management != "") {
		return &usageError{fmt.Errorf("--deny inband and --management-interface belong together"), c.CommandPath()}
	}
	deny := drill.Deny{DNS: dns, Management: f.management, Args: os.Args[1:], Stdout: p.stdout, Stderr: p.stderr}
	cut, err := drill.CutOff(c.Context(), deny)
	switch {
	case err != nil:
		return err
	case cut.Ended:
		return exitCode(cut.Exit)
	}
	ctx, cancel := cut.Context(c.Context())
	defer cancel()
	o := drill.Options{At: time.Now(), Workers: f.workers, Cut: cut}
	if o.Contents, err = open(); err != nil {
		return err
	}
	if o.Ways, err = rescueWays(o.Contents.Credential, cut.Dial()); err != nil {
		return err
	}
	if o.Refuse, err = cut.Refusals(o.Contents); err != nil {
		return err
	}
	bar := p.startProgress()
	o.Progress = func(done, total int) { bar.report("drill", done, total) }
	r := drill.Run(ctx, o)
	bar.end()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	dir, err := p.journalDir()
	if err == nil {
		err = rollout.StampDrill(dir, r)
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "routegate: warning: the journal does not have this drill: %v\n", err)
	}
	if err := p.write(outputs, true, func(w io.Writer, format string, _ report.Options) error { return writeDrill(w, format, r) }); err != nil {
		return err
	}
	if !r.Works() {
		return exitCode(exitRefused)
	}
	return nil
}

func writeDrill(w io.Writer, format string, r *drill.Report) error {
	if format != "json" {
		return r.WriteText(w)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
