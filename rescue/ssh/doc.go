// Package ssh is the ways into a router that need no agent: SSH to the router, SSH through a jump host, and the router's
// serial console behind a console server. In all three the one command that the rescue credential may run there
// (routegate rollback --local --stdio) answers, in the form of rescue/stdio.
//
// Everything that is trusted comes out of the bundle: the host keys (there is no known_hosts and no trust on first use),
// the one private key, the literal addresses. No name is resolved, nothing is read from the environment or from the
// home folder, and no SSH agent is asked or offered to the other end.
package ssh
