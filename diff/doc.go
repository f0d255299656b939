// Package diff says what a change does, in two halves. Configuration compares two
// networks as they are configured and returns typed, positioned changes, each
// with its meaning where that can be proven; Behave compares two solved networks
// and returns what happens to sessions, routes and reachability.
//
// Both take values that others built, modify nothing, and return sorted, deterministic
// results; comparing something with itself gives an empty one.
package diff
