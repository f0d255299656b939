package runbook

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/crypto/ssh"
)

// in is how a person gets to the router's shell.
func (h hand) in() Step {
	s := Step{Title: "Get in, by the first of these that works"}
	if h.SSH.Address.IsValid() {
		s.Parts = append(s.Parts, Part{Text: "By SSH. It must show this host key, or it is another machine: answer no.",
			Commands: []string{h.ssh("", h.SSH.Address)}, Seen: fingerprints(h.SSH.HostKeys)})
	}
	c := h.Console
	switch {
	case !c.Address.IsValid():
	case c.Onward.IsValid():
		s.Parts = append(s.Parts,
			Part{Text: "Through the jump host. First to it, which must show:", Commands: []string{h.ssh("", c.Address)}, Seen: fingerprints(c.HostKeys)},
			Part{Text: "and from there to the router, which must show:", Commands: []string{h.ssh("", c.Onward)}, Seen: fingerprints(h.SSH.HostKeys)})
	default:
		s.Parts = append(s.Parts, Part{Text: "Its serial console, through the console server, which must show this host key. Log in there.",
			Commands: []string{h.ssh(c.Console, c.Address)}, Seen: fingerprints(c.HostKeys)})
	}
	at := "At the machine itself, with screen and keyboard."
	if h.Place != "" {
		at += " It stands at: " + h.Place + "."
	}
	s.Parts = append(s.Parts, Part{Text: at + " Then become root.", Commands: []string{"sudo -i"}})
	return s
}

// ssh is a command that reads no settings, no known_hosts and no name.
func (h hand) ssh(command string, at netip.AddrPort) string {
	out := "ssh -F none -o UserKnownHostsFile=none"
	if command != "" {
		out += " -t"
	}
	if at.Port() != 22 {
		out += fmt.Sprintf(" -p %d", at.Port())
	}
	out += " " + quote(h.o.Login+"@"+at.Addr().String())
	if command != "" {
		out += " " + quote(command)
	}
	return out
}

// fingerprints are the host keys as ssh shows them.
func fingerprints(keys []string) (out []string) {
	for _, k := range keys {
		public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(k))
		if err != nil {
			out = append(out, "a host key in the bundle that cannot be read: "+k)
			continue
		}
		out = append(out, strings.TrimPrefix(public.Type(), "ssh-")+" "+ssh.FingerprintSHA256(public))
	}
	return out
}

// probes ask for what must answer again.
func (h hand) probes() (Step, bool) {
	s := Step{Title: "What must answer when it is back, asked from elsewhere"}
	for _, p := range h.Probes {
		s.Parts = append(s.Parts, Part{Text: fmt.Sprintf("%s: %s, port %d", h.Name, p.Address.Addr(), p.Address.Port()),
			Commands: []string{fmt.Sprintf("timeout 3 bash -c '</dev/tcp/%s/%d' && echo answers", p.Address.Addr(), p.Address.Port())}})
	}
	return s, len(s.Parts) > 0
}

// quote makes one word of a shell's of any text.
func quote(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("%+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", r)
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
