package rollout

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/journal"
	"github.com/routegate/routegate/rescue/drill"
)

// StampDrill writes a drill's report into the journal, which is made where there is none: a rollout asks it how old it is.
func StampDrill(dir string, r *drill.Report) error {
	j, err := open(dir)
	if err != nil {
		return err
	}
	defer j.Close()
	return j.Append(journal.Entry{At: time.Now().UTC(), Kind: drill.Kind, Text: "rescue drill: " + r.Stamp(), Data: r})
}

// lastDrill is the newest drill of a network in a journal; nil where there is none.
func lastDrill(dir, network string) (*drill.Report, error) {
	lines, err := journal.Read(dir)
	if absent(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	for _, l := range slices.Backward(lines) {
		var r drill.Report
		if l.Kind == drill.Kind && json.Unmarshal(l.Data, &r) == nil && r.Schema == drill.Schema && r.Network == network {
			return &r, nil
		}
	}
	return nil, nil
}

// drilled says when the rescue was drilled last, and refuses where a recent drill is required that found nothing to mend and
// visited every router that the change touches. A drill of the future (a clock went wrong) is none.
func drilled(dir string, p *canary.Plan, within time.Duration) (string, error) {
	const hint = "routegate rescue drill makes one"
	r, err := lastDrill(dir, p.Network)
	switch {
	case err != nil && within > 0:
		return "", refuse("rollout.drill-age is %s, and the journal does not say when the rescue was drilled: %v", within, err)
	case err != nil:
		return fmt.Sprintf("when the rescue was drilled last is not known: %v", err), nil
	case r == nil && within > 0:
		return "", refuse("rollout.drill-age is %s, and the journal knows no drill of the network %s; %s", within, p.Network, hint)
	case r == nil:
		return "the rescue of this network was never drilled from here; " + hint, nil
	}
	age := p.At.Sub(r.At)
	said := fmt.Sprintf("the rescue was drilled last %s ago: %s", age.Round(time.Second), r.Stamp())
	if within <= 0 {
		return said, nil
	}
	switch {
	case age < 0 || age > within:
		return "", refuse("%s; rollout.drill-age is %s; %s", said, within, hint)
	case !r.Works():
		return "", refuse("%s; rollout.drill-age requires one that finds nothing to mend", said)
	}
	for _, x := range p.Routers {
		if !slices.ContainsFunc(r.Routers, func(d drill.Router) bool { return d.Name == x.Name }) {
			return "", refuse("%s; it did not visit %s, which this change touches: pack the bundle anew, then %s", said, x.Name, hint)
		}
	}
	return said, nil
}
