package main

import "github.com/spf13/cobra"

func (p *program) labCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "lab",
		Short: "Real daemons on this machine: boot a snapshot, look at it, compare it with the prediction",
		Args:  cobra.ArbitraryArgs,
		RunE:  group,
	}
	c.PersistentFlags().StringVar(&p.labName, "name", "lab", "the lab's name: a machine may have several")
	c.AddCommand(p.labUp(), p.labDown(), p.labRoutes(), p.labCompare(), p.labExec(), p.labGenerate())
	return c
}
