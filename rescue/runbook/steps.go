package runbook

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"regexp"
	"strings"

	"github.com/routegate/routegate/device"
)

// steps are what is done at the router, as root.
func (h hand) steps() []Step {
	return []Step{h.program(), h.keep(), h.fetch(), h.put(), h.look()}
}

// program is the short way: the router's own copy needs no bundle.
func (h hand) program() Step {
	return Step{"Is the program on the router? Then one command does the rest", []Part{
		{Commands: []string{"routegate rollback --local --to " + h.to.Hash.Short()}, Seen: []string{"ALL BACK"}},
		{Text: "Else stop the agent, if it runs: it takes an unconfirmed change back by itself, and must not work beside you.", Commands: []string{"systemctl stop routegate-agent"}},
	}}
}

// keep saves what runs, whatever it is.
func (h hand) keep() Step {
	s := Step{Title: "Keep what is there now"}
	cmd := []string{"umask 077; mkdir -p /root/was", "cp " + quote(h.config()) + " /root/was/"}
	switch h.Driver {
	case "frr":
		cmd = append(cmd, "vtysh -c 'show running-config' > /root/was/running")
	case "bird":
		cmd[1] = "cp -r " + quote(path.Dir(h.config())) + " /root/was/"
	}
	s.Parts = []Part{{Commands: cmd}}
	return s
}

// fetch gets the old configuration's bytes from where they lie.
func (h hand) fetch() Step {
	short := h.to.Hash.Short()
	mkdir := "mkdir -p " + quote(h.folder())
	if h.Driver == "bird" {
		mkdir = "umask 022; " + mkdir
	}
	router := Part{Text: "It lies in the agent's folder on the router:", Commands: []string{mkdir}}
	sealed := Part{Text: "Is that folder lost? The bundle has it too. On a machine with the bundle, age (the program) and what opens it (age -d -i KEY for a key); bring the files over by SSH, a stick, or pasted into cat > FILE at the console:"}
	for _, f := range h.files {
		from := "sed 1d " + quote(h.state()) + "/configuration-" + short + "*"
		router.Commands = append(router.Commands, from+h.pick(f)+" > "+quote(h.file(f.Name)))
		sealed.Commands = append(sealed.Commands, "tail -n +4 "+quote(h.o.Bundle)+` | age -d | gunzip | sed 's/"sha256:/\n&/g' | grep '^"sha256:`+short+`[0-9a-f]*":{'`+h.pick(f)+" > "+quote(path.Base(f.Name)))
		if dir := path.Dir(f.Name); dir != "." {
			router.Commands = append(router.Commands[:1], append([]string{"mkdir -p " + quote(h.file(dir))}, router.Commands[1:]...)...)
		}
	}
	start := Part{Text: "Is the bundle lost too? What the daemon starts with is the last configuration that was confirmed, unless somebody wrote it since. Look at it; it may do. The sums below are not its own then.",
		Commands: []string{"less " + quote(h.config())}}
	check := Part{Text: "It must begin with these digits, or it is something else: stop."}
	for _, f := range h.files {
		sum := sha256.Sum256(f.Data)
		check.Commands = append(check.Commands, "sha256sum "+quote(h.file(f.Name)))
		check.Seen = append(check.Seen, hex.EncodeToString(sum[:8])+"  "+f.Name)
	}
	return Step{"Fetch the old configuration " + short, []Part{router, sealed, start, check}}
}

// pick takes one file out of what the agent and the bundle keep as JSON.
func (h hand) pick(f device.File) string {
	if len(h.files) == 1 {
		return ` | grep -o '"Data":"[^"]*' | cut -c9- | base64 -d`
	}
	name := regexp.QuoteMeta(f.Name)
	return " | grep -o " + quote(`"Name":"`+name+`","Data":"[^"]*`) + " | cut -d'\"' -f8 | base64 -d"
}

// put gives it to the daemon.
func (h hand) put() Step {
	s := Step{Title: "Put it back"}
	switch h.Driver {
	case "frr":
		s.Parts = h.frr()
	case "gobgp":
		s.Parts = h.gobgp()
	case "bird":
		s.Parts = h.bird()
	}
	return s
}

