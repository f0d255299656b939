package lab

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// What a daemon shows of what it sends, and does not send so.

// toldAfter: what BIRD's `show route export` names did not arrive at the neighbor.
func (j *judgement) toldAfter(d Difference) bool {
	key, ok := strings.CutPrefix(d.Feature, "sent to ")
	r := j.want.Network.Router(d.Router)
	to, err := netip.ParseAddr(key)
	if !ok || err != nil || r == nil || r.Dialect != "bird" || d.Predicted != "not sent" || d.Observed != "sent" {
		return false
	}
	if speaker := j.outside[to]; speaker != nil {
		return !slices.ContainsFunc(speaker.BGP[d.Prefix], func(p SeenPath) bool { return p.Neighbor != "" }) // it may announce the prefix itself
	}
	paths, ok := j.arrived(d, key)
	return ok && len(paths) == 0
}

// pathShown: bgpd sends the path without change, remove-private-AS works on it, and it arrived empty though more is shown.
func (j *judgement) pathShown(d Difference) bool {
	key, ok := strings.CutPrefix(d.Feature, "advertised to ")
	r := j.want.Network.Router(d.Router)
	if !ok || r == nil || r.Dialect != "frr" {
		return false
	}
	s := j.want.Session(d.Router, d.VRF, key)
	if s == nil {
		return false
	}
	c := &s.Config.Families[network.FamilyOf(d.Prefix)]
	if c.RemovePrivateAS == network.KeepPrivateAS || !c.ASPathUnchanged && !c.RouteServerClient {
		return false
	}
	_, want, _ := strings.Cut(d.Predicted, "]")
	_, seen, _ := strings.Cut(d.Observed, "]")
	paths, ok := j.arrived(d, key)
	return ok && want == seen && len(paths) == 1 && len(paths[0].Attributes.ASPath) == 0
}

// arrived are the paths that the neighbor, a router itself, has of what a difference is about; ok is false where it is none, or was not seen.
func (j *judgement) arrived(d Difference, key string) (paths []SeenPath, ok bool) {
	at := j.want.Session(d.Router, d.VRF, key)
	if at == nil || at.Remote == "" {
		return nil, false
	}
	q := remoteOf(j.want, at)
	if q == nil {
		return nil, false
	}
	seen := j.routers[Key(q.Router, q.VRF)]
	if seen == nil {
		return nil, false
	}
	return slices.DeleteFunc(slices.Clone(seen.BGP[d.Prefix]), func(p SeenPath) bool { return p.Neighbor != q.Neighbor }), true
}
