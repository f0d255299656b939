// Package rescue brings routers back to a configuration that they have had when DNS, sign-on, the controller and the
// in-band network are gone. It knows a router from the sealed bundle alone (rescue/bundle), reaches it by one of several
// ways, and asks for nothing that an outage takes away: no name is resolved, no approval is sought.
package rescue