// replace writes over the files that the daemon starts with: owner and mode stay.
func (h hand) replace() (out []string) {
	for _, f := range h.files {
		to := h.config()
		if len(h.files) > 1 && !(h.Driver == "bird" && path.Base(f.Name) == path.Base(to)) {
			to = path.Join(path.Dir(to), f.Name)
		}
		out = append(out, "cat "+quote(h.file(f.Name))+" > "+quote(to))
	}
	return out
}

func (h hand) frr() []Part {
	var check []string
	for _, f := range h.files {
		check = append(check, "vtysh -C -f "+quote(h.file(f.Name)))
	}
	replace := h.replace()
	if len(h.files) > 1 { // FRR starts with one text
		replace = []string{"cat " + quote(h.folder()) + "/*.conf > " + quote(h.config())}
	}
	return []Part{
		{Text: "It names no line that it cannot read:", Commands: check},
		{Text: "Then make it what FRR starts with:", Commands: replace},
		{Text: "Either start FRR anew, which always works and loses every session of this router for some seconds:", Commands: []string{"systemctl restart frr"}},
		{Text: "or, where sessions are up that must stay up, without a restart. It goes line by line and may stop half-way: unless it ends with 0, start FRR anew.", Commands: []string{"/usr/lib/frr/frr-reload.py --reload " + quote(h.config()) + "; echo $?"}},
	}
}

func (h hand) gobgp() []Part {
	var check []string
	for _, f := range h.files {
		check = append(check, "gobgpd -d -t "+format(f.Name)+" -f "+quote(h.file(f.Name)))
	}
	return []Part{
		{Text: "It ends without an error:", Commands: check},
		{Text: "Then make it what gobgpd starts with, and start it anew. Its sessions are lost for some seconds. Never reload it: gobgpd takes over a part of what changed, and says nothing.",
			Commands: append(h.replace(), "systemctl restart gobgpd")},
	}
}

func format(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		return "yaml"
	case ".json":
		return "json"
	}
	return "toml"
}

func (h hand) bird() []Part {
	back := Part{Text: "BIRD goes back by itself after 120 seconds unless it is confirmed. Any other configure in between ends that."}
	restart := Part{Text: "Does birdc get no answer? Then start BIRD with it:"}
	if len(h.files) == 1 {
		main := h.file(h.files[0].Name)
		back.Commands = []string{`birdc 'configure check "` + main + `"'`, `birdc 'configure "` + main + `" timeout 120'`}
		back.Seen = []string{"Configuration OK", "Reconfigured, or Reconfiguration in progress"}
		restart.Commands = append(h.replace(), "systemctl restart bird")
		return []Part{back,
			{Text: "Look, then confirm (or birdc configure undo):", Commands: []string{"birdc show protocols", "birdc configure confirm"}, Seen: []string{"Reconfiguration confirmed"}},
			{Text: "Then make it what BIRD starts with:", Commands: h.replace()}, restart}
	}
	back.Commands = []string{"birdc configure check", "birdc configure timeout 120"}
	back.Seen = []string{"Configuration OK", "Reconfigured, or Reconfiguration in progress"}
	restart.Commands = []string{"systemctl restart bird"}
	return []Part{{Text: "Its files include each other: all of them first.", Commands: h.replace()}, back,
		{Text: "Look, then confirm (or birdc configure undo):", Commands: []string{"birdc show protocols", "birdc configure confirm"}, Seen: []string{"Reconfiguration confirmed"}}, restart}
}

// look is what the daemon says when it is back.
func (h hand) look() Step {
	return Step{"Is it back? Sessions come up within a minute", []Part{{Commands: map[string][]string{
		"frr":   {"vtysh -c 'show bgp summary'", "vtysh -c 'show ip route summary'"},
		"gobgp": {"gobgp neighbor", "gobgp global rib summary"},
		"bird":  {"birdc show protocols", "birdc show route count"},
	}[h.Driver]}}}
}
