package gobgp

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"github.com/routegate/routegate/network"
)

func TestFlowRule(t *testing.T) {
	for _, c := range []struct {
		v6         bool
		text, want string
	}{
		{false, "match destination 10.0.0.0/24 protocol tcp destination-port '==80' then discard", "match destination 10.0.0.0/24 protocol tcp destination-port 80 then discard"},
		{false, `match source-port ">=1024" "&<=65535" destination 203.0.113.7 then rate-limit 125000.5 as 64500`, "match destination 203.0.113.7/32 source-port >=1024 &<=65535 then rate-limit 125000.5"},
		{false, "match protocol '==udp' 'tcp' 47 then redirect 64500:100 mark 46", "match protocol udp tcp gre then redirect 64500:100 mark 46"},
		{false, "match tcp-flags '=SA' '&!F' fragment is-fragment+last-fragment '!dont-fragment' then action terminal-sample", "match tcp-flags =SA &!F fragment is-fragment+last-fragment !dont-fragment then action sample-terminal"},
		{false, "match port true icmp-type 8 icmp-code '!=0' packet-length '<100' dscp 46 then accept", "match port true icmp-type 8 icmp-code !=0 packet-length <100 dscp 46 then accept"},
		{false, "match protocol '& == tcp' then discard", "match protocol tcp then discard"},
		{false, "match destination 203.0.113.7/32 then rate-limit 0", "match destination 203.0.113.7/32 then discard"},
		{true, "match destination 2001:db8::7/128 label 5 then discard", "match destination 2001:db8::7/128 label 5 then discard"},
	} {
		r, err := ParseFlowRule(c.v6, c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := r.String(); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// What GoBGP's own reader passes over, or falls over, is refused: a rule that says less matches more.
func TestFlowRuleRefused(t *testing.T) {
	for _, c := range []struct {
		v6         bool
		text, want string
	}{
		{false, "destination 10.0.0.0/24 then discard", "a rule begins with match"},
		{false, "match destination 10.0.0.0/24", "no then"},
		{false, "match then discard", "what the rule matches is missing"},
		{false, "match destination 10.0.0.0/24 then", "what happens to the packets is missing"},
		{false, "match destination then discard", `destination: "" is not a prefix`},
		{false, "match destination any then discard", `destination: "any" is not a prefix`},
		{false, "match destination 10.0.0.1/24 then discard", "bits set behind its length"},
		{false, "match destination 2001:db8::/64 then discard", "invalid ipv4 prefix"},
		{true, "match destination 2001:db8::/64/16 then discard", "is not a prefix"},
		{false, "match destination 10.0.0.0/24 10.0.1.0/24 then discard", "is not a prefix"},
		{false, "match destination 10.0.0.0/24 destination 10.0.1.0/24 then discard", "destination stands twice"},
		{false, "match dst 10.0.0.0/24 then discard", "dst is not a component"},
		{false, "match destination-port '=>80' then discard", `"=>80" is not understood`},
		{false, "match destination-port 80-90 then discard", `"80-90" is not understood`},
		{false, "match destination-port http then discard", `"http" is not understood`},
		{false, "match destination-port ==80, then discard", `"==80," is not understood`},
		{false, "match destination-port 80443 then discard", "range exceeded"},
		{false, "match destination-port then discard", `"" is not understood`},
		{false, "match protocol ipv6-icmp then discard", `"ipv6-icmp" is not understood`},
		{false, "match tcp-flags SYN then discard", `"SYN" is not understood`},
		{false, "match fragment maybe then discard", `"maybe" is not understood`},
		{false, "match ether-type arp then discard", "ether-type is not a component"},
		{false, "match label 5 then discard", "not supported for ipv4"},
		{false, "match protocol tcp then drop", "drop is not an action"},
		{false, "match protocol tcp then discard discard", "stands twice"},
		{false, "match protocol tcp then discard rate-limit 5", "stands twice"},
		{false, "match protocol tcp then rate-limit", "its value is missing"},
		{false, "match protocol tcp then rate-limit 1e3", "is not a rate"},
		{false, "match protocol tcp then redirect nowhere", "is not a route target"},
		{false, "match protocol tcp then redirect 64500:1 color 5", "color is not an action"},
		{false, "match protocol tcp then mark 64", "is not a DSCP"},
		{false, "match protocol tcp then accept discard", "accepts packets and does not"},
	} {
		_, err := ParseFlowRule(c.v6, c.text)
		var e *FlowError
		if !errors.As(err, &e) || !strings.Contains(e.Msg, c.want) {
			t.Errorf("%s: got %v, want %s", c.text, err, c.want)
		}
	}
}

// hits are packets of one BGP session, both ways, with either end having opened it.
func hitsBGP(r *network.FlowRule) bool {
	a, b := netip.MustParseAddr("10.255.0.1"), netip.MustParseAddr("10.255.0.2")
	return r.Hits(network.TCPFlow{Source: a, Destination: b, SourcePort: network.AnyPort, DestinationPort: 179}) ||
		r.Hits(network.TCPFlow{Source: b, Destination: a, SourcePort: 179, DestinationPort: network.AnyPort})
}

func TestFlowRuleHitsBGP(t *testing.T) {
	for text, want := range map[string]bool{
		"protocol tcp":                         true,
		"protocol udp":                         false,
		"protocol '!=udp'":                     true,
		"protocol '>=7'":                       false,
		"destination 10.255.0.2/32":            true,
		"destination 203.0.113.7/32":           false,
		"source 10.255.0.0/24":                 true,
		"source 203.0.113.0/24":                false,
		"destination-port 179":                 true,
		"destination-port 443":                 true, // the other end may have chosen it
		"protocol tcp destination-port '<179'": true,
		"port 179":                             true,
		"port 443 destination-port 179":        true,
		"source-port 80 destination-port 443":  false,
		"destination-port '>=178' '&<=180'":    true,
		"destination-port '>180' '&<179'":      false,
		"icmp-type 8":                          false,
		"tcp-flags S":                          true,
		"packet-length '>65535'":               false,
		"fragment is-fragment":                 true,
		"dscp 48":                              true,
		"protocol false":                       false,
		"protocol udp destination-port 179":    false,
		"protocol udp tcp":                     true,
		"protocol udp '&tcp'":                  false,
	} {
		r, err := ParseFlowRule(false, "match "+text+" then discard")
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := hitsBGP(&r); got != want {
			t.Errorf("%s: hits BGP %v, want %v", text, got, want)
		}
	}
}

func TestFlowRuleNarrowed(t *testing.T) {
	for text, want := range map[string]bool{
		"destination 203.0.113.7/32":                      false,
		"destination 203.0.113.7/32 source 0.0.0.0/0":     false,
		"destination 203.0.113.7/32 port '>=0'":           false,
		"destination 203.0.113.7/32 port true":            false,
		"destination 203.0.113.7/32 protocol '<=6' '>6'":  false,
		"destination 203.0.113.7/32 protocol udp":         true,
		"destination 203.0.113.7/32 source 192.0.2.0/24":  true,
		"destination 203.0.113.7/32 packet-length '>=64'": true,
	} {
		r, err := ParseFlowRule(false, "match "+text+" then discard")
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := r.Narrowed(); got != want {
			t.Errorf("%s: narrowed %v, want %v", text, got, want)
		}
	}
}

// A rule that is read is printed as GoBGP reads it, and the same bytes go into an update.
func FuzzFlowRule(f *testing.F) {
	f.Add(false, "match destination 10.0.0.0/24 protocol tcp destination-port ==80 then discard")
	f.Add(false, "match tcp-flags =SA &!F fragment is-fragment+last-fragment then rate-limit 5 as 1")
	f.Add(true, "match source 2001:db8::/32 label >5&<9 then redirect 1:1 mark 3 action sample")
	f.Add(false, "match port true then accept")
	f.Fuzz(func(t *testing.T, v6 bool, text string) {
		r, err := ParseFlowRule(v6, text)
		if err != nil {
			return
		}
		again, err := ParseFlowRule(v6, r.String())
		if err != nil {
			t.Fatalf("%s, printed: %s: %v", text, r.String(), err)
		}
		if r.String() != again.String() {
			t.Fatalf("%s: %s, then %s", text, r.String(), again.String())
		}
		if a, b := wire(t, v6, text), wire(t, v6, r.String()); a != b {
			t.Fatalf("%s is % x to GoBGP, and printed % x", text, a, b)
		}
	})
}

// wire is what GoBGP makes of a rule that it is handed as it stands.
func wire(t *testing.T, v6 bool, text string) string {
	words := strings.Fields(strings.NewReplacer("'", "", `"`, "").Replace(text))
	match, _, _ := strings.Cut(strings.Join(words[1:], " "), " then ")
	family := bgp.RF_FS_IPv4_UC
	if v6 {
		family = bgp.RF_FS_IPv6_UC
	}
	components, err := bgp.ParseFlowSpecComponents(family, match)
	if err != nil {
		t.Fatal(err)
	}
	n := bgp.NewFlowSpecIPv4Unicast(components)
	if v6 {
		raw, err := bgp.NewFlowSpecIPv6Unicast(components).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	raw, err := n.Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
