package gate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
)

// side describes one snapshot.
func sideOf(s *config.Snapshot) Side {
	out := Side{Where: s.Where, Routers: len(s.Network.Routers)}
	h := sha256.New()
	for _, r := range s.Network.Routers {
		for i := range r.Files {
			f := &r.Files[i]
			h.Write([]byte(f.Path))
			h.Write([]byte{0})
			h.Write(f.SHA256[:])
			m, irrelevant, n := f.Count()
			out.Lines += m + irrelevant + n
		}
	}
	out.Digest = hex.EncodeToString(h.Sum(nil))
	return out
}

// coverage counts the lines of the proposed side.
func coverage(s *config.Snapshot, q *quoter, touched int) Coverage {
	c := Coverage{Touched: touched, Routers: []RouterCoverage{}}
	for _, r := range s.Network.Routers {
		var notes []network.Note
		n := 0
		for i := range r.Files {
			f := &r.Files[i]
			m, irrelevant, not := f.Count()
			c.Modelled, c.Irrelevant, n = c.Modelled+m, c.Irrelevant+irrelevant, n+not
			notes = append(notes, f.Notes...)
		}
		c.NotModelled += n
		if n > 0 {
			c.Routers = append(c.Routers, RouterCoverage{Router: r.Name, NotModelled: n, Reasons: reasonsOf(notes, q)})
		}
	}
	return c
}

// reasonsOf counts notes by their reason, most frequent first.
func reasonsOf(notes []network.Note, q *quoter) []CountedReason {
	out := []CountedReason{}
	index := map[string]int{}
	for _, n := range notes {
		i, ok := index[n.Reason]
		if !ok {
			i = len(out)
			index[n.Reason] = i
			src, _ := q.source(n.Span)
			out = append(out, CountedReason{Reason: n.Reason, Example: src})
		}
		out[i].Lines++
	}
	slices.SortStableFunc(out, func(a, b CountedReason) int { return cmp.Compare(b.Lines, a.Lines) })
	if len(out) > 10 {
		out = out[:10]
	}
	return out
}
