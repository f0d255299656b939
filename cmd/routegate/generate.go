package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/lab/generate"
)

func (p *program) labGenerate() *cobra.Command {
	c := &cobra.Command{
		Use:   "generate",
		Short: "Write a snapshot of a made-up network of any size",
		Long: `Writes the configurations of a whole network: a folder that every other command
takes for a snapshot. The same parameters always give the same bytes.`,
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	c.AddCommand(p.labFatTree(), p.labClos(), p.labWAN())
	return c
}

// labOutput is what every generator is told.
type labOutput struct{ dialect, out string }

func (o *labOutput) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.dialect, "dialect", "frr", "the daemon whose configurations are written: frr, gobgp, bird")
	c.Flags().StringVar(&o.out, "out", "", "the folder to write (made; must hold no snapshot yet)")
	_ = c.MarkFlagRequired("out")
}

func (p *program) writeSnapshot(c *cobra.Command, o *labOutput, make func(generate.Dialect) (generate.Snapshot, error)) error {
	d, err := generate.ParseDialect(o.dialect)
	if err != nil {
		return &usageError{err, c.CommandPath()}
	}
	s, err := make(d)
	if err != nil {
		return &usageError{err, c.CommandPath()}
	}
	if err := s.Write(o.out); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: %d files\n", o.out, len(s))
	return nil
}

func (p *program) labFatTree() *cobra.Command {
	var o labOutput
	var k int
	c := &cobra.Command{
		Use:   "fattree --k K --out DIR",
		Short: "A fat-tree: 5k²/4 switches, one AS each, a /24 a top-of-rack switch",
		Long: `A fat-tree of k pods: k/2 edge and k/2 aggregation switches a pod, (k/2)² cores above,
eBGP over numbered /31 links, an AS of its own for every switch, ECMP over 64 ways. k=20 is
500 switches, k=40 is 2,000, k=90 is 10,125.`,
		Example: `  routegate lab generate fattree --k 4 --out small
  routegate lab generate fattree --k 40 --dialect gobgp --out fabric
  routegate routes small --router edge-00-00`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.writeSnapshot(c, &o, func(d generate.Dialect) (generate.Snapshot, error) { return generate.FatTree(k, d) })
		},
	}
	c.Flags().IntVar(&k, "k", 4, "number of pods, even")
	o.flags(c)
	return c
}

func (p *program) labClos() *cobra.Command {
	var o labOutput
	var z generate.ClosSize
	c := &cobra.Command{
		Use:   "clos --pods N --out DIR",
		Short: "A Clos fabric with policies: pods that show the others one aggregate each",
		Long: `A Clos fabric of three tiers: pods of leaves and spines, planes of super-spines. Leaves mark what they
announce with a community, spines aggregate their pod, and nothing that is not marked goes anywhere.`,
		Example: `  routegate lab generate clos --pods 4 --out fabric
  routegate lab generate clos --pods 16 --leaves 32 --spines 4 --super-spines 4 --out large`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.writeSnapshot(c, &o, func(d generate.Dialect) (generate.Snapshot, error) { return generate.Clos(z, d) })
		},
	}
	c.Flags().IntVar(&z.Pods, "pods", 2, "number of pods")
	c.Flags().IntVar(&z.Leaves, "leaves", 4, "leaves a pod")
	c.Flags().IntVar(&z.Spines, "spines", 2, "spines a pod")
	c.Flags().IntVar(&z.SuperSpines, "super-spines", 2, "super-spines above each spine of a pod")
	o.flags(c)
	return c
}

func (p *program) labWAN() *cobra.Command {
	var o labOutput
	var z generate.WANSize
	c := &cobra.Command{
		Use:   "wan --routers N --out DIR",
		Short: "A wide-area network: OSPF, route reflectors, full tables from outside as MRT",
		Long: `An operator's network: OSPF underneath, two planes of route reflectors, edges with providers, peers and
customers. Providers send full tables and peers parts of them, as MRT table dumps; edges filter, mark,
prefer and limit by the kind of neighbor.`,
		Example: `  routegate lab generate wan --routers 12 --prefixes 1000 --out small
  routegate lab generate wan --routers 200 --prefixes 1000000 --feeds 4 --out large`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.writeSnapshot(c, &o, func(d generate.Dialect) (generate.Snapshot, error) { return generate.WAN(z, d) })
		},
	}
	c.Flags().IntVar(&z.Routers, "routers", 20, "number of routers")
	c.Flags().IntVar(&z.Feeds, "feeds", 4, "number of providers, each with a full table")
	c.Flags().IntVar(&z.Prefixes, "prefixes", 1000, "prefixes of the full table")
	c.Flags().IntVar(&z.Peers, "peers", 4, "number of peers")
	c.Flags().IntVar(&z.Customers, "customers", 8, "number of customers")
	c.Flags().Uint64Var(&z.Seed, "seed", 1, "another one makes another table")
	o.flags(c)
	return c
}
