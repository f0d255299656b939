// Package demo is the network of the demonstration: six GoBGP routers in 10.0.0.0/8, as they run (before) and with three
// changes. bad withholds a protected prefix; partner brings a neighbor up on both edges; good prefers the own transit.
// The files are in the binary, so that the demonstration works anywhere.
package demo

import "embed"

// Files are the snapshots: before, bad, partner, good.
//
//go:embed before bad partner good
var Files embed.FS
