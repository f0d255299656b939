package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/policies"
)

// ruleFlags adds the flags that put other policies in place of a snapshot's own.
func ruleFlags(c *cobra.Command, r *gate.Rules) {
	c.Flags().StringVar(&r.Policies, "policies", "", "a folder or an OPA bundle with policies, in place of the snapshot's own")
	c.Flags().StringArrayVar(&r.Keys, "policies-key", nil, "a public key (PEM): only bundles that it has signed are taken; repeatable")
}

func (p *program) policyPack() *cobra.Command {
	var file, key, algorithm, id string
	c := &cobra.Command{
		Use:   "pack DIR -o FILE",
		Short: "Pack a folder of policies into an OPA bundle, and sign it",
		Long: `Pack the policies of a folder, without their tests, into an OPA bundle: what opa build --bundle makes,
and what OPA reads. They must compile beside the library, or nothing is written.

--sign-key signs the bundle (.signatures.json in it) with a private key in PEM: RSA (RS256 where --sign-alg
says nothing) or ECDSA (ES256, ES384, ES512, as the curve says). Its public half goes into policy.keys of
routegate.yaml, or behind --policies-key of check, explain and rollout start.`,
		Example: `  routegate policy pack policies/ -o acme.tar.gz
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out signer.pem
  openssl pkey -in signer.pem -pubout -out acme.pem
  routegate policy pack policies/ -o acme.tar.gz --sign-key signer.pem --sign-key-id acme
  routegate check --before git:main --after . --policies acme.tar.gz --policies-key acme.pem`,
		Args: exactly("DIR"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := need(c, "output"); err != nil {
				return err
			}
			s := policies.Signing{Algorithm: algorithm, ID: id}
			if key == "" && (algorithm != "" || id != "") {
				return &usageError{fmt.Errorf("--sign-alg and --sign-key-id say how to sign, and --sign-key is missing"), c.CommandPath()}
			}
			if key != "" {
				var err error
				if s.Key, err = os.ReadFile(key); err != nil {
					return fmt.Errorf("--sign-key: %w", err)
				}
			}
			packed, err := policies.Pack(c.Context(), args[0], s)
			if err != nil {
				return err
			}
			if err := device.PublishFile(file, packed.Bytes); err != nil {
				return fmt.Errorf("-o %s: %w", file, err)
			}
			signed := "not signed"
			if packed.Algorithm != "" {
				signed = "signed with " + packed.Algorithm
			}
			if !p.quiet {
				fmt.Fprintf(p.stderr, "routegate: %s: %s, %s\n", file, files(packed.Modules), signed)
			}
			return nil
		},
	}
	c.Flags().StringVarP(&file, "output", "o", "", "the file of the bundle")
	c.Flags().StringVar(&key, "sign-key", "", "a private key in PEM to sign it with")
	c.Flags().StringVar(&algorithm, "sign-alg", "", "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or ES512 (default: the key's first)")
	c.Flags().StringVar(&id, "sign-key-id", "", "what policy.keys calls the key; needed where it has several")
	return c
}

func files(n int) string {
	if n == 1 {
		return "1 file of Rego"
	}
	return fmt.Sprintf("%d files of Rego", n)
}
