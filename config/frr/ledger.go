package frr

import "github.com/routegate/routegate/network"

// verdict is what becomes of one line in the ledger.
type verdict struct {
	support network.Support
	reason  string
	affects network.Affects
}

const (
	blank       = network.Blank
	irrelevant  = network.Irrelevant
	notModelled = network.NotModelled

	anything   = network.AffectsAnything
	sessions   = network.AffectsSessions
	routes     = network.AffectsRoutes
	forwarding = network.AffectsForwarding
	others     = network.AffectsOther
)

var (
	blankLine = verdict{support: blank}
	modelled  = verdict{support: network.Modelled}
	harmless  = verdict{support: irrelevant}
)

// unknownCommand is a line whose first word no node knows.
var unknownCommand = verdict{notModelled, "unknown command", anything}

const rejects = "FRR rejects this: "

// rejected is a line that FRR prints an error for and leaves out.
func rejected(why string) verdict { return verdict{notModelled, rejects + why, routes} }

// unsupported is a line that FRR obeys and the model does not hold.
func unsupported(affects network.Affects, why string) verdict {
	return verdict{notModelled, why, affects}
}

// isRejection reports whether FRR leaves the line out.
func (v verdict) isRejection() bool {
	return v.support == notModelled && len(v.reason) >= len(rejects) && v.reason[:len(rejects)] == rejects
}
