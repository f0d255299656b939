package frr

import (
	"bytes"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

// frame is one open block.
type frame struct {
	mode modeID
	text string // the line that opened it
	dead string // why FRR refused to open it; its lines are then refused too
	shut bool   // FRR never entered it: it refused the line at once, and not with a later one that it is committed with
}

// maxDepth bounds blocks in blocks; FRR's deepest are six.
const maxDepth = 12

// parser is the state that lines change.
type parser struct {
	r       *network.Router
	file    *network.File
	line    int
	frames  []frame // open blocks; frames[0] is the top node
	args    args
	gone    bool  // the shell was left: what follows is not read
	strange bool  // a command that nobody knows stands at the top: it may have opened a block
	opening frame // the block that the line just read opens

	defaults defaults
	transaction

	// Objects being made, and the ones that open blocks are about.
	interfaces map[string]*network.Interface
	iface      *network.Interface
	vrfs       map[string]*network.VRF
	vrf        *network.VRF
	openVRF    *network.VRF // the VRF that staticd is still in
	viaDefault map[viaDefault]bool
	zebra      defaults                         // what zebra\'s own defaults depend on
	statics    map[string][]network.StaticRoute // by VRF
	routerIDs  map[string]routerID              // by VRF
	instances  []*instance
	bgp        *instance
	maps       map[string]*routeMap
	routeMap   *routeMap
	entry      *entry
	prefixes   map[setKey]*prefixSet
	asPaths    map[string]*network.ASPathSet
	lists      map[listKey]*network.CommunitySet
	processes  []*process
	ospf       *process
	auths      map[string]*ospfAuth // by interface
}

func newParser(name string, undone ...map[place]verdict) *parser {
	p := &parser{
		r:          &network.Router{Name: name, Dialect: "frr", PolicyDelay: policyDelay},
		interfaces: map[string]*network.Interface{},
		vrfs:       map[string]*network.VRF{"": {}},
		statics:    map[string][]network.StaticRoute{},
		routerIDs:  map[string]routerID{},
		maps:       map[string]*routeMap{},
		prefixes:   map[setKey]*prefixSet{},
		asPaths:    map[string]*network.ASPathSet{},
		lists:      map[listKey]*network.CommunitySet{},
		auths:      map[string]*ospfAuth{},
		viaDefault: map[viaDefault]bool{},
		zebra:      standardDefaults(),
	}
	if len(undone) > 0 {
		p.banned = undone[0]
	}
	return p
}

// readFile reads one file from the top node.
func (p *parser) readFile(f Source) {
	p.frames = append(p.frames[:0], frame{mode: configMode})
	p.line, p.gone, p.strange, p.openVRF = 0, false, false, nil
	p.defaults = standardDefaults()
	n := bytes.Count(f.Text, []byte{'\n'})
	if len(f.Text) > 0 && f.Text[len(f.Text)-1] != '\n' {
		n++
	}
	p.file.Support = make([]network.Support, 0, n)
	text := string(f.Text)
	for len(text) > 0 {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		p.line++
		// The enclosing block is the one before the line, or the one that it climbs to.
		v := p.readLine(line)
		p.file.Support = append(p.file.Support, v.support)
		if v.support == notModelled {
			p.file.Notes = append(p.file.Notes, network.Note{
				Span: p.span(), Context: p.context(), Text: strings.TrimSpace(line), Reason: v.reason, Affects: v.affects,
			})
		}
		p.opened()
	}
	p.commitAll()
	if p.defaults.stated || p.defaults.datacenter {
		p.zebra = p.defaults
	}
}

// span is the current line.
func (p *parser) span() network.Span { return network.At(p.file.Path, p.line) }

// context names the open blocks.
func (p *parser) context() string {
	switch len(p.frames) {
	case 0, 1:
		return ""
	case 2:
		return p.frames[1].text
	}
	var b strings.Builder
	for i, f := range p.frames[1:] {
		if i > 0 {
			b.WriteString(" / ")
		}
		b.WriteString(f.text)
	}
	return b.String()
}

// readLine interprets one line.
func (p *parser) readLine(line string) verdict {
	a := &p.args
	a.split(line)
	if len(a.tokens) == 0 || a.tokens[0][0] == '!' || a.tokens[0][0] == '#' {
		return blankLine
	}
	if p.gone {
		return rejected("the configuration shell was left above; nothing more is read")
	}
	m := matcher{args: a}
	if a.tokens[0] == "no" {
		a.no, m.first, a.path[0] = true, 1, nil
	}
	// A command that the block does not know is tried in the blocks around it; where it
	// is found there, the inner blocks end. Where it is found nowhere, they stay.
	var failure verdict
	for top := len(p.frames) - 1; top >= 0; top-- {
		tree := &commands()[p.frames[top].mode]
		root := &tree.yes
		if a.no {
			root = &tree.no
		}
		m.ambiguous, m.deepest, m.at = false, 0, nil
		r := m.match(root)
		if r == nil {
			if why := m.reason(); top == len(p.frames)-1 || (m.deepest > m.first && failure.reason == unknownCommand.reason) {
				failure = why
			}
			continue
		}
		p.frames = p.frames[:top+1]
		return p.run(r, a)
	}
	if len(a.tokens) == 1 && strings.HasPrefix(a.tokens[0], "exit-") {
		return blankLine // the end of a block that is not open: FRR complains and stays where it is
	}
	if len(p.frames) == 1 && failure == unknownCommand {
		if p.frames[0].mode == enableMode {
			return rejected("the `exit` above left configuration itself, and what follows is read only after `configure terminal`")
		}
		p.strange = true
	}
	return failure
}

// run applies a rule in the mode that it was found in.
func (p *parser) run(r *rule, a *args) verdict {
	f := p.frames[len(p.frames)-1]
	if r.closes {
		p.commitAll()
		return p.close(a.tokens[0])
	}
	v, shut := r.is, f.shut
	p.current = r.group
	switch {
	case f.dead != "":
		v = rejected(f.dead)
	case r.group != noGroup && p.banned[p.place()].reason != "":
		v = p.banned[p.place()]
	case r.do != nil:
		v = r.do(p, a)
		shut = v.isRejection()
	}
	p.track(r)
	if r.opens != sameMode && !a.no {
		p.opening = frame{mode: r.opens, text: strings.Join(a.tokens, " "), dead: f.dead, shut: shut}
		if v.isRejection() {
			p.opening.dead = "the block that it stands in was rejected"
		}
	}
	return v
}

// opened enters the block that the last line opened.
func (p *parser) opened() {
	if p.opening.mode == sameMode {
		return
	}
	if len(p.frames) == maxDepth {
		p.frames = p.frames[:maxDepth-1]
	}
	p.frames = append(p.frames, p.opening)
	p.opening, p.strange = frame{}, false
}

// close ends the innermost block. FRR never entered one whose first line it refused: there `exit`
// ends what stands around it, which at the top is configuration itself, and with it the rest
// of the file (tried with 8.4.4); `exit-address-family` and its like are unknown there.
func (p *parser) close(word string) verdict {
	live := len(p.frames)
	for live > 1 && p.frames[live-1].shut {
		live--
	}
	if live < len(p.frames) {
		if strings.HasPrefix(word, "exit-") {
			return blankLine
		}
		p.frames, p.strange = p.frames[:live], false
	}
	return p.leave()
}

// leave ends the innermost block.
func (p *parser) leave() verdict {
	if last := len(p.frames) - 1; last > 0 {
		if p.frames[last].mode == vrfMode {
			p.openVRF = nil
		}
		p.frames = p.frames[:last]
		return blankLine
	}
	switch {
	case p.frames[0].mode == enableMode:
		p.gone = true
		return blankLine
	case p.strange:
		p.strange = false // taken as the end of the block that the unknown command may have opened
		return blankLine
	}
	// `exit` at the top leaves configuration: FRR then refuses every command but
	// `configure terminal`.
	p.frames[0].mode = enableMode
	return blankLine
}

// finish applies inheritance and puts everything in order.
func (p *parser) finish() *network.Router {
	r := p.r
	p.finishBGP()
	p.finishOSPF()
	p.finishOSPFInterfaces()
	p.finishInterfaces()
	p.finishRouteMaps()
	p.finishLists()
	r.VRFs = append(r.VRFs, p.vrfs[""])
	for name, v := range p.vrfs {
		v.Static = p.statics[name]
		for _, f := range network.Families {
			if !p.viaDefault[viaDefault{name, f}] {
				v.ResolveViaDefault[f] = p.zebra.resolveViaDefault()
			}
		}
		if name != "" {
			r.VRFs = append(r.VRFs, v)
		}
	}
	sort.Slice(r.VRFs[1:], func(i, j int) bool { return r.VRFs[i+1].Name < r.VRFs[j+1].Name })
	settleForwarding(r)
	if len(r.Files) > 0 {
		r.Span = network.Span{File: r.Files[0].Path, First: 1, Last: int32(len(r.Files[0].Support))}
	}
	return r
}
