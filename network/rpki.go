package network

import (
	"net/netip"
	"time"
)

// RPKI is what routegate.yaml says of route origin validation. The zero value validates nothing.
type RPKI struct {
	// VRPs are the validated ROA payloads that a relying party exported; nil where no file is named. Snapshots
	// whose files are the same bytes share them.
	VRPs *VRPs
	Span Span
}

// VRPs are validated ROA payloads (RFC 6811 §2) from one file. Read-only once made.
type VRPs struct {
	File      string    // inside the snapshot
	Generated time.Time // when the relying party wrote them; UTC
	List      []VRP     // by prefix, maximum length and AS; each once
}

// VRP authorizes an AS to originate a prefix and what is more specific, up to a length.
type VRP struct {
	Prefix    netip.Prefix
	MaxLength uint8  // from the prefix's own length to 32 or 128
	AS        uint32 // 0: nobody may originate it (RFC 6483 §4)
	Line      int32  // in the file, from 1
	Anchor    string // the trust anchor: ripe, arin ...; "" where not stated
}
