package policy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// Describe says a condition in words.
func Describe(c network.Condition) string {
	switch c := c.(type) {
	case network.MatchPrefix:
		return "the prefix is " + negated(c.Option, "not ") + "in " + c.Kind.String() + " " + c.Set
	case network.MatchPrefixLength:
		return fmt.Sprintf("the prefix is of %s and %d bits long", c.Family, c.Length)
	case network.MatchNextHop:
		switch {
		case c.Set != "":
			return "the next hop is in " + c.Kind.String() + " " + c.Set
		case c.Address.IsValid():
			return "the next hop is " + c.Address.String()
		}
		return "the next hop is in " + join(c.Prefixes)
	case network.MatchRouteSource:
		return "the neighbor is in " + c.Kind.String() + " " + c.Set
	case network.MatchNeighbor:
		not := negated(c.Option, "not ")
		switch {
		case c.Local:
			return "the route is " + not + "originated here"
		case c.Interface != "":
			return "the neighbor is " + not + "on " + c.Interface
		case c.Address.IsValid():
			return "the neighbor is " + not + c.Address.String()
		}
		return "the neighbor is " + not + "in neighbor set " + c.Set
	case network.MatchASPath:
		return "the AS path matches " + ofSet(c.Option) + "AS path list " + c.Set
	case network.MatchASPathLength:
		return fmt.Sprintf("the AS path has %s ASes", count(c.Op, c.Value))
	case network.MatchCommunity:
		if c.Option == network.MatchExact {
			return "the communities are exactly those of " + c.Kind.String() + " list " + c.Set
		}
		return "the communities match " + ofSet(c.Option) + c.Kind.String() + " list " + c.Set
	case network.MatchCommunityCount:
		return fmt.Sprintf("there are %s communities", count(c.Op, c.Value))
	case network.MatchLocalPref:
		return fmt.Sprintf("the local preference is %d", c.Value)
	case network.MatchMED:
		return fmt.Sprintf("the metric is %d", c.Value)
	case network.MatchTag:
		return fmt.Sprintf("the tag is %d", c.Value)
	case network.MatchOrigin:
		return "the origin is " + c.Value.String()
	case network.MatchInterface:
		return "the interface is " + c.Interface
	case network.MatchRouteType:
		return "the route is " + c.Type.String()
	case network.MatchSource:
		if c.Name != "" {
			return "the route comes from " + c.Name
		}
		return "the route comes from " + c.Protocol.String()
	case network.MatchFamily:
		return "the family is " + join(c.Families)
	case network.MatchRPKI:
		return "RPKI validation says " + c.State
	case network.MatchNever:
		return "never (" + c.Why + ")"
	case network.MatchUnmodelled:
		return c.Text
	}
	return fmt.Sprintf("%T", c)
}

func negated(o network.MatchOption, word string) string {
	if o == network.MatchInvert {
		return word
	}
	return ""
}

func ofSet(o network.MatchOption) string {
	switch o {
	case network.MatchAll:
		return "all of "
	case network.MatchInvert:
		return "none of "
	}
	return ""
}

func count(op network.Comparison, v uint32) string {
	return map[network.Comparison]string{network.Equal: "exactly ", network.AtLeast: "at least ", network.AtMost: "at most "}[op] + strconv.FormatUint(uint64(v), 10)
}

func join[T fmt.Stringer](list []T) string {
	f := make([]string, len(list))
	for i, x := range list {
		f[i] = x.String()
	}
	return strings.Join(f, ", ")
}

// DescribeAction says an action in words.
func DescribeAction(a network.Action) string {
	switch a := a.(type) {
	case network.SetLocalPref:
		return "local preference " + number(a.Op, a.Value)
	case network.SetMED:
		if a.IGP {
			return "metric of the IGP"
		}
		return "metric " + number(a.Op, a.Value)
	case network.SetWeight:
		return fmt.Sprintf("weight %d", a.Value)
	case network.SetTag:
		return fmt.Sprintf("tag %d", a.Value)
	case network.SetOrigin:
		return "origin " + a.Value.String()
	case network.SetDistance:
		return fmt.Sprintf("distance %d", a.Value)
	case network.SetMetricType:
		return fmt.Sprintf("metric type %d", a.Type)
	case network.SetNextHop:
		switch a.Kind {
		case network.NextHopAddress:
			return "next hop " + a.Address.String()
		case network.NextHopPeer, network.NextHopNeighbor:
			return "next hop of the peer"
		case network.NextHopSelf:
			return "next hop self"
		case network.NextHopUnchanged:
			return "next hop unchanged"
		}
		return "next hop global rather than link-local"
	case network.PrependASPath:
		if a.LastAS {
			return fmt.Sprintf("prepend the last AS %d times", max(a.Repeat, 1))
		}
		return "prepend " + prependText(a)
	case network.ExcludeASPath:
		switch {
		case a.All:
			return "clear the AS path"
		case a.Set != "":
			return "remove from the AS path what AS path list " + a.Set + " matches"
		}
		return "remove " + numbers(a.AS) + " from the AS path"
	case network.ReplaceASPath:
		what, with := numbers(a.AS), "the local AS"
		if a.Any {
			what = "every AS"
		}
		if a.With != 0 {
			with = numbers([]uint32{a.With})
		}
		return "replace " + what + " by " + with + " in the AS path"
	case network.SetCommunity:
		return edit("community", a.Mode, join(a.Values), a.Set, a.Patterns)
	case network.SetLargeCommunity:
		return edit("large-community", a.Mode, join(a.Values), a.Set, a.Patterns)
	case network.SetExtCommunity:
		return edit("extended-community", a.Mode, join(a.Values), a.Set, a.Patterns)
	case network.SetAtomicAggregate:
		return "atomic aggregate"
	case network.SetAggregator:
		return fmt.Sprintf("aggregator AS%d %s", a.Value.AS, a.Value.RouterID)
	case network.SetOriginatorID:
		return "originator id " + a.Value.String()
	case network.SetUnmodelled:
		return a.Text
	}
	return fmt.Sprintf("%T", a)
}

func number(op network.Arithmetic, v uint32) string {
	return [...]string{"", "+", "-"}[op] + strconv.FormatUint(uint64(v), 10)
}

func numbers(as []uint32) string {
	f := make([]string, len(as))
	for i, a := range as {
		f[i] = strconv.FormatUint(uint64(a), 10)
	}
	return strings.Join(f, " ")
}

func prependText(a network.PrependASPath) string {
	t := numbers(a.AS)
	if a.Repeat > 1 {
		t += fmt.Sprintf(", each %d times", a.Repeat)
	}
	return t
}

func edit(kind string, m network.EditMode, values, set string, patterns []string) string {
	var what []string
	if values != "" {
		what = append(what, values)
	}
	if set != "" {
		what = append(what, "what list "+set+" matches")
	}
	what = append(what, patterns...)
	w := strings.Join(what, ", ")
	switch {
	case m == network.AddTo:
		return kind + " add " + w
	case m == network.RemoveFrom:
		return kind + " remove " + w
	case w == "":
		return kind + " none"
	}
	return kind + " " + w
}
