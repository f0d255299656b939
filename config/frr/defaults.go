package frr

import (
	"strconv"
	"strings"
)

// defaults are the profile and the version that FRR's own defaults depend on.
type defaults struct {
	datacenter bool
	major      int
	minor      int
	stated     bool // `frr version` stands
}

// standardDefaults are those of FRR 8.4 as Debian 12 ships it.
func standardDefaults() defaults { return defaults{major: 8, minor: 4} }

func (d defaults) before(major, minor int) bool {
	return d.major < major || d.major == major && d.minor < minor
}

// importCheck: `bgp network import-check` became the default for both profiles in 7.4.
func (d defaults) importCheck() bool { return d.datacenter || !d.before(7, 4) }

// requirePolicy: RFC 8212 is the default since 7.4, except in data centers.
func (d defaults) requirePolicy() bool { return !d.datacenter && !d.before(7, 4) }

// deterministicMED is on in data centers.
func (d defaults) deterministicMED() bool { return d.datacenter }

// enforceFirstAS is the default since 9.1 (of development; 10.0 as released).
func (d defaults) enforceFirstAS() bool { return !d.before(9, 1) }

// rejectASSets is the default since 10.5 (RFC 9774).
func (d defaults) rejectASSets() bool { return !d.before(10, 5) }

// resolveViaDefault: on in the traditional profile of newer releases; 8.4 leaves next hops that only the default
// route covers unresolved in either profile.
func (d defaults) resolveViaDefault() bool { return !d.datacenter && !d.before(9, 0) }

// timers are hold and keepalive time.
func (d defaults) timers() (hold, keepalive uint32) {
	if d.datacenter {
		return 9, 3
	}
	return 180, 60
}

// setVersion reads `frr version 8.4.4` or `10.2_git`.
func (d *defaults) setVersion(v string) bool {
	major, rest, _ := strings.Cut(v, ".")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		rest = rest[:end]
	}
	a, err := strconv.Atoi(major)
	if err != nil {
		return false
	}
	b, err := strconv.Atoi(rest)
	if err != nil {
		b = 0
	}
	d.major, d.minor, d.stated = a, b, true
	return true
}
