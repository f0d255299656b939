package probe

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	probing "github.com/prometheus-community/pro-bing"
)

var errNoEcho = errors.New("no echo came back")

// echo sends ICMP echo requests (RFC 792, RFC 4443): with a raw socket as root, else with the kind that Linux allows to
// groups in net.ipv4.ping_group_range.
func (t *Target) echo(ctx context.Context) []tried {
	count := max(1, t.Count)
	p := probing.New(t.Address.String())
	p.SetIPAddr(&net.IPAddr{IP: t.Address.AsSlice(), Zone: t.Address.Zone()})
	p.SetPrivileged(os.Geteuid() == 0)
	p.Count = count
	p.Interval = min(100*time.Millisecond, t.timeout())
	p.Timeout = t.timeout() + time.Duration(count-1)*p.Interval
	if t.From.Source.IsValid() {
		p.Source = t.From.Source.String()
	}
	if t.From.Interface != "" {
		p.InterfaceName = t.From.Interface
	}
	var all []tried
	p.OnRecv = func(r *probing.Packet) { all = append(all, tried{took: r.Rtt}) }
	sent := 0
	p.OnSend = func(*probing.Packet) { sent++ }
	if err := p.RunWithContext(ctx); err != nil && sent == 0 {
		// Nothing left this machine: without a route that is a loss, else it says nothing of the target.
		return []tried{{err: err, unable: !unreachable(err)}}
	}
	for len(all) < sent {
		all = append(all, tried{err: errNoEcho})
	}
	return all
}
