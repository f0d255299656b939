package gobgp

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"

	"github.com/osrg/gobgp/v3/pkg/config/oc"
)

// resetKey holds the settings for which GoBGP takes a neighbor down and up again
// (Neighbor.NeedsResendOpenMessage): all of its config, the description included, transport,
// add-path, AS path options, graceful restart, and the families with what is offered for them.
func resetKey(n *oc.Neighbor) string {
	c := n.Config
	if c.AuthPassword != "" {
		sum := sha256.Sum256([]byte(c.AuthPassword))
		c.AuthPassword = fmt.Sprintf("%x", sum[:8])
	}
	parts := settings("", c)
	parts = append(parts, settings("transport.", n.Transport.Config)...)
	parts = append(parts, settings("add-paths.", n.AddPaths.Config)...)
	parts = append(parts, settings("as-path.", n.AsPathOptions.Config)...)
	parts = append(parts, settings("graceful-restart.", n.GracefulRestart.Config)...)
	for _, a := range n.AfiSafis {
		name := string(a.Config.AfiSafiName) + "."
		parts = append(parts, name+"listed")
		parts = append(parts, settings(name+"add-paths.", a.AddPaths.Config)...)
		parts = append(parts, settings(name+"graceful-restart.", a.MpGracefulRestart.Config)...)
	}
	return strings.Join(parts, ";")
}

// settings lists a struct's fields that are set, by their key, in the order of the type.
func settings(prefix string, v any) []string {
	var out []string
	rv := reflect.ValueOf(v)
	for i := range rv.NumField() {
		if f := rv.Field(i); !f.IsZero() {
			out = append(out, fmt.Sprintf("%s%s=%v", prefix, rv.Type().Field(i).Tag.Get("mapstructure"), f.Interface()))
		}
	}
	return out
}

// clusterAddress reads a cluster id: an IPv4 address, or a number of 32 bits.
func clusterAddress(s string) (netip.Addr, bool) {
	if a, ok := address(s); ok {
		return a, a.Is4()
	}
	v, err := strconv.ParseUint(s, 10, 32)
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(v))
	return netip.AddrFrom4(b), err == nil
}
