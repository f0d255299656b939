package lab

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// birdReader reads the answers of BIRD's control protocol: lines of a four-digit code, "-" where more follow and " " at the
// end, and text; a line that begins with a space continues the code before it.
type birdReader struct{ in *bufio.Reader }

func newBIRDReader(r io.Reader) *birdReader { return &birdReader{bufio.NewReader(r)} }

func (r *birdReader) answer() ([]string, error) {
	var lines []string
	for {
		line, err := r.in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, " "), strings.HasPrefix(line, "+"):
			lines = append(lines, line[1:])
			continue
		case len(line) < 5:
			return nil, fmt.Errorf("bird answers %q", line)
		}
		code, text := line[:4], line[5:]
		if code[0] == '8' || code[0] == '9' {
			return nil, errors.New(text)
		}
		if text != "" {
			lines = append(lines, text)
		}
		if line[4] == ' ' {
			return lines, nil
		}
	}
}

// birdRoute is one route of a table of BIRD's.
type birdRoute struct {
	prefix      netip.Prefix
	destination string // unicast, unreachable, blackhole, prohibit
	protocol    string // instance
	kind        string // "BGP univ", "static univ", ...
	best        bool
	preference  int
	metrics     []string // of OSPF
	hops        []string // "10.0.0.1 on eth0", "eth0"
	attributes  map[string]string
}

var (
	birdRouteHead = regexp.MustCompile(`^(\S+)?\s+(\w+) \[(\S+) [^\]]*\](?: (\*))?[^(]*\((\d+)([^)]*)\)`)
	birdAttribute = regexp.MustCompile(`^\t(?:[A-Z0-9]+\.)?(\w+): ?(.*)$`)
)

// readBIRDRoutes reads `show route all`.
func readBIRDRoutes(lines []string) ([]birdRoute, error) {
	var out []birdRoute
	var prefix netip.Prefix
	last := ""
	for _, line := range lines {
		if m := birdRouteHead.FindStringSubmatch(line); m != nil {
			if m[1] != "" {
				p, err := netip.ParsePrefix(m[1])
				if err != nil {
					return nil, fmt.Errorf("show route: %q: %w", line, err)
				}
				prefix = p
			}
			r := birdRoute{prefix: prefix, destination: m[2], protocol: m[3], best: m[4] != "", attributes: map[string]string{}}
			r.preference, _ = strconv.Atoi(m[5])
			r.metrics = strings.FieldsFunc(m[6], func(c rune) bool { return c == '/' })
			out = append(out, r)
			continue
		}
		if len(out) == 0 {
			continue // the name of the table
		}
		r := &out[len(out)-1]
		via, isVia := strings.CutPrefix(line, "\tvia ")
		dev, isDev := strings.CutPrefix(line, "\tdev ")
		switch {
		case isVia:
			f := strings.Fields(via)
			if len(f) > 2 && f[1] == "on" {
				r.hops = append(r.hops, f[0]+" on "+f[2])
			}
		case isDev:
			r.hops = append(r.hops, strings.Fields(dev)[0])
		case strings.HasPrefix(line, "\t\t") && last != "":
			r.attributes[last] += " " + strings.TrimSpace(line)
		default:
			if m := birdAttribute.FindStringSubmatch(line); m != nil {
				last = m[1]
				r.attributes[last] = m[2]
				if last == "Type" {
					r.kind = m[2]
				}
			}
		}
	}
	return out, nil
}

// seen makes a path of a route; neighbor is whom it came from.
func (r *birdRoute) seen(neighbor string) SeenPath {
	s := SeenPath{Neighbor: neighbor, Best: r.best, Valid: r.destination != "unreachable" || !strings.HasPrefix(r.kind, "BGP")}
	a := &s.Attributes
	at := r.attributes
	a.Weight = uint32(r.preference)
	a.ASPath = parsePath(strings.NewReplacer("({", "[", "})", "]").Replace(at["as_path"]))
	a.Origin = map[string]network.Origin{"EGP": network.OriginEGP, "Incomplete": network.OriginIncomplete}[at["origin"]]
	if f := strings.Fields(at["next_hop"]); len(f) > 0 && neighbor != "" {
		a.NextHop, _ = netip.ParseAddr(f[0])
	} else if len(r.hops) == 1 && neighbor == "" {
		via, _, _ := strings.Cut(r.hops[0], " ")
		a.NextHop, _ = netip.ParseAddr(via)
	}
	a.MED, a.HasMED = birdNumber(at["med"])
	a.LocalPref, a.HasLocalPref = birdNumber(at["local_pref"])
	for _, c := range birdTuples(at["community"]) {
		if len(c) == 2 {
			a.Communities = append(a.Communities, network.Community(c[0]<<16|c[1]))
		}
	}
	slices.Sort(a.Communities)
	for _, c := range birdTuples(at["large_community"]) {
		if len(c) == 3 {
			a.Large = append(a.Large, network.LargeCommunity{Global: c[0], Data1: c[1], Data2: c[2]})
		}
	}
	slices.SortFunc(a.Large, func(x, y network.LargeCommunity) int {
		return cmp.Or(cmp.Compare(x.Global, y.Global), cmp.Compare(x.Data1, y.Data1), cmp.Compare(x.Data2, y.Data2))
	})
	a.Ext = birdExtended(at["ext_community"])
	communitySets(a)
	a.OriginatorID, _ = netip.ParseAddr(at["originator_id"])
	for _, c := range strings.Fields(at["cluster_list"]) {
		if id, err := netip.ParseAddr(c); err == nil {
			a.ClusterList = append(a.ClusterList, id)
		}
	}
	_, a.AtomicAggregate = at["atomic_aggr"]
	if id, as, ok := strings.Cut(at["aggregator"], " AS"); ok {
		a.Aggregator.AS, _ = birdNumber(as)
		a.Aggregator.RouterID, _ = netip.ParseAddr(id)
	}
	return s
}

// birdExtended reads "(rt, 65000, 1) (ro, 192.0.2.1, 7)". What the model does not hold is not compared.
func birdExtended(s string) (out []network.ExtCommunity) {
	for _, part := range strings.Split(s, ")") {
		_, part, _ = strings.Cut(part, "(")
		kind, rest, _ := strings.Cut(part, ", ")
		name := map[string]string{"rt": "RT:", "ro": "SoO:"}[kind]
		if c, err := network.ParseExtCommunity(name + strings.ReplaceAll(rest, ", ", ":")); name != "" && err == nil {
			out = append(out, c)
		}
	}
	return out
}

func birdNumber(s string) (uint32, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	return uint32(n), err == nil
}

// birdTuples reads "(65001,1) (65001,2)".
func birdTuples(s string) (out [][]uint32) {
	for _, part := range strings.Split(s, ")") {
		_, part, ok := strings.Cut(part, "(")
		if !ok {
			continue
		}
		var t []uint32
		for _, w := range strings.Split(part, ",") {
			n, ok := birdNumber(w)
			if !ok {
				t = nil
				break
			}
			t = append(t, n)
		}
		out = append(out, t)
	}
	return out
}
