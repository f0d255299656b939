package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/routegate/routegate/network"
)

// introduce tells the router's kernel of its unnumbered neighbors: gobgpd looks for a link-local address among those that the
// kernel knows on the interface when it reads its file, and never again.
func (l *Lab) introduce(ctx context.Context, n *Node) error {
	for _, nb := range n.Router.Default().BGP.Neighbors {
		far, ok := l.Plan.farEnd(n.tap(nb.Interface))
		if nb.Address.IsValid() || nb.Interface == "" || !ok {
			continue
		}
		address, hardware, err := l.linkLocal(ctx, far)
		if err != nil {
			return err
		}
		if err := l.in(ctx, l.prefix+n.Name, "ip", "-6", "neigh", "replace", address, "lladdr", hardware, "dev", device(nb.Interface), "nud", "reachable"); err != nil {
			return err
		}
	}
	return nil
}

// linkLocal reads the link-local and the hardware address of an interface.
func (l *Lab) linkLocal(ctx context.Context, t Tap) (address, hardware string, err error) {
	out, err := l.output(ctx, l.prefix+t.Namespace, "ip", "-j", "-6", "addr", "show", "dev", t.Interface)
	if err != nil {
		return "", "", err
	}
	var links []struct {
		Addresses []struct {
			Local string `json:"local"`
			Scope string `json:"scope"`
		} `json:"addr_info"`
	}
	if err := json.Unmarshal(out, &links); err != nil {
		return "", "", fmt.Errorf("addresses of %s: %w", t.Interface, err)
	}
	for _, x := range links {
		for _, a := range x.Addresses {
			if a.Scope == "link" {
				address = a.Local
			}
		}
	}
	if out, err = l.output(ctx, l.prefix+t.Namespace, "ip", "-j", "link", "show", "dev", t.Interface); err != nil {
		return "", "", err
	}
	var hard []struct {
		Address string `json:"address"`
	}
	if err := json.Unmarshal(out, &hard); err != nil || len(hard) == 0 || address == "" {
		return "", "", fmt.Errorf("%s has no link-local address", t.Interface)
	}
	return address, hard[0].Address, nil
}

// callsOn reports whether one router opens an unnumbered session over the cable at an interface of another.
func (p *Plan) callsOn(from, to *network.Router, iface string) bool {
	at := func(r *network.Router) *Node {
		return &p.Nodes[slices.IndexFunc(p.Nodes, func(n Node) bool { return n.Router == r })]
	}
	far, ok := p.farEnd(at(to).tap(iface))
	return ok && slices.ContainsFunc(from.Default().BGP.Neighbors, func(n *network.Neighbor) bool {
		return !n.Address.IsValid() && !n.Passive && n.Interface != "" && at(from).tap(n.Interface) == far
	})
}
