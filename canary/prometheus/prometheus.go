// Package prometheus asks a Prometheus server queries while a wave bakes: each is a canary.Signal of the values that come
// back. No value, a value that is not a number, and a server that does not answer are no data, which never confirms.
package prometheus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/routegate/routegate/canary"
)

// Query is one question with the values that are good.
type Query struct {
	Name string // in reports
	// PromQL is an expression of type scalar or instant vector. $routers in it becomes the wave's routers as a regular
	// expression: up{instance=~"($routers).*"}.
	PromQL string
	// Below and Above are the limits that every value must keep: value <= Below, value >= Above. Nil is no limit; one of the
	// two must be there.
	Below, Above *float64
	// EmptyIsGood: that no series comes back is a pass (for queries that ask for what is wrong), not missing data.
	EmptyIsGood bool
}

// Options say where the server is.
type Options struct {
	// URL of the server. Its host is a literal address: a change that is watched may take DNS away.
	URL string
	// Transport for credentials; nil is http.DefaultTransport.
	Transport http.RoundTripper
}

// Signal asks all its queries a look. It may be used by one goroutine at a time.
type Signal struct {
	name    string
	api     v1.API
	queries []Query
}

var _ canary.Signal = (*Signal)(nil)

// New makes a signal of queries. It connects to nothing.
func New(name string, o Options, queries []Query) (*Signal, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("prometheus: %w", err)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil {
		return nil, fmt.Errorf("prometheus: %s: want a literal address as in http://192.0.2.9:9090, for names may not resolve when it matters", o.URL)
	}
	for _, q := range queries {
		switch {
		case q.Name == "" || q.PromQL == "":
			return nil, errors.New("prometheus: a query needs a name and an expression")
		case q.Below == nil && q.Above == nil:
			return nil, fmt.Errorf("prometheus: query %s has no limit: it could not fail", q.Name)
		}
	}
	c, err := api.NewClient(api.Config{Address: o.URL, RoundTripper: o.Transport})
	if err != nil {
		return nil, fmt.Errorf("prometheus: %w", err)
	}
	return &Signal{name: name, api: v1.NewAPI(c), queries: slices.Clone(queries)}, nil
}

// Name is the word by which settings call the signal.
func (s *Signal) Name() string { return s.name }

// Measure asks every query in turn.
func (s *Signal) Measure(ctx context.Context, w canary.Watch) []canary.Measurement {
	var out []canary.Measurement
	for i := range s.queries {
		out = append(out, s.ask(ctx, &s.queries[i], w))
	}
	return out
}

func (s *Signal) ask(ctx context.Context, q *Query, w canary.Watch) canary.Measurement {
	m := canary.Measurement{Subject: q.Name, Outcome: canary.NoData}
	v, _, err := s.api.Query(ctx, strings.ReplaceAll(q.PromQL, "$routers", alternatives(w.Routers)), time.Now())
	if err != nil {
		m.Value = fmt.Sprintf("no answer: %v", err)
		return m
	}
	switch v := v.(type) {
	case *model.Scalar:
		m.Outcome, m.Value = q.judge([]sample{{"", float64(v.Value)}})
	case model.Vector:
		var list []sample
		for _, x := range v {
			list = append(list, sample{x.Metric.String(), float64(x.Value)})
		}
		m.Outcome, m.Value = q.judge(list)
	default:
		m.Value = fmt.Sprintf("the expression gives a %s, wanted is a scalar or an instant vector", v.Type())
	}
	return m
}

// alternatives is a regular expression for any of the names.
func alternatives(names []string) string {
	var quoted []string
	for _, n := range names {
		// Names of routers are letters, digits, dots and dashes: the dot alone means something.
		quoted = append(quoted, strings.ReplaceAll(n, ".", `\\.`))
	}
	return strings.Join(quoted, "|")
}

type sample struct {
	series string
	value  float64
}

// judge holds every value against the limits; the worst is shown. What is not a number is no data: a division by
// nothing has not shown that all is well.
func (q *Query) judge(list []sample) (canary.Outcome, string) {
	if len(list) == 0 {
		if q.EmptyIsGood {
			return canary.Pass, "no series"
		}
		return canary.NoData, "no series"
	}
	slices.SortFunc(list, func(a, b sample) int { return strings.Compare(a.series, b.series) })
	for _, x := range list {
		if bad := q.broken(x.value); bad != "" {
			return canary.Fail, x.text() + bad
		}
	}
	for _, x := range list {
		if math.IsNaN(x.value) {
			return canary.NoData, x.text()
		}
	}
	if len(list) > 1 {
		return canary.Pass, fmt.Sprintf("%d series, %s%s", len(list), list[0].text(), q.limits())
	}
	return canary.Pass, list[0].text() + q.limits()
}

func (q *Query) broken(v float64) string {
	switch {
	case q.Below != nil && v > *q.Below:
		return fmt.Sprintf(" (limit %g)", *q.Below)
	case q.Above != nil && v < *q.Above:
		return fmt.Sprintf(" (at least %g)", *q.Above)
	}
	return ""
}

func (q *Query) limits() string {
	switch {
	case q.Below != nil && q.Above != nil:
		return fmt.Sprintf(" (%g to %g)", *q.Above, *q.Below)
	case q.Below != nil:
		return fmt.Sprintf(" (limit %g)", *q.Below)
	}
	return fmt.Sprintf(" (at least %g)", *q.Above)
}

func (x sample) text() string {
	if x.series == "" || x.series == "{}" {
		return fmt.Sprintf("%g", x.value)
	}
	return fmt.Sprintf("%s %g", x.series, x.value)
}
