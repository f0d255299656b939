package gate

import (
	"fmt"
	"slices"
	"strings"
)

// summary is the one sentence under the verdict.
func (v *Verdict) summary() string {
	switch v.Verdict {
	case Deny:
		var broken []string
		for _, list := range [][]Finding{v.Findings, v.Standing} {
			for i := range list {
				if list[i].Denies && !slices.Contains(broken, list[i].Policy) {
					broken = append(broken, list[i].Policy)
				}
			}
		}
		more := ""
		if len(broken) > 3 {
			more = fmt.Sprintf(" and %d more", len(broken)-3)
			broken = broken[:3]
		}
		word := "policy"
		if len(broken) > 1 {
			word = "policies"
		}
		return fmt.Sprintf("%s breaks the %s %s%s", v.subject(), word, strings.Join(broken, ", "), more)
	case Unknown:
		return fmt.Sprintf("%s cannot be judged: %s", v.subject(), unknownWords[v.Unknowns[0].Kind])
	}
	if v.Changes.none() {
		return "nothing changes"
	}
	if n := v.waivedToPass(); n > 0 {
		return fmt.Sprintf("%s passes by a waiver of %s%s", v.subject(), policiesWord(n), v.harm())
	}
	return fmt.Sprintf("%s breaks no policy%s", v.subject(), v.harm())
}

// unknownWords say in short why there is no verdict.
var unknownWords = map[string]string{
	ReasonNotModelled: "it touches lines that the gate does not understand",
	ReasonDiverges:    "the network does not converge",
	ReasonUncertain:   "what the routers do cannot be told from their configuration",
	ReasonPolicy:      "a policy says that it cannot know",
	ReasonPolicyError: "a policy gave no answer",
	ReasonTimeout:     "the time ran out",
	ReasonInternal:    "the gate itself failed",
}

func (c *Changes) none() bool {
	return len(c.RoutersAdded)+len(c.RoutersRemoved)+len(c.Items)+len(c.Spaces)+len(c.NotModelled) == 0
}

// subject is what was judged.
func (v *Verdict) subject() string {
	c := &v.Changes
	n := len(c.RoutersChanged) + len(c.RoutersAdded) + len(c.RoutersRemoved)
	switch {
	case v.Before.Where == "":
		return "this change"
	case n == 0:
		return "this change"
	case n == 1:
		return "this change to " + slices.Concat(c.RoutersChanged, c.RoutersAdded, c.RoutersRemoved)[0]
	}
	return fmt.Sprintf("this change to %d of %d routers", n, max(v.After.Routers, v.Before.Routers))
}

// harm says in a few words what an allowed change does.
func (v *Verdict) harm() string {
	t := v.Effects.Totals
	var f []string
	add := func(n int, one, many string) {
		if n == 1 {
			f = append(f, "1 "+one)
		} else if n > 1 {
			f = append(f, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(t.SessionsLost, "session end goes down", "session ends go down")
	add(t.SessionsReset, "session end is reset", "session ends are reset")
	add(t.RoutesWithdrawn, "route goes away", "routes go away")
	add(t.RoutesNew, "route comes", "routes come")
	add(t.RoutesMoved, "route moves", "routes move")
	add(t.PrefixesWithdrawnOutside, "prefix is announced outside no more", "prefixes are announced outside no more")
	add(t.PrefixesNewOutside, "prefix is new outside", "prefixes are new outside")
	withdrawn := 0
	for i := range v.Effects.Outside {
		if e := &v.Effects.Outside[i]; e.Kind == "withdrawn" && !e.Everywhere {
			withdrawn += e.Count
		}
	}
	add(withdrawn, "prefix is announced to fewer neighbors", "prefixes are announced to fewer neighbors")
	switch {
	case len(f) == 0 && len(v.Effects.Outside) > 0:
		return ", moves no route, and changes what is announced outside"
	case len(f) == 0:
		return " and moves no route"
	}
	return ": " + strings.Join(f, ", ")
}

func policiesWord(n int) string {
	if n == 1 {
		return "1 policy"
	}
	return fmt.Sprintf("%d policies", n)
}
