package frr

import "strconv"

// FRR commits prefix lists, access lists and route-maps in transactions: commands that
// follow one another without any other command of bgpd's between them stand or fall
// together. One that the data model refuses (`ge` above `le`, `on-match goto`
// backwards, two kinds of `set metric` in one entry) takes the others with it. The
// reader finds such groups on a first reading and leaves them out on a second one.

// place is a line of a router.
type place struct {
	file string
	line int
}

// transaction collects the lines of the open group.
type transaction struct {
	group   []place
	spoiler int               // the line that spoils the group; 0: none
	reasons map[place]verdict // of every spoiling line of the group
	undone  map[place]verdict // lines that turned out to be undone
	banned  map[place]verdict // lines that the first reading found undone
}

// spoil marks the group as refused because of the current line.
func (p *parser) spoil(why string) verdict {
	v := rejected(why)
	if p.banned == nil {
		if p.spoiler == 0 {
			p.spoiler = p.line
		}
		if p.reasons == nil {
			p.reasons = map[place]verdict{}
		}
		p.reasons[p.place()] = v
	}
	return v
}

func (p *parser) place() place { return place{p.file.Path, p.line} }

// track adds the line to the open group, or closes the group.
func (p *parser) track(r *rule) {
	switch {
	case p.banned != nil:
	case r.yang:
		p.group = append(p.group, p.place())
	case r.bgpd:
		p.commit()
	}
}

// commit closes the group.
func (p *parser) commit() {
	if p.spoiler != 0 {
		if p.undone == nil {
			p.undone = map[place]verdict{}
		}
		for _, l := range p.group {
			v, ok := p.reasons[l]
			if !ok {
				v = rejected("it is committed together with line " + strconv.Itoa(p.spoiler) + ", which is refused")
			}
			p.undone[l] = v
		}
	}
	p.group, p.spoiler = p.group[:0], 0
}
