package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/routegate/routegate/device/host"
	"github.com/routegate/routegate/rescue/bundle"
)

// rescueWays adds what there is of the rescue on the command line: the drill, and the router's end of the ways by SSH. Where
// the groups that they belong to are there already, they are left as they are, and the drill joins its group.
func (p *program) rescueWays(root *cobra.Command) {
	groups := map[string]*cobra.Command{}
	for _, c := range root.Commands() {
		groups[c.Name()] = c
	}
	if groups["rollback"] == nil {
		root.AddCommand(p.rollbackLocal())
	}
	rescue := groups["rescue"]
	if rescue == nil {
		rescue = &cobra.Command{Use: "rescue", Short: "Prepare the day on which everything is gone", RunE: group, Args: cobra.ArbitraryArgs,
			Long:    "Prepare the day on which everything is gone: drill walks the whole way of a rescue without changing anything.",
			Example: "  routegate rescue drill --bundle rescue.bundle --identity ~/.ssh/id_ed25519 --signer KEY"}
		root.AddCommand(rescue)
	}
	var o opening
	drill := p.rescueDrill(func(*cobra.Command) (*bundle.Contents, error) { return o.open() })
	drill.Flags().StringVar(&o.file, "bundle", "rescue.bundle", "the sealed bundle")
	drill.Flags().StringVar(&o.identity, "identity", "", "a key file that opens it: age's or an SSH key without a passphrase")
	drill.Flags().StringVar(&o.passphrase, "passphrase-file", "", "a file whose first line is the passphrase that opens it")
	drill.Flags().StringSliceVar(&o.signers, "signer", nil, "the public key of who may sign it; may be given again")
	rescue.AddCommand(drill)
}

func (p *program) rollbackLocal() *cobra.Command {
	file, local, stdio := host.DefaultFile, false, false
	c := &cobra.Command{
		Use:   "rollback",
		Short: "The router's end of a rescue by SSH or console",
		Long: `The router's end of a rescue by SSH or console: with --local --stdio it answers a rescue elsewhere over standard
input and output, with the agent dead or alive. It is the command that authorized_keys forces: docs/rescue-ssh.md.`,
		Example: "  routegate rollback --local --stdio",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if !local || !stdio {
				return &usageError{errors.New("want --local and --stdio together: nothing else is offered yet"), c.CommandPath()}
			}
			s, err := host.Read(file, nil)
			if err != nil {
				return err
			}
			return p.rollbackStdio(c.Context(), s)
		},
	}
	c.Flags().StringVar(&file, "config", file, "the agent's settings")
	c.Flags().BoolVar(&local, "local", false, "this machine is the router")
	c.Flags().BoolVar(&stdio, "stdio", false, "speak over standard input and output")
	return c
}

// opening is a bundle and what opens it.
type opening struct {
	file, identity, passphrase string
	signers                    []string
}

func (o *opening) open() (*bundle.Contents, error) {
	text, err := os.ReadFile(o.file)
	if err != nil {
		return nil, fmt.Errorf("--bundle: %w", err)
	}
	s, err := bundle.Read(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.file, err)
	}
	for _, x := range s.Check(bundle.Trust{Signers: o.signers, Now: time.Now()}) {
		if x.Refuses() {
			return nil, fmt.Errorf("%s: the bundle is %s (--signer KEY says whose is trusted)", o.file, x)
		}
	}
	ids, err := o.identities()
	if err != nil {
		return nil, err
	}
	c, err := s.Open(ids...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.file, err)
	}
	return c, nil
}

func (o *opening) identities() ([]age.Identity, error) {
	switch {
	case o.passphrase != "":
		text, err := os.ReadFile(o.passphrase)
		if err != nil {
			return nil, fmt.Errorf("--passphrase-file: %w", err)
		}
		first, _, _ := bytes.Cut(text, []byte("\n"))
		id, err := bundle.PassphraseIdentity(string(first))
		return []age.Identity{id}, err
	case o.identity != "":
		text, err := os.ReadFile(o.identity)
		if err != nil {
			return nil, fmt.Errorf("--identity: %w", err)
		}
		return bundle.ParseIdentities(o.identity, text, nil)
	}
	return nil, errors.New("--identity or --passphrase-file is missing: something must open the bundle")
}
