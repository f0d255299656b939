package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// instance is one routing instance of a router: what has tables of its own.
type instance struct {
	*network.Router
	vrf *network.VRF
}

// instances are a router's, the default one first.
func instances(r *network.Router) (all []instance) {
	for _, v := range r.VRFs {
		all = append(all, instance{r, v})
	}
	return all
}

// Key names a routing instance among the tables: "h", and "h vrf red" for one of its VRFs.
func Key(router, vrf string) string {
	if vrf == "" {
		return router
	}
	return router + " vrf " + vrf
}

func (i instance) key() string { return Key(i.Name, i.vrf.Name) }

// Space is the namespace of one of the router's instances: each VRF has one beside the router's own, because VRF devices
// are not in every kernel.
func (n *Node) Space(vrf string) string {
	for i, v := range n.Router.VRFs {
		if v.Name == vrf && v.Underlay() != "" {
			return fmt.Sprintf("%sv%d", n.Name, i)
		}
	}
	return n.Name
}

// spaces are the router's namespaces, its own first.
func (n *Node) spaces() (all []string) {
	all = []string{n.Name}
	for _, v := range n.Router.VRFs {
		if space := n.Space(v.Name); space != n.Name {
			all = append(all, space)
		}
	}
	return all
}

func (n *Node) tap(iface string) Tap {
	space := n.Name
	if i := n.Router.Interface(iface); i != nil {
		space = n.Space(i.VRF)
	}
	return Tap{space, device(iface)}
}

// checkVRFs says what of the router's VRFs a lab cannot have.
func checkVRFs(r *network.Router) error {
	for _, v := range r.VRFs[1:] {
		if v.BGP != nil && v.BGP.VPN != nil && len(v.Static) == 0 && !slices.ContainsFunc(r.Interfaces, func(i network.Interface) bool { return i.VRF == v.Name }) {
			continue // GoBGP's are tables only
		}
		if v.Beside() {
			continue
		}
		if r.Dialect != "frr" {
			return fmt.Errorf("%s: %s: VRF %s of %s cannot be booted: only FRR has VRFs as network namespaces", v.Span, r.Name, v.Name, r.Dialect)
		}
		if strings.ContainsAny(v.Name, "/'") || v.Name == "." || v.Name == ".." {
			return fmt.Errorf("%s: VRF %q cannot be booted: its name cannot be that of a namespace", r.Name, v.Name)
		}
	}
	return nil
}

// anchored reports whether the kernel's own lo carries the interface's addresses. In a VRF that is so only for what
// has that very name, or none of its own: FRR takes any other for a device of the VRF.
func anchored(i *network.Interface) bool {
	return i.Loopback && (i.VRF == "" || i.Implied || i.Name == "lo")
}
