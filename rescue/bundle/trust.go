package bundle

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Trust is what a bundle is held against. The zero value trusts no signer.
type Trust struct {
	Signers []string      // public keys, as KeyText writes them
	Network string        // "": any
	Newest  uint64        // the highest number that was seen before; 0: none
	MaxAge  time.Duration // 0: any
	Now     time.Time     // by a clock that may be wrong: age is a warning, never a refusal
}

// ProblemKind says what is wrong with a bundle that can be read.
type ProblemKind string

const (
	// ForeignSigner: it was signed by nobody who is trusted. A bundle of an attacker would look like this.
	ForeignSigner ProblemKind = "signed by someone else"
	// OtherNetwork: it is of another network.
	OtherNetwork ProblemKind = "of another network"
	// Old: it is older than it should be, or than one that was seen.
	Old ProblemKind = "old"
)

// Problem is one thing that is wrong.
type Problem struct {
	Kind   ProblemKind
	Detail string
}

func (p Problem) String() string { return string(p.Kind) + ": " + p.Detail }

// Refuses reports a problem over which nothing should be rolled back unless a person insists. An old bundle is better
// than none.
func (p Problem) Refuses() bool { return p.Kind != Old }

// Check names what is wrong with a bundle, without a secret.
func (s *Sealed) Check(t Trust) []Problem {
	var out []Problem
	h := s.Header
	if !slices.Contains(t.Signers, h.Signer) {
		known := "no signer is known here"
		if len(t.Signers) > 0 {
			known = "known here: " + strings.Join(t.Signers, ", ")
		}
		out = append(out, Problem{ForeignSigner, fmt.Sprintf("%s; %s", h.Signer, known)})
	}
	if t.Network != "" && h.Network != t.Network {
		out = append(out, Problem{OtherNetwork, fmt.Sprintf("%s, wanted is %s", h.Network, t.Network)})
	}
	switch age := t.Now.Sub(h.Created); {
	case t.Newest > h.Serial:
		out = append(out, Problem{Old, fmt.Sprintf("it has the number %d, and %d was seen here", h.Serial, t.Newest)})
	case t.MaxAge > 0 && age > t.MaxAge:
		out = append(out, Problem{Old, fmt.Sprintf("made on %s, %s ago; it should not be older than %s", h.Created.UTC().Format("2006-01-02 15:04 UTC"), days(age), days(t.MaxAge))})
	}
	return out
}

// days is a duration as a person says it.
func days(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return d.Round(time.Second).String()
}
