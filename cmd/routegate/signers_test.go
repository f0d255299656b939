package main

import (
	"fmt"
	"os"

	"github.com/routegate/routegate/policies/signertest"
)

// signers writes a key pair for each name: NAME.key and NAME.pem.
func signers() {
	for _, name := range os.Args[1:] {
		if err := signer(name); err != nil {
			fmt.Fprintln(os.Stderr, "signers:", err)
			os.Exit(2)
		}
	}
}

func signer(name string) error {
	private, public, err := signertest.New()
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".key", private, 0o600); err != nil {
		return err
	}
	return os.WriteFile(name+".pem", public, 0o644)
}
