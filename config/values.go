package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/routegate/routegate/network"
)

// wantError says what a value should have been.
type wantError struct{ msg, hint string }

func (e *wantError) Error() string { return e.msg }

func want(hint, format string, args ...any) error {
	return &wantError{fmt.Sprintf(format, args...), hint}
}

// Values that the file writes in a form of their own.
type (
	asNumber         uint32
	asPath           network.ASPath
	origin           network.Origin
	interfaceAddress struct{ netip.Prefix }
)

// typeName is what a person calls a type.
func typeName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint32, reflect.Uint64, reflect.Uint8:
		return "a number"
	case reflect.Slice:
		return "a list"
	}
	return "keys and values"
}

// decodeValue is viper's decode hook for the types above and those of net/netip.
func decodeValue(_ reflect.Type, to reflect.Type, data any) (any, error) {
	for to.Kind() == reflect.Pointer {
		to = to.Elem()
	}
	switch to {
	case reflect.TypeFor[netip.Prefix]():
		return parsePrefix(data)
	case reflect.TypeFor[interfaceAddress]():
		p, err := netip.ParsePrefix(fmt.Sprint(data))
		if err != nil {
			return nil, want("as in 10.0.0.1/30", "%v is not an address with a prefix length", data)
		}
		return interfaceAddress{p}, nil
	case reflect.TypeFor[netip.Addr]():
		a, err := netip.ParseAddr(fmt.Sprint(data))
		if err != nil {
			return nil, want("as in 192.0.2.1 or 2001:db8::1; names are not resolved", "%v is not an IP address", data)
		}
		return a.Unmap(), nil
	case reflect.TypeFor[asNumber]():
		return parseAS(data)
	case reflect.TypeFor[lastDay]():
		return parseDay(data)
	case reflect.TypeFor[rangeOfPrefixes]():
		return parseRange(data)
	case reflect.TypeFor[time.Duration]():
		return parseDuration(data)
	case reflect.TypeFor[network.BitRate]():
		return parseBitRate(data)
	case reflect.TypeFor[asPath]():
		return parseASPath(data)
	case reflect.TypeFor[network.RelationKind]():
		for _, k := range []network.RelationKind{network.Provider, network.Peer, network.Customer} {
			if fmt.Sprint(data) == k.String() {
				return k, nil
			}
		}
		return nil, want(suggest(fmt.Sprint(data), []string{"provider", "peer", "customer"}), "%v is not a relation: want provider, peer or customer", data)
	case reflect.TypeFor[origin]():
		for _, o := range []network.Origin{network.OriginIGP, network.OriginEGP, network.OriginIncomplete} {
			if strings.EqualFold(fmt.Sprint(data), o.String()) {
				return origin(o), nil
			}
		}
		return nil, want("", "%v is not an origin: want igp, egp or incomplete", data)
	case reflect.TypeFor[network.Community]():
		c, err := network.ParseCommunity(fmt.Sprint(data))
		if err != nil {
			return nil, want("", "%s", err)
		}
		return c, nil
	case reflect.TypeFor[network.LargeCommunity]():
		c, err := network.ParseLargeCommunity(fmt.Sprint(data))
		if err != nil {
			return nil, want("", "%s", err)
		}
		return c, nil
	case reflect.TypeFor[network.ExtCommunity]():
		c, err := network.ParseExtCommunity(fmt.Sprint(data))
		if err != nil {
			return nil, want("", "%s", err)
		}
		return c, nil
	}
	return data, nil
}

// parsePrefix wants a prefix without host bits: with them it is either a typing
// error or an address, and the difference matters.
func parsePrefix(data any) (netip.Prefix, error) {
	text := fmt.Sprint(data)
	p, err := netip.ParsePrefix(text)
	if err != nil {
		hint := "as in 203.0.113.0/24 or 2001:db8::/32"
		if a, aerr := netip.ParseAddr(text); aerr == nil {
			hint = fmt.Sprintf("a single address is %s/%d", a, a.BitLen())
		}
		return p, want(hint, "%s is not a prefix", text)
	}
	if p != p.Masked() {
		return p, want(fmt.Sprintf("the prefix is %s, the address %s/%d", p.Masked(), p.Addr(), p.Addr().BitLen()), "%s has bits set beyond its length", text)
	}
	return p, nil
}

// parseAS reads 64600, "AS64600" and asdot (RFC 5396).
func parseAS(data any) (asNumber, error) {
	text := strings.TrimPrefix(strings.ToUpper(fmt.Sprint(data)), "AS")
	if f, ok := data.(float64); ok {
		return 0, want("write 1.10 in quotes, or as one number", "%v is not an AS number", f)
	}
	if hi, lo, ok := strings.Cut(text, "."); ok {
		h, err1 := strconv.ParseUint(hi, 10, 16)
		l, err2 := strconv.ParseUint(lo, 10, 16)
		if err1 == nil && err2 == nil && h<<16|l != 0 {
			return asNumber(h<<16 | l), nil
		}
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 {
		return 0, want("a number from 1 to 4294967295", "%v is not an AS number", data)
	}
	return asNumber(n), nil
}

// parseASPath reads [64600, 15169, [1, 2]]: an inner list is an AS_SET.
func parseASPath(data any) (asPath, error) {
	list, ok := data.([]any)
	if !ok {
		return nil, want("as in [64600, 15169]", "%v is not a list of AS numbers", data)
	}
	var path network.ASPath
	for _, x := range list {
		kind, members := network.ASSequence, []any{x}
		if inner, ok := x.([]any); ok {
			kind, members = network.ASSet, inner
		}
		var as []uint32
		for _, m := range members {
			n, err := parseAS(m)
			if err != nil {
				return nil, err
			}
			as = append(as, uint32(n))
		}
		if kind == network.ASSet {
			as = sortASes(as)
		} else if n := len(path); n > 0 && path[n-1].Kind == network.ASSequence {
			path[n-1].AS = append(path[n-1].AS, as...)
			continue
		}
		path = append(path, network.ASSegment{Kind: kind, AS: as})
	}
	return asPath(path), nil
}
