package config

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// docService is one service, and which lists render it.
type docService struct {
	Name     string         `mapstructure:"name"`
	Live     bool           `mapstructure:"live"`
	Prefixes []netip.Prefix `mapstructure:"prefixes"`
	Lists    []string       `mapstructure:"lists"`
	At       []string       `mapstructure:"at"`
}

// services reads which list belongs to which service. Prefixes that two services have are for the policies: a network that has them
// already must be readable.
func (r *reader) services(env *network.Environment) {
	seen := map[string]bool{}
	for i, x := range r.doc.Services {
		path := fmt.Sprintf("services[%d]", i)
		switch {
		case x.Name == "":
			r.fail(path, "as in {name: dns, live: true, prefixes: [203.0.113.0/26], lists: [SERVICE-DNS]}", "a service needs a name")
			continue
		case seen[x.Name]:
			r.fail(path+".name", "", "there are two services %s", x.Name)
			continue
		case len(x.Prefixes)+len(x.Lists) == 0:
			r.fail(path, "prefixes: [203.0.113.0/26], or lists: [SERVICE-DNS], or both", "%s: neither prefixes nor lists are named", x.Name)
			continue
		}
		seen[x.Name] = true
		s := network.Service{Name: x.Name, Live: x.Live, Prefixes: x.Prefixes, Lists: x.Lists, At: x.At, Span: r.span(path)}
		if _, ok := r.keys.at[path+".live"]; !ok {
			s.Live = true
		}
		for j, place := range x.At {
			at := fmt.Sprintf("%s.at[%d]", path, j)
			if place == "outside" {
				r.fail(at, "role:NAME, site:NAME, group:NAME, or a router's name", "outside has no lists")
				continue
			}
			r.selector(at, place)
		}
		for j, list := range x.Lists {
			r.serviceList(fmt.Sprintf("%s.lists[%d]", path, j), list, x.Lists[:j], &s, env)
		}
		env.Services = append(env.Services, s)
	}
}

// serviceList refuses a list that could be of two services: nobody could say whose its prefixes are.
func (r *reader) serviceList(path, list string, before []string, s *network.Service, env *network.Environment) {
	if list == "" || slices.Contains(before, list) {
		r.fail(path, "", "%s: the list %q is empty, or stands twice", s.Name, list)
		return
	}
	for i := range env.Services {
		other := &env.Services[i]
		if !slices.Contains(other.Lists, list) {
			continue
		}
		both := slices.IndexFunc(r.work.names, func(router string) bool { return env.Renders(s, router) && env.Renders(other, router) })
		if both >= 0 {
			r.fail(path, "one list is of one service; `at` says at which routers, where the same name is used again",
				"the list %s at %s is of %s and of %s", list, r.work.names[both], other.Name, s.Name)
			return
		}
	}
}
