// Package rov validates the origin of routes: validated ROA payloads and a route go in, and
// valid, invalid or not found comes out (RFC 6811).
package rov

import (
	"net/netip"

	"github.com/gaissmai/bart"

	"github.com/routegate/routegate/network"
)

// State is the validation state of a route (RFC 6811 §2).
type State uint8

const (
	NotFound State = iota // no VRP covers the prefix
	Valid                 // a VRP covers it and authorizes its origin and length
	Invalid               // VRPs cover it, and none authorizes it
)

func (s State) String() string { return [...]string{"not-found", "valid", "invalid"}[s] }

// Table answers which VRPs cover a prefix, in the time of one walk down a trie. The nil Table knows none.
// Safe for concurrent readers; it refers to the VRPs and does not copy them.
type Table struct {
	trie bart.Table[[]network.VRP] // by prefix: its VRPs
}

// New makes a table; v may be nil.
func New(v *network.VRPs) *Table {
	if v == nil {
		return nil
	}
	t := &Table{}
	for i := 0; i < len(v.List); {
		j := i
		for j < len(v.List) && v.List[j].Prefix == v.List[i].Prefix {
			j++
		}
		t.trie.Insert(v.List[i].Prefix, v.List[i:j:j])
		i = j
	}
	return t
}

// Covered reports whether any VRP covers the prefix: its origin is not NotFound.
func (t *Table) Covered(p netip.Prefix) bool {
	if t == nil {
		return false
	}
	_, ok := t.trie.LookupPrefix(p)
	return ok
}

// Covering are the VRPs that cover the prefix, the longest first.
func (t *Table) Covering(p netip.Prefix) (out []network.VRP) {
	if t == nil {
		return nil
	}
	for _, list := range t.trie.Supernets(p) {
		out = append(out, list...)
	}
	return out
}

// Validate is the state of a route to the prefix that the AS originates. known is false where the AS path does not
// tell the origin (it ends in an AS_SET): then no VRP matches. AS 0 matches none either (RFC 6483 §4).
func (t *Table) Validate(p netip.Prefix, origin uint32, known bool) State {
	if t == nil {
		return NotFound
	}
	state := NotFound
	for _, list := range t.trie.Supernets(p) {
		for _, v := range list {
			if known && v.AS == origin && origin != 0 && p.Bits() <= int(v.MaxLength) {
				return Valid
			}
			state = Invalid
		}
	}
	return state
}

// Origin is the AS of an AS path that is validated: the last of its last segment. own is the AS of the router that
// validates, which counts where the path is empty or only of its confederation; ok is false where it ends in an AS_SET
// (RFC 6811 §2).
func Origin(path network.ASPath, own uint32) (as uint32, ok bool) {
	for i := len(path) - 1; i >= 0; i-- {
		switch list := path[i].AS; {
		case len(list) == 0:
		case path[i].Kind == network.ASSequence:
			return list[len(list)-1], true
		case path[i].Kind == network.ASSet:
			return 0, false
		default:
			return own, true
		}
	}
	return own, true
}
