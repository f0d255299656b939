package network

import (
	"net/netip"
	"strings"
)

// Service is something that a network carries, with the lists in the routers' configurations that say which prefixes are its own.
type Service struct {
	Name     string
	Live     bool           // users depend on it
	Prefixes []netip.Prefix // which are its own and nobody else's; empty: not stated
	Lists    []string       // names of prefix-lists, access-lists, GoBGP's prefix-sets, or BIRD's constants
	At       []string       // routers, or role:, site:, group:, that have the lists; empty: whoever has one of that name
	Span     Span
}

// Selects reports whether a place means a router: its name, or role:, site: or group: of it.
func (e *Environment) Selects(place, router string) bool {
	if place == router {
		return true
	}
	d := e.Device(router)
	kind, name, ok := strings.Cut(place, ":")
	return ok && (kind == "role" && d.Role == name || kind == "site" && d.Site == name || kind == "group" && d.Group == name)
}

// Renders reports whether a router's lists of the service's names are the service's.
func (e *Environment) Renders(s *Service, router string) bool {
	for _, place := range s.At {
		if e.Selects(place, router) {
			return true
		}
	}
	return len(s.At) == 0
}
