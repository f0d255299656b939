package report

import (
	"io"
	"sort"

	"github.com/routegate/routegate/gate"
)

// The part of SARIF 2.1.0 (OASIS) that code-scanning services read.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		// Suppressions are waivers: code-scanning services show a suppressed result as closed.
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
		EndLine   int `json:"endLine"`
	}
)

// verdictSARIF is SARIF 2.1.0: findings and the reasons for an unknown verdict as results.
func verdictSARIF(w io.Writer, v *gate.Verdict, _ Options) error {
	rules := map[string]string{}
	results := []sarifResult{}
	for _, r := range v.Unknowns {
		id := "unknown/" + r.Kind
		rules[id] = "The gate cannot judge: " + r.Kind
		results = append(results, sarifResult{id, "error", sarifText{printable(r.Message) + hint(r.Hint)}, locations(v, r.Sources), nil})
	}
	for _, f := range v.Findings {
		rules[f.Policy] = f.Title
		level := "warning"
		switch {
		case f.Denies:
			level = "error"
		case f.Level == "shadow":
			level = "note"
		}
		results = append(results, sarifResult{f.Policy, level, sarifText{printable(f.Message) + hint(f.Hint)}, locations(v, f.Sources), suppressions(v, &f)})
	}
	driver := sarifDriver{Name: "routegate", Rules: []sarifRule{}}
	for id, title := range rules {
		driver.Rules = append(driver.Rules, sarifRule{id, sarifText{title}})
	}
	sort.Slice(driver.Rules, func(i, j int) bool { return driver.Rules[i].ID < driver.Rules[j].ID })
	return JSON(w, sarifLog{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0",
		Runs: []sarifRun{{sarifTool{driver}, results}},
	})
}

// suppressions is the waiver that lifts a finding.
func suppressions(v *gate.Verdict, f *gate.Finding) []sarifSuppression {
	for i := range v.Waivers {
		if w := &v.Waivers[i]; w.Name == f.Waived {
			return []sarifSuppression{{"external", printable(waiverWords(w) + ": " + w.Reason)}}
		}
	}
	return nil
}

// locations are the places of a result; services show the first, so the after side goes first.
func locations(v *gate.Verdict, sources []gate.Source) []sarifLocation {
	out := []sarifLocation{}
	for _, side := range []string{"after", "before"} {
		for _, s := range sources {
			if s.Side != side {
				continue
			}
			l := sarifPhysical{ArtifactLocation: sarifArtifact{repositoryPath(v, s)}}
			if s.First > 0 {
				l.Region = &sarifRegion{s.First, max(s.First, s.Last)}
			}
			out = append(out, sarifLocation{l})
		}
	}
	return out
}
