package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/routegate/routegate/config"
)

// Binding names what was judged, so that a verdict, an approval and a rollout can be held to be of the same change.
type Binding struct {
	// SHA-256 over everything that the running side was read from: configurations, routegate.yaml with its feeds, links.
	Before string `json:"before"`
	// The same of the proposed side.
	After string `json:"after"`
	// SHA-256 over the policies, their levels and parameters.
	Policies string `json:"policies"`
	// SHA-256 over the three; empty where the run ended before they were known.
	Hash string `json:"hash"`
}

func bindingOf(before, after *config.Snapshot, policies string) Binding {
	b := Binding{Before: hex.EncodeToString(before.Digest[:]), After: hex.EncodeToString(after.Digest[:]), Policies: policies}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s\n", b.Before, b.After, b.Policies))
	b.Hash = hex.EncodeToString(sum[:])
	return b
}
