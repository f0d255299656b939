package lab

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// ErrRestless means that the tables kept moving until the limit.
var ErrRestless = errors.New("lab: the tables did not stand still")

// Settle waits until every table has stood still for the quiet period, or the limit has
// passed (ErrRestless). The quiet period must be longer than the slowest timer in
// play: conditional advertisement is evaluated every 5 s in a lab.
func (l *Lab) Settle(ctx context.Context, quiet, limit time.Duration) error {
	start := time.Now()
	var last [32]byte
	since := start
	for {
		now, err := l.fingerprint(ctx)
		if err != nil {
			return err
		}
		if now != last {
			last, since = now, time.Now()
		}
		switch {
		case time.Since(since) >= quiet:
			return nil
		case time.Since(start) > limit:
			return fmt.Errorf("%w within %s", ErrRestless, limit)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// AwaitSessions waits until every session that the prediction has up is up, or the limit has
// passed: then it returns all the same, and the comparison names those that are not.
func (l *Lab) AwaitSessions(ctx context.Context, want *routing.Result, limit time.Duration) error {
	_, err := l.awaitSession(ctx, want, limit, func(s *bgp.Session, up bool) bool { return s.State == bgp.Established && !up })
	return err
}

// AwaitOSPF waits until every router has a route of some protocol for each prefix for which it is predicted to have one of OSPF, or the limit
// has passed, as AwaitSessions. Tables stand still for forty seconds before OSPF has elected its designated routers (RFC 2328 §9.1, the Wait Timer).
func (l *Lab) AwaitOSPF(ctx context.Context, want *routing.Result, limit time.Duration) error {
	awaited := map[string][]netip.Prefix{}
	for _, router := range want.Network.Routers {
		for _, r := range instances(router) {
			for route := range want.Routes(r.Name, r.vrf.Name, network.IPv4Unicast) {
				discards := slices.ContainsFunc(route.NextHops, func(h rib.NextHop) bool { return h.Drop })
				if route.Protocol == network.OSPFv2 && !discards {
					awaited[r.key()] = append(awaited[r.key()], route.Prefix)
				}
			}
		}
	}
	_, err := l.await(ctx, limit, func(routers map[string]*Tables) bool {
		for key, list := range awaited {
			if t := routers[key]; t != nil && t.Main != nil && slices.ContainsFunc(list, func(p netip.Prefix) bool { _, has := t.Main[p]; return !has }) {
				return true
			}
		}
		return false
	})
	return err
}

// LongestHold is how long a session stands at most that hears nothing any more, with the daemons' own hold times (BIRD's is 240 s, FRR's
// 180 s, GoBGP's 90 s).
const LongestHold = 4*time.Minute + 15*time.Second

// AwaitEnds waits while sessions are up that the prediction has down for want of a way to the peer, or until the limit has passed,
// and reports whether it had to: a way that a route of BGP has taken away was there when the session came up, and the session
// stands until its hold time is over.
func (l *Lab) AwaitEnds(ctx context.Context, want *routing.Result, limit time.Duration) (waited bool, err error) {
	return l.awaitSession(ctx, want, limit, func(s *bgp.Session, up bool) bool { return s.Reason == bgp.ReasonNoRoute && up })
}

// awaitSession looks until no session is awaited.
func (l *Lab) awaitSession(ctx context.Context, want *routing.Result, limit time.Duration, awaited func(s *bgp.Session, up bool) bool) (waited bool, err error) {
	return l.await(ctx, limit, func(routers map[string]*Tables) bool {
		return slices.ContainsFunc(want.Sessions, func(s bgp.Session) bool {
			t := routers[Key(s.Router, s.VRF)]
			return t != nil && awaited(&s, t.Sessions[s.Neighbor] == "Established")
		})
	})
}

// await looks until nothing is awaited, or the limit has passed, and reports whether something was at first.
func (l *Lab) await(ctx context.Context, limit time.Duration, awaited func(routers map[string]*Tables) bool) (waited bool, err error) {
	for start := time.Now(); time.Since(start) < limit; waited = true {
		routers, _, err := l.look(ctx)
		if err != nil {
			return waited, err
		}
		if !awaited(routers) {
			return waited, nil
		}
		select {
		case <-ctx.Done():
			return waited, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
	return waited, nil
}

// Quiet is the quiet period that a plan needs.
func (p *Plan) Quiet() time.Duration {
	quiet := 3 * time.Second
	for _, n := range p.Nodes {
		for _, v := range n.Router.VRFs {
			if len(v.OSPF) > 0 {
				quiet = max(quiet, 8*time.Second)
			}
			if v.BGP != nil && conditional(v.BGP) {
				quiet = 12 * time.Second
			}
		}
	}
	return quiet
}

// conditional reports that some neighbor has conditional advertisement.
func conditional(b *network.BGP) bool {
	return slices.ContainsFunc(b.Neighbors, func(n *network.Neighbor) bool {
		return slices.ContainsFunc(n.Families[:], func(f network.NeighborFamily) bool { return f.Conditional != nil })
	})
}

func (l *Lab) fingerprint(ctx context.Context) ([32]byte, error) {
	routers, outside, err := l.look(ctx)
	if err != nil {
		return [32]byte{}, err
	}
	text, err := json.Marshal([]any{routers, outside})
	if err != nil {
		return [32]byte{}, err
	}
	return sha256.Sum256(text), nil
}
