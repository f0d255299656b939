package gate

import "testing"

// TestParamsAtRouters: a threshold that routegate.yaml sets for some routers decides there and nowhere else.
func TestParamsAtRouters(t *testing.T) {
	full := []edit{{edge2, "maximum-prefix 10", "maximum-prefix 2"}} // of which two are in use
	for _, c := range []struct {
		at   string
		want bool
	}{
		{"", true},
		{"policy: {params-at: {\"site:fra\": {max-prefix-headroom-percent: 100}}}\n", false},
		{"policy: {params-at: {edge1: {max-prefix-headroom-percent: 100}}}\n", true},
	} {
		site := edit{known, "network: example\n", "network: example\ndevices: {edge2: {site: fra}}\n" + c.at}
		v := checked(t, Options{Before: twoEdges(t, site), After: twoEdges(t, append([]edit{site}, full...)...)})
		found := false
		for _, f := range v.Findings {
			found = found || f.Policy == "bgp/maximum-prefix-headroom"
		}
		if found != c.want {
			t.Errorf("%q: found %v, want %v", c.at, found, c.want)
		}
	}
	// Such a setting is one of the rules, and is changed by itself.
	loosened := edit{known, "network: example\n", "network: example\npolicy: {params-at: {edge2: {max-prefix-headroom-percent: 100}}}\n"}
	v := checked(t, Options{Before: twoEdges(t), After: twoEdges(t, append([]edit{loosened}, full...)...)})
	if v.Verdict != Deny || len(v.Findings) != 1 || v.Findings[0].Policy != "gate/settings-changed" {
		t.Errorf("%s: %+v", v.Summary, v.Findings)
	}
}
