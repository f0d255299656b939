package bgp

import (
	"runtime"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/network"
)

// each calls do for every one of the ends, on all processors: do writes to its end alone, and to nothing that it reads of others.
func (s *solver) each(ends []*peer, do func(*peer)) {
	s.abreast(len(ends), 256, func(i int) { do(ends[i]) })
}

// abreast calls do with 0 to n-1 on all processors, which take so many at a time; not with all of them where the solution is given up.
func (s *solver) abreast(n, share int, do func(i int)) {
	s.divide(min(runtime.GOMAXPROCS(0), 1+n/share), n, share, func(int) func(int) { return do })
}

// divide is abreast with so many goroutines, each of which begins with what it needs for itself.
func (s *solver) divide(goroutines, n, share int, begin func(goroutine int) (do func(i int))) {
	var next atomic.Int64
	var wg conc.WaitGroup // a panic in a goroutine comes out at Wait, where the caller can catch it
	for k := range goroutines {
		wg.Go(func() {
			do := begin(k)
			for {
				to := int(next.Add(int64(share)))
				if to-share >= n || s.ctx.Err() != nil {
					return
				}
				for i := to - share; i < min(to, n); i++ {
					do(i)
				}
			}
		})
	}
	wg.Wait()
}

func (s *solver) addPeer(in *instance, c *network.Neighbor, dynamic bool) *peer {
	p := newPeer(in, c, dynamic)
	in.peers = append(in.peers, &p)
	s.peers = append(s.peers, &p)
	return &p
}

func newPeer(in *instance, c *network.Neighbor, dynamic bool) peer {
	return peer{in: in, transport: &transport{config: c, far: -1, dynamic: dynamic}, state: &Session{Router: in.device.Name, VRF: in.vrf, Neighbor: c.Key(), Config: c}}
}

// pair finds the other end of a session: the neighbor of the far router that names one of
// our addresses, by preference one that our packets, or its own, fit.
func (s *solver) pair(p *peer) {
	if p.far < 0 {
		return
	}
	score := 0
	for _, v := range s.net.Routers[p.far].VRFs {
		if in := s.byVRF[vrfKey{p.far, v.Name}]; in != nil {
			for _, q := range in.peers {
				if n := fit(p, q); n > score {
					p.remote, score = q, n
				}
			}
		}
	}
	if score > 0 {
		return
	}
	for _, v := range s.net.Routers[p.far].VRFs {
		in := s.byVRF[vrfKey{p.far, v.Name}]
		if in == nil || !s.hasAddress(in, p.state.PeerAddr) {
			continue
		}
		for _, q := range in.peers {
			if q.state.PeerAddr.IsValid() && s.hasAddress(p.in, q.state.PeerAddr) {
				p.remote = q // it names us, by an address that nothing comes from
				return
			}
		}
	}
}

// fit says how well two ends belong together: 0 not at all, 2 one side's connections
// are taken by the other, 3 both sides' are.
func fit(p, q *peer) int {
	if q.far != p.in.router || p.far != q.in.router {
		return 0
	}
	if unnumbered(p) || unnumbered(q) {
		if unnumbered(p) && unnumbered(q) && p.farPort == q.state.Interface && q.farPort == p.state.Interface {
			return 3
		}
		return 0
	}
	n := 0
	if p.state.LocalAddr.IsValid() && p.state.LocalAddr == q.state.PeerAddr {
		n++
	}
	if q.state.LocalAddr.IsValid() && q.state.LocalAddr == p.state.PeerAddr {
		n++
	}
	if n > 0 {
		n++
	}
	return n
}

// unnumbered reports that the session runs between link-local addresses.
func unnumbered(p *peer) bool {
	return p.config.Interface != "" && (!p.state.PeerAddr.IsValid() || p.state.PeerAddr.IsLinkLocalUnicast())
}
