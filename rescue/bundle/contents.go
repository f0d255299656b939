// Package bundle is the sealed file that a network is brought back with when nothing else is left: for each router the
// configurations that it has had, the literal addresses of every way in, the keys that it must show, and the credential
// that may return it and do nothing else.
//
// It is encrypted with age for a passphrase or for any of several recipients (age keys, SSH keys), signed with an Ed25519
// key, dated and numbered. The header is readable without a secret, so that a person can see what lies in the drawer.
package bundle

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/routegate/routegate/device"
)

// Contents are what a bundle holds. A value: nobody changes one that was handed over.
type Contents struct {
	Network string    `json:"network"`
	Created time.Time `json:"created"`
	// Serial counts the bundles of the network: the higher one is the newer.
	Serial uint64 `json:"serial"`
	// Routers in the order in which they return: those of a lower stage first.
	Routers []Router `json:"routers"`
	// Credential opens the ways in.
	Credential Credential `json:"credential"`
	// Configurations by their hash, each once.
	Configurations map[device.Hash]device.Configuration `json:"configurations"`
}

// Router is one router and the ways to it.
type Router struct {
	Name    string `json:"name"`
	Role    string `json:"role"`
	Driver  string `json:"driver"` // frr, gobgp or bird
	Stage   int    `json:"stage"`  // those of one stage may return at once
	Agent   Agent  `json:"agent"`
	SSH     SSH    `json:"ssh"`     // to the router itself
	Console SSH    `json:"console"` // to a console server or jump host
	// Place is where the machine stands, for a person who goes there; Config and State are its daemon's start-up file and its agent's
	// folder, "" for the agent's defaults. Only the runbook says them.
	Place  string `json:"place,omitempty"`
	Config string `json:"config,omitempty"`
	State  string `json:"state,omitempty"`
	// Command is what runs on the router when it is reached by SSH; "" is the agent's own: routegate rollback --local.
	Command string `json:"command"`
	// History are the configurations to return to, the newest first. All of them are in Contents.Configurations.
	History []Entry `json:"history"`
	// Probes must answer when the router is back.
	Probes []Probe `json:"probes"`
}

// Agent is the way in over the management network.
type Agent struct {
	Address netip.AddrPort `json:"address"` // zero: there is none
}

// SSH is a way in by SSH. Host keys are in the form of authorized_keys; a server that shows another is not entered.
type SSH struct {
	Address  netip.AddrPort `json:"address"` // zero: there is none
	User     string         `json:"user"`
	HostKeys []string       `json:"host_keys"`
	// Onward is where a console server or jump host leads: the address of the router as the host sees it, or a command on
	// it that opens the console. Only one of the two.
	Onward  netip.AddrPort `json:"onward"`
	Console string         `json:"console"`
}

// Entry is a configuration that the router has had.
type Entry struct {
	Hash   device.Hash `json:"hash"`
	Change string      `json:"change"`
	At     time.Time   `json:"at"`
}

// Probe is something that must be reachable again.
type Probe struct {
	Address netip.AddrPort `json:"address"` // TCP
}

// Credential is made for rescue: it can return a router to a configuration that it has had. PEM, but for the last.
type Credential struct {
	CA          []byte `json:"ca"`
	Certificate []byte `json:"certificate"`
	Key         []byte `json:"key"`
	SSHKey      []byte `json:"ssh_key"` // an OpenSSH private key without a passphrase
}

// check refuses what would not help in the night that it is needed.
func (c *Contents) check() error {
	switch {
	case c.Network == "":
		return errors.New("the bundle names no network")
	case len(c.Routers) == 0:
		return errors.New("the bundle holds no router")
	case c.Created.IsZero() || c.Serial == 0:
		return errors.New("the bundle has no date or number")
	}
	seen := map[string]bool{}
	stage := 0
	for i := range c.Routers {
		r := &c.Routers[i]
		switch err := r.Check(); {
		case r.Name == "" || seen[r.Name]:
			return fmt.Errorf("router %d has no name or one that stands twice: %q", i+1, r.Name)
		case r.Stage < stage:
			return fmt.Errorf("%s: stage %d stands after stage %d", r.Name, r.Stage, stage)
		case err != nil:
			return err
		case len(r.History) == 0:
			return fmt.Errorf("%s has no configuration to return to", r.Name)
		}
		seen[r.Name], stage = true, r.Stage
		for _, e := range r.History {
			if x, ok := c.Configurations[e.Hash]; !ok || x.Hash() != e.Hash {
				return fmt.Errorf("%s: configuration %s is not in the bundle, or is another", r.Name, e.Hash.Short())
			}
		}
	}
	return nil
}

// Check refuses a router to which no way leads, or one on which nobody could tell who answers. Its history is not looked at.
func (r *Router) Check() error {
	switch {
	case !slices.Contains([]string{"frr", "gobgp", "bird"}, r.Driver):
		return fmt.Errorf("%s: driver %q is none of frr, gobgp, bird", r.Name, r.Driver)
	case !r.Agent.Address.IsValid() && !r.SSH.Address.IsValid() && !r.Console.Address.IsValid():
		return fmt.Errorf("%s has no way in: neither an agent's address nor SSH nor a console", r.Name)
	}
	for _, w := range []struct {
		name string
		ssh  *SSH
	}{{"ssh", &r.SSH}, {"console", &r.Console}} {
		if w.ssh.Address.IsValid() && len(w.ssh.HostKeys) == 0 {
			return fmt.Errorf("%s: %s without a host key: nobody could tell who answers", r.Name, w.name)
		}
	}
	return nil
}
