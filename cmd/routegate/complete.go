package main

import (
	"github.com/spf13/cobra"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/report"
)

type completion = func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// complete gives every command of the tree what a shell needs to finish its flags' values. What cannot be read
// while somebody types completes to nothing: the command itself will say what is wrong.
func complete(c *cobra.Command) {
	formats := words("text", "json")
	if c.Name() == "check" {
		formats = words(report.Formats()...)
	}
	for flag, f := range map[string]completion{
		"output": formats, "color": words("auto", "always", "never"), "table": words("bgp", "main"),
		"router": routers, "from": routers,
		"before": folders, "after": folders, "snapshot": folders,
	} {
		if c.Flags().Lookup(flag) != nil || c.PersistentFlags().Lookup(flag) != nil {
			_ = c.RegisterFlagCompletionFunc(flag, f)
		}
	}
	for _, sub := range c.Commands() {
		complete(sub)
	}
}

func words(all ...string) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

func folders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// routers are those of the snapshot that the command line names already.
func routers(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, err := gate.Routers(c.Context(), args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// policyIDs completes the argument of `policy show`.
func policyIDs(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var out []string
	if len(args) == 0 {
		for _, m := range policies.Library() {
			out = append(out, m.ID+"\t"+m.Title)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
