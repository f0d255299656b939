// Package config reads a snapshot (a folder, or a folder of a git revision) into
// a network.Network: the routers' configurations through the dialects,
// routegate.yaml, the links between routers, and what can be concluded about
// addresses that stand in no configuration.
//
// Nothing is skipped in silence. What cannot be read is an Error with file and line; a
// file that no dialect reads is in the ledger as not modelled; a conclusion that
// stands in no file is listed in Snapshot.Assumptions, one that could not be drawn in
// Snapshot.Warnings.
package config
