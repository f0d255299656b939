package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var birdDescribed = regexp.MustCompile(`^(\s*description ")[^"]*(";)$`)

func birdDescription(d *draft) (string, bool) {
	p, ok := d.anywhere(birdDescribed)
	if !ok {
		return "", false
	}
	line := p.m[1] + d.word() + p.m[2]
	d.replaceLine(p.line, line)
	return strings.TrimSpace(line), true
}

var birdRouterID = regexp.MustCompile(`^router id \S+;$`)

func birdLogging(d *draft) (string, bool) {
	p, ok := d.anywhere(birdRouterID)
	if !ok {
		return "", false
	}
	line := one(d.random, []string{"debug protocols { states, events };", "log \"/var/log/bird.log\" { info, warning, error };", "log stderr { fatal };", "debug latency on;"})
	d.replaceLine(p.line, p.m[0], line)
	return line, true
}

var birdDevice = regexp.MustCompile(`^protocol device \{.*\}$`)

func birdScanTime(d *draft) (string, bool) {
	p, ok := d.anywhere(birdDevice)
	if !ok {
		return "", false
	}
	line := fmt.Sprintf("protocol device { scan time %d; }", 5+d.random.IntN(55))
	d.replaceLine(p.line, line)
	return line, true
}

var birdNamed = regexp.MustCompile(`^(filter|define|function) (\w+)`)

// birdName keeps from names of protocols, since a protocol of another name is another session.
func birdName(d *draft) (string, bool) {
	p, ok := d.anywhere(birdNamed)
	if !ok {
		return "", false
	}
	old, name := p.m[2], p.m[2]+"_v2"
	d.setText(regexp.MustCompile(`\b`+old+`\b`).ReplaceAllString(d.text(), name))
	return fmt.Sprintf("%s %s is %s", p.m[1], old, name), true
}

var birdPeer = regexp.MustCompile(`^protocol bgp (\w+)`)

// birdPeers are the blocks of BGP protocols.
func (d *draft) birdPeers() []span {
	var out []span
	lines := d.lines()
	for _, p := range d.places(birdPeer) {
		end := p.line + 1
		for end < len(lines) && lines[end-1] != "}" {
			end++
		}
		out = append(out, span{p.line, end})
	}
	return out
}

// birdMove swaps BGP protocols: each is configured by itself, behind the filters and templates that it names.
func birdMove(d *draft) (string, bool) {
	all := d.birdPeers()
	if len(all) < 2 {
		return "", false
	}
	i := d.random.IntN(len(all) - 1)
	j := i + 1 + d.random.IntN(len(all)-i-1)
	lines := d.lines()
	d.set(swap(lines, all[i], all[j]))
	return fmt.Sprintf("%q and %q change places", lines[all[i].first], lines[all[j].first]), true
}

var (
	birdSet   = regexp.MustCompile(`^(.*\[ )([^\[\]]*, [^\[\]]*)( \].*)$`)
	birdComma = regexp.MustCompile(`, `)
)

// birdReorder: a set is the same set in another order.
func birdReorder(d *draft) (string, bool) {
	p, ok := d.anywhere(birdSet)
	if !ok || strings.Contains(p.m[2], "{") {
		return "", false
	}
	members := birdComma.Split(p.m[2], -1)
	slices.Reverse(members)
	line := p.m[1] + strings.Join(members, ", ") + p.m[3]
	d.replaceLine(p.line, line)
	return strings.TrimSpace(line), true
}

func birdUnused(d *draft) (string, bool) {
	p, ok := d.anywhere(birdRouterID)
	if !ok {
		return "", false
	}
	name := strings.ReplaceAll(d.word(), "-", "_")
	line := one(d.random, []string{
		fmt.Sprintf("define %s = [ 198.18.%d.0/24 ];", name, d.random.IntN(256)),
		fmt.Sprintf("filter %s { if net = 198.18.%d.0/24 then accept; reject; }", name, d.random.IntN(256)),
	})
	d.replaceLine(p.line, p.m[0], line)
	return line, true
}
