package pack

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Stated is what a snapshot's routegate.yaml says of those who are to be brought back, so that the plan need not say it again. A line is 0
// where the file does not say it: such a value is concluded, and the plan may say another.
type Stated struct {
	Snapshot              string // where it is: a folder, or git:REF
	File                  string // for people, as in mynet/routegate.yaml
	Network               string
	Port                  uint16 // of agents
	Routers               map[string]StatedRouter
	Consoles              []netip.Addr // console servers
	NetworkLine, PortLine int
	ConsolesLine          int
}

// StatedRouter is one router of it. Mgmt is where its agent and its sshd listen.
type StatedRouter struct {
	Mgmt                           netip.Addr
	Role, Site, Driver             string
	MgmtLine, RoleLine, DriverLine int
}

// sshPort is where sshd listens, where nothing else is said (RFC 4253 §4.1).
const sshPort = 22

// fill takes from s what the plan does not say. What both state must be the same.
func (p *Plan) fill(s *Stated) error {
	if err := same(p.at("network"), "the network is", &p.Network, s.at(s.NetworkLine), s.Network); err != nil {
		return err
	}
	named := len(p.Routers) > 0
	if !named {
		p.Routers = map[string]Router{}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Routers)) {
		switch x := s.Routers[name]; {
		case !x.Mgmt.IsValid():
		case !named:
			p.Routers[name] = Router{}
		case !in(p.Routers, name):
			p.Notes = append(p.Notes, fmt.Sprintf("%s has a management address (%s) and is not in %s: nobody brings it back", name, s.at(x.MgmtLine), p.File))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Routers)) {
		r := p.Routers[name]
		if err := p.fillRouter(name, &r, s); err != nil {
			return err
		}
		p.Routers[name] = r
	}
	return nil
}

func in(m map[string]Router, name string) bool { _, ok := m[name]; return ok }

func (p *Plan) fillRouter(name string, r *Router, s *Stated) error {
	x := s.Routers[name]
	r.Place = cmp.Or(r.Place, x.Site)
	if err := same(p.at("routers", name, "role"), "the role of "+name+" is", &r.Role, s.at(x.RoleLine), x.Role); err != nil {
		return err
	}
	if err := same(p.at("routers", name, "driver"), "the driver of "+name+" is", &r.Driver, s.at(x.DriverLine), x.Driver); err != nil {
		return err
	}
	if err := p.fillAgent(name, r, s); err != nil {
		return err
	}
	if r.SSH != nil && !r.SSH.Address.IsValid() && x.Mgmt.IsValid() {
		r.SSH.Address = netip.AddrPortFrom(x.Mgmt, sshPort)
	}
	if c := r.Console; c != nil && !c.Address.IsValid() && !c.Onward.IsValid() && len(s.Consoles) > 0 { // onward: a jump host
		if len(s.Consoles) > 1 {
			return fmt.Errorf("%s: the console of %s has no address, and %s names %d console servers (say which, as in address: \"%s\")", p.at("routers", name, "console"),
				name, s.at(s.ConsolesLine), len(s.Consoles), netip.AddrPortFrom(s.Consoles[0], sshPort))
		}
		c.Address = netip.AddrPortFrom(s.Consoles[0], sshPort)
	}
	return nil
}

// fillAgent compares address and port each by itself: the file may state one of them alone.
func (p *Plan) fillAgent(name string, r *Router, s *Stated) error {
	x := s.Routers[name]
	if !x.Mgmt.IsValid() {
		return nil
	}
	address, port, at := r.Agent.Addr(), r.Agent.Port(), p.at("routers", name, "agent")
	if err := same(at, "the agent of "+name+" is at", &address, s.at(x.MgmtLine), x.Mgmt); err != nil {
		return err
	}
	if err := same(at, "the agent of "+name+" is at port", &port, s.at(s.PortLine), s.Port); err != nil {
		return err
	}
	r.Agent = netip.AddrPortFrom(address, port)
	return nil
}

// at is a place of the file: "" for line 0, for then the file does not say it.
func (s *Stated) at(line int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", s.File, line)
}

// same fills in what the plan does not say (its zero value). It is an error, with both places, where the two differ and both are stated.
func same[V comparable](at, what string, have *V, statedAt string, stated V) error {
	var nothing V
	switch {
	case stated == nothing:
	case *have == nothing:
		*have = stated
	case *have != stated && statedAt != "":
		return fmt.Errorf("%s: %s %v, but %s says %v (leave it out here, or make them the same)", at, what, *have, statedAt, stated)
	}
	return nil
}

// at is where the plan says something, by its keys, as file:line; where it does not, that of the nearest key above; or the file.
func (p *Plan) at(keys ...string) string {
	n := &p.text
	if n.Kind == yaml.DocumentNode {
		n = n.Content[0]
	}
	line := 0
	for _, key := range keys {
		i := slices.IndexFunc(n.Content, func(c *yaml.Node) bool { return c.Value == key })
		if n.Kind != yaml.MappingNode || i < 0 || i%2 > 0 {
			break
		}
		line, n = n.Content[i].Line, n.Content[i+1]
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
	}
	if line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, line)
}

// whole is an error where the plan, with what a snapshot says, leaves open what it must say.
func (p *Plan) whole() error {
	const hint = "(in it, or in the routegate.yaml beside it or that of snapshot: FOLDER)"
	switch {
	case p.Network == "":
		return fmt.Errorf("%s: want network: NAME %s", p.File, hint)
	case len(p.Routers) == 0:
		return fmt.Errorf("%s: want routers: {NAME: {driver: frr, agent: 192.0.2.11:7443}} %s", p.File, hint)
	}
	for _, r := range p.routers() {
		x := p.Routers[r.Name]
		for _, w := range []struct {
			key string
			ssh *SSH
		}{{"ssh", x.SSH}, {"console", x.Console}} {
			if w.ssh != nil && !w.ssh.Address.IsValid() {
				return fmt.Errorf("%s: the %s of %s has no address (as in address: \"192.0.2.11:22\")", p.at("routers", r.Name, w.key), w.key, r.Name)
			}
		}
		if r.Driver == "" {
			return fmt.Errorf("%s: %s has no driver (frr, gobgp or bird, in it or in routegate.yaml)", p.at("routers", r.Name), r.Name)
		}
		if err := r.Check(); err != nil {
			return fmt.Errorf("%s: %w", p.at("routers", r.Name), err)
		}
	}
	return nil
}
