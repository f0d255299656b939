// Package network is the vendor-neutral model of a network: routers, their
// interfaces, routing protocols, routing policies and the sets those refer to,
// together with what configurations cannot say (who owns which prefixes, what
// the outside announces). Dialects write it, routing and diff read it.
//
// The model holds the *effective* configuration: defaults are filled in,
// inheritance from peer groups is applied, and every place where daemons differ
// is a field that the dialect sets. No other room of the program asks which
// daemon a router runs.
//
// Every object carries its Span: the file and the lines that made it. Values are
// plain data: a Network is built once by package config and is read-only from
// then on, so any number of goroutines may read it without locking. Two snapshots
// may share *Router values whose files are the same bytes.
//
// Names follow the RFCs and OpenConfig. The package imports the standard library
// only.
package network
