package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// rangeOfPrefixes is written as prefix-lists have it: 10.0.0.0/8, 10.0.0.0/8 le 24, 10.0.0.0/8 ge 16 le 24,
// 10.0.0.0/8 orlonger.
type rangeOfPrefixes network.PrefixRange

// parseRange reads one range. ge alone reaches to the longest length, le alone from the prefix's own.
func parseRange(data any) (rangeOfPrefixes, error) {
	const hint = "as in 203.0.113.0/24, 10.0.0.0/8 le 24, 10.0.0.0/8 ge 16 le 24, or 2001:db8::/32 orlonger"
	words := strings.Fields(fmt.Sprint(data))
	if len(words) == 0 {
		return rangeOfPrefixes{}, want(hint, "a prefix is missing")
	}
	p, err := parsePrefix(words[0])
	if err != nil {
		return rangeOfPrefixes{}, err
	}
	longest := p.Addr().BitLen()
	out := rangeOfPrefixes{Prefix: p, Min: uint8(p.Bits()), Max: uint8(p.Bits())}
	words = words[1:]
	if len(words) == 1 && words[0] == "orlonger" {
		out.Max = uint8(longest)
		return out, nil
	}
	seen := map[string]bool{}
	for ; len(words) > 0; words = words[2:] {
		if len(words) < 2 || words[0] != "ge" && words[0] != "le" || seen[words[0]] {
			return out, want(hint, "%q is not a range of prefixes", data)
		}
		seen[words[0]] = true
		n, err := strconv.Atoi(words[1])
		if err != nil || n < p.Bits() || n > longest {
			return out, want("", "%s %s: want a length from %d to %d", words[0], words[1], p.Bits(), longest)
		}
		if words[0] == "ge" {
			out.Min = uint8(n)
		} else {
			out.Max = uint8(n)
		}
	}
	if seen["ge"] && !seen["le"] {
		out.Max = uint8(longest)
	}
	if out.Min > out.Max {
		return out, want(hint, "%q holds nothing: ge is above le", data)
	}
	return out, nil
}

// RangeText writes a range as change.yaml has it.
func RangeText(r network.PrefixRange) string {
	bits, longest := r.Prefix.Bits(), r.Prefix.Addr().BitLen()
	lo, hi := int(r.Min), int(r.Max)
	switch {
	case lo == bits && hi == bits:
		return r.Prefix.String()
	case lo == bits && hi == longest:
		return r.Prefix.String() + " orlonger"
	case lo == bits:
		return fmt.Sprintf("%s le %d", r.Prefix, hi)
	case hi == longest:
		return fmt.Sprintf("%s ge %d", r.Prefix, lo)
	}
	return fmt.Sprintf("%s ge %d le %d", r.Prefix, lo, hi)
}

// ExactRange is the set of one prefix.
func ExactRange(p netip.Prefix) network.PrefixRange {
	return network.PrefixRange{Prefix: p, Min: uint8(p.Bits()), Max: uint8(p.Bits())}
}
