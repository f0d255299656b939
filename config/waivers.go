package config

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/network"
)

// waiverFile holds the waivers of a network, beside routegate.yaml: a file of its own, that can have reviewers of its own.
const waiverFile = "waivers.yaml"

// WaiverFile is what a snapshot has of waivers.
type WaiverFile struct {
	Path    string
	Text    []byte
	Waivers []Waiver // in the order of the file
}

// Waiver lets findings of one policy pass for a while. It is not wider than it says: a finding that names a router, neighbor or
// prefix beside those of the waiver is not waived.
type Waiver struct {
	Name       string                // unique
	Policy     string                // the policy's id
	Routers    []string              // empty: any
	Neighbors  []string              // empty: any
	Prefixes   []network.PrefixRange // empty: any
	Reason     string                // why; never empty
	Owner      string                // who answers for it; never empty
	ApprovedBy string                // a second person; empty where there is none
	Expires    time.Time             // the last day on which it holds, at 00:00 UTC
	Span       network.Span
}

// Expired reports whether the waiver's last day is over, in UTC.
func (w *Waiver) Expired(now time.Time) bool { return !now.Before(w.Expires.AddDate(0, 0, 1)) }

// TooFarAhead is the error for a waiver that expires more than days after now.
func (w *Waiver) TooFarAhead(now time.Time, days int) error {
	last := now.UTC().AddDate(0, 0, days)
	if !w.Expires.After(last) {
		return nil
	}
	return &Error{Path: w.Span.File, Line: int(w.Span.First), Msg: fmt.Sprintf("waiver %s: it holds until %s, and no waiver holds for more than %d days", w.Name, w.Expires.Format(time.DateOnly), days),
		Hint: fmt.Sprintf("%s at the latest; renew it then, or set policy.max-waiver-days in a change of its own", last.Format(time.DateOnly))}
}

// UnknownPolicy is the error for a policy that nobody has; known are those there are.
func (w *Waiver) UnknownPolicy(known []string) error {
	hint := "`routegate policy list --snapshot .` names them"
	if near := suggest(w.Policy, known); strings.HasPrefix(near, "did you mean") {
		hint = near
	}
	return &Error{Path: w.Span.File, Line: int(w.Span.First), Msg: fmt.Sprintf("waiver %s: %s is no policy", w.Name, w.Policy), Hint: hint}
}

// UnknownRouter is the error for a router that neither side of the change has; known are those there are.
func (w *Waiver) UnknownRouter(name string, known []string) error {
	return &Error{Path: w.Span.File, Line: int(w.Span.First), Msg: fmt.Sprintf("waiver %s: there is no router %s in devices/", w.Name, name), Hint: suggest(name, known)}
}

type (
	docWaivers struct {
		Waivers []docWaiver `mapstructure:"waivers"`
	}
	docWaiver struct {
		Name       string            `mapstructure:"name"`
		Policy     string            `mapstructure:"policy"`
		Routers    []string          `mapstructure:"routers"`
		Neighbors  []string          `mapstructure:"neighbors"`
		Prefixes   []rangeOfPrefixes `mapstructure:"prefixes"`
		Reason     string            `mapstructure:"reason"`
		Owner      string            `mapstructure:"owner"`
		ApprovedBy string            `mapstructure:"approved-by"`
		Expires    lastDay           `mapstructure:"expires"`
	}
	lastDay time.Time
)

// parseDay reads a day as RFC 3339 writes it: 2026-12-31.
func parseDay(data any) (lastDay, error) {
	t, err := time.ParseInLocation(time.DateOnly, fmt.Sprint(data), time.UTC)
	if err != nil {
		return lastDay{}, want("as in 2026-12-31: the last day on which it holds, in UTC", "%v is not a day", data)
	}
	return lastDay(t), nil
}

// readWaivers reads waivers.yaml; a network without one has none.
func (s *Snapshot) readWaivers(ctx context.Context, src source, paths []string) error {
	if !slices.Contains(paths, waiverFile) {
		return nil
	}
	text, err := src.read(ctx, waiverFile)
	if err != nil {
		return err
	}
	r := &waiverReader{names: map[string]bool{}}
	if r.keys, err = decodeDocument(waiverFile, text, &r.doc); err != nil {
		return err
	}
	file := &WaiverFile{Path: waiverFile, Text: text}
	for i := range r.doc.Waivers {
		file.Waivers = append(file.Waivers, r.waiver(i))
	}
	if err := first(r.errs); err != nil {
		return err
	}
	s.Waivers = file
	return nil
}

type waiverReader struct {
	keys  *keyed
	doc   docWaivers
	names map[string]bool
	errs  []*Error
}

func (r *waiverReader) fail(path, hint, format string, args ...any) {
	at := r.keys.at[path]
	r.errs = append(r.errs, &Error{Path: waiverFile, Line: at.line, Column: at.column, Msg: r.keys.plain(path) + ": " + fmt.Sprintf(format, args...), Hint: hint})
}

// waiver checks one entry. What a waiver lacks makes it none: who answers for it, why, and until when.
func (r *waiverReader) waiver(i int) Waiver {
	x, at := &r.doc.Waivers[i], fmt.Sprintf("waivers[%d]", i)
	place := r.keys.at[at]
	w := Waiver{
		Name: x.Name, Policy: x.Policy, Routers: x.Routers, Neighbors: x.Neighbors, Reason: strings.TrimSpace(x.Reason), Owner: strings.TrimSpace(x.Owner),
		ApprovedBy: strings.TrimSpace(x.ApprovedBy), Expires: time.Time(x.Expires),
		Span: network.Span{File: waiverFile, First: int32(place.line), Last: int32(max(place.last, place.line))},
	}
	for _, p := range x.Prefixes {
		w.Prefixes = append(w.Prefixes, network.PrefixRange(p))
	}
	for _, needed := range []struct{ key, value, hint string }{
		{"name", w.Name, "what reports call it, as in name: maintenance-4711"},
		{"policy", w.Policy, "as in policy: blast/session-loss"},
		{"reason", w.Reason, "why the finding may pass"},
		{"owner", w.Owner, "who answers for it"},
	} {
		if needed.value == "" {
			r.fail(at, needed.hint, "%s is missing", needed.key)
		}
	}
	if w.Expires.IsZero() {
		r.fail(at, "as in expires: 2026-12-31: nothing is waived for ever", "expires is missing")
	}
	if r.names[w.Name] && w.Name != "" {
		r.fail(at+".name", "", "two waivers are called %s", w.Name)
	}
	r.names[w.Name] = true
	if w.ApprovedBy != "" && strings.EqualFold(w.ApprovedBy, w.Owner) {
		r.fail(at+".approved-by", "the approval is a second person's", "%s is the owner", w.ApprovedBy)
	}
	return w
}
