package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/report"
)

func (p *program) policyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "policy",
		Short:   "List, explain, test and pack the policies",
		Example: "  routegate policy list\n  routegate policy show blast/session-loss\n  routegate policy test policies/",
		Args:    cobra.ArbitraryArgs,
		RunE:    group,
	}
	c.AddCommand(p.policyList(), p.policyShow(), p.policyTest(), p.policyPack())
	return c
}

// known are the policies of the library, or those of a snapshot with its settings.
func known(c *cobra.Command, snapshot string, rules gate.Rules) ([]policies.Meta, error) {
	if snapshot == "" {
		if rules.Policies != "" || len(rules.Keys) > 0 {
			return nil, &usageError{errors.New("--policies stand in place of a snapshot's own: --snapshot is missing"), c.CommandPath()}
		}
		return policies.Library(), nil
	}
	return gate.PoliciesOf(c.Context(), snapshot, rules)
}

func (p *program) policyList() *cobra.Command {
	var snapshot string
	var rules gate.Rules
	var outputs []string
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the policies with their levels",
		Long:    "List the library's policies; with --snapshot also that snapshot's own, all as its routegate.yaml sets them.",
		Example: "  routegate policy list\n  routegate policy list --snapshot .\n  routegate policy list --snapshot . --policies acme.tar.gz --policies-key acme.pem",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			out, err := p.outputs(c, outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			list, err := known(c, snapshot, rules)
			if err != nil {
				return err
			}
			return p.write(out, true, func(w io.Writer, format string, o report.Options) error {
				return report.PolicyList(w, format, list, o)
			})
		},
	}
	c.Flags().StringVar(&snapshot, "snapshot", "", "as this snapshot sets them")
	ruleFlags(c, &rules)
	c.Flags().StringArrayVarP(&outputs, "output", "o", nil, "text or json, with =FILE to write a file")
	return c
}

func (p *program) policyShow() *cobra.Command {
	var snapshot string
	var rules gate.Rules
	var outputs []string
	c := &cobra.Command{
		Use:               "show ID",
		Short:             "Show a policy's page: what it stops, from which outage it comes, how to set it",
		Example:           "  routegate policy show leak/route-leak",
		ValidArgsFunction: policyIDs,
		Args:              exactly("ID"),
		RunE: func(c *cobra.Command, args []string) error {
			out, err := p.outputs(c, outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			list, err := known(c, snapshot, rules)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(list, func(m policies.Meta) bool { return m.ID == args[0] })
			if i < 0 {
				return unknownPolicy(list, args[0])
			}
			return p.write(out, true, func(w io.Writer, format string, o report.Options) error {
				return report.PolicyPage(w, format, &list[i], o)
			})
		},
	}
	c.Flags().StringVar(&snapshot, "snapshot", "", "as this snapshot sets it")
	ruleFlags(c, &rules)
	c.Flags().StringArrayVarP(&outputs, "output", "o", nil, "text or json, with =FILE to write a file")
	return c
}

// unknownPolicy names the nearest one.
func unknownPolicy(list []policies.Meta, id string) error {
	best, near := len(id)/2+1, ""
	for _, m := range list {
		if d := levenshtein.ComputeDistance(id, m.ID); d < best {
			best, near = d, m.ID
		}
	}
	if near != "" {
		return fmt.Errorf("no policy is called %q; did you mean %s?", id, near)
	}
	return fmt.Errorf("no policy is called %q; `routegate policy list` names them", id)
}

func (p *program) policyTest() *cobra.Command {
	var outputs []string
	var threshold float64
	c := &cobra.Command{
		Use:   "test [DIR]",
		Short: "Run the Rego tests of the policies in a folder; of the library without one",
		Long: `Run the Rego tests (rules test_* in *_test.rego) of the policies in a folder; without one, those of the library.
The exit code is 1 where a test fails, or where fewer lines than --coverage-threshold are covered: those of
the modules in the folder that are no tests.`,
		Example: "  routegate policy test\n  routegate policy test policies/\n  routegate policy test policies/ --coverage-threshold 90",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly("DIR")(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			out, err := p.outputs(c, outputs, []string{"text", "json"})
			if err != nil {
				return err
			}
			if !(threshold >= 0 && threshold <= 100) {
				return &usageError{fmt.Errorf("--coverage-threshold %v: want 0 to 100 percent", threshold), c.CommandPath()}
			}
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			}
			r, err := policies.Test(c.Context(), dir, dir == "")
			if err != nil {
				return err
			}
			r.Threshold = threshold
			if err := p.write(out, true, func(w io.Writer, format string, o report.Options) error {
				return report.PolicyTests(w, format, r, o)
			}); err != nil {
				return err
			}
			if !r.OK() {
				return exitCode(exitRefused)
			}
			return nil
		},
	}
	c.Flags().Float64Var(&threshold, "coverage-threshold", 0, "fail where fewer percent of the lines are covered by tests")
	c.Flags().StringArrayVarP(&outputs, "output", "o", nil, "text or json, with =FILE to write a file")
	return c
}
