package frr

import "strconv"

// FRR commits prefix lists, access lists, route-maps and static routes in
// transactions: commands that follow one another without another command of the same
// daemon between them (an `exit` is one) stand or fall together. One that the data model
// refuses (`ge` above `le`, `on-match goto` backwards, two kinds of `set metric` in one
// entry) takes the others with it. The reader finds such groups on a first reading and
// leaves them out on a second one.

// place is a line of a router.
type place struct {
	file string
	line int
}

// groupID is the daemon whose transaction a command belongs to; lists and route-maps are read
// by several, of which bgpd is the one that counts here.
type groupID uint8

const (
	noGroup groupID = iota
	bgpdGroup
	staticGroup
	numGroups
)

// group is an open transaction.
type group struct {
	lines   []place
	spoiler int               // the line that spoils it; 0: none
	reasons map[place]verdict // of every spoiling line
}

// transaction holds the open groups and what became of earlier ones.
type transaction struct {
	groups  [numGroups]group
	current groupID           // of the line being read
	undone  map[place]verdict // lines that turned out to be undone
	banned  map[place]verdict // lines that an earlier reading found undone
}

// spoil marks the line's group as refused because of it.
func (p *parser) spoil(why string) verdict {
	v := rejected(why)
	if g := &p.groups[p.current]; p.banned == nil && p.current != noGroup {
		if g.spoiler == 0 {
			g.spoiler = p.line
		}
		if g.reasons == nil {
			g.reasons = map[place]verdict{}
		}
		g.reasons[p.place()] = v
	}
	return v
}

func (p *parser) place() place { return place{p.file.Path, p.line} }

// track adds the line to its group, or closes the group that it interrupts.
func (p *parser) track(r *rule) {
	switch {
	case p.banned != nil:
	case r.group != noGroup:
		g := &p.groups[r.group]
		g.lines = append(g.lines, p.place())
	case r.bgpd:
		p.commit(bgpdGroup)
	}
}

// commit closes a group.
func (p *parser) commit(id groupID) {
	g := &p.groups[id]
	if g.spoiler != 0 {
		if p.undone == nil {
			p.undone = map[place]verdict{}
		}
		for _, l := range g.lines {
			v, ok := g.reasons[l]
			if !ok {
				v = rejected("it is committed together with line " + strconv.Itoa(g.spoiler) + ", which is refused")
			}
			p.undone[l] = v
		}
	}
	*g = group{lines: g.lines[:0]}
}

// commitAll closes every group.
func (p *parser) commitAll() {
	for id := range p.groups {
		p.commit(groupID(id))
	}
}
