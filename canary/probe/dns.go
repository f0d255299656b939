package probe

import (
	"context"
	"net"
	"strings"
)

// resolve asks the server for a name. An answer without any address is none.
func (t *Target) resolve(ctx context.Context) error {
	port := t.Port
	if port == 0 {
		port = 53
	}
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		if network != "tcp" {
			network = "udp"
		}
		return t.dial(ctx, network, port)
	}}
	_, err := r.LookupNetIP(ctx, "ip", strings.TrimSuffix(t.Query, ".")+".")
	return err
}
