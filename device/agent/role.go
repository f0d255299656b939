package agent

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Role is what a client's certificate allows it to ask. It stands in the certificate as a URI among the subject
// alternative names, routegate://role/NAME: the field that TLS authenticates and that no common-name convention blurs.
// An agent's own certificate carries routegate://router/NAME instead, so that neither can pose as the other.
type Role string

const (
	// Observer reads: status, stored configurations' names, running configuration, tables.
	Observer Role = "observer"
	// Controller reads, arms, applies, confirms and reverts.
	Controller Role = "controller"
	// Rescue sees the status and the stored configurations' names, and returns the router to one of them. It reads no
	// configuration: those hold passwords, and a rescue credential lies in a drawer.
	Rescue Role = "rescue"
	// Local is whoever may open the agent's Unix socket, which is root: root on the router needs no agent to do anything.
	Local Role = "local"
)

// Roles are those that a certificate can carry.
var Roles = []Role{Observer, Controller, Rescue}

const uriScheme = "routegate"

// RoleURI is the name in a role's certificate.
func RoleURI(r Role) *url.URL {
	return &url.URL{Scheme: uriScheme, Host: "role", Path: "/" + string(r)}
}

// RouterURI is the name in the certificate of the agent of a router.
func RouterURI(router string) *url.URL {
	return &url.URL{Scheme: uriScheme, Host: "router", Path: "/" + router}
}

// roleOf reads the one role of a client's verified certificate.
func roleOf(c *x509.Certificate) (Role, error) {
	roles := named(c, "role")
	switch {
	case len(roles) == 0:
		return "", fmt.Errorf("the certificate %s names no role (want the URI %s)", c.Subject, RoleURI("observer|controller|rescue"))
	case len(roles) > 1:
		return "", fmt.Errorf("the certificate %s names %d roles, want one", c.Subject, len(roles))
	case !slices.Contains(Roles, Role(roles[0])):
		return "", fmt.Errorf("the certificate %s names the role %q, which is none (want observer, controller or rescue)", c.Subject, roles[0])
	}
	return Role(roles[0]), nil
}

// named are the names of one kind, role or router, in a certificate.
func named(c *x509.Certificate, kind string) []string {
	var out []string
	for _, u := range c.URIs {
		if u.Scheme == uriScheme && u.Host == kind {
			out = append(out, strings.TrimPrefix(u.Path, "/"))
		}
	}
	return out
}

// rights says which roles may make a call; a call that is not listed is nobody's.
var rights = map[string][]Role{
	"Status":      {Observer, Controller, Rescue, Local},
	"Stored":      {Observer, Controller, Rescue, Local},
	"Running":     {Observer, Controller, Local},
	"Differences": {Observer, Controller, Local},
	"Observe":     {Observer, Controller, Local},
	"Arm":         {Controller, Local},
	"Apply":       {Controller, Local},
	"Confirm":     {Controller, Local},
	"Revert":      {Controller, Local},
	"Recall":      {Observer, Controller, Local},
	"Restore":     {Rescue, Local},
	"Lease":       {Rescue, Local},
	"Release":     {Rescue, Local},
}
