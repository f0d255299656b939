package canary

import (
	"fmt"
	"slices"
	"time"
)

// Freeze is a time in which no wave begins: once, from From to To; or every week, on Days from Start to End. What is out
// when it begins is watched and confirmed or taken back as ever.
type Freeze struct {
	Name string    `json:"name"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Days of the week on which the window begins, with Start and End since midnight in Zone; an End that is not after
	// Start is on the next day.
	Days  []time.Weekday `json:"days,omitempty"`
	Start time.Duration  `json:"start,omitempty"`
	End   time.Duration  `json:"end,omitempty"`
	Zone  string         `json:"zone,omitempty"` // of the IANA database; "" is UTC
}

// Until is the end of the freeze if it holds at t; zero if it does not.
func (f *Freeze) Until(t time.Time) time.Time {
	if len(f.Days) == 0 {
		if !t.Before(f.From) && t.Before(f.To) {
			return f.To
		}
		return time.Time{}
	}
	zone, err := time.LoadLocation(f.Zone)
	if err != nil {
		zone = time.UTC
	}
	t = t.In(zone)
	length := f.End - f.Start
	if length <= 0 {
		length += 24 * time.Hour
	}
	for back := range 2 {
		day := time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, zone)
		if !slices.Contains(f.Days, day.Weekday()) {
			continue
		}
		// By the wall clock: a day on which the clocks change is not 24 hours long.
		begin := clock(day, f.Start)
		if end := clock(day, f.Start+length); !t.Before(begin) && t.Before(end) {
			return end
		}
	}
	return time.Time{}
}

func clock(day time.Time, since time.Duration) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, int(since/time.Minute), 0, 0, day.Location())
}

// frozen is the freeze that ends last of those that hold at t.
func frozen(all []Freeze, t time.Time) (why string, until time.Time) {
	for i := range all {
		if end := all[i].Until(t); end.After(until) {
			until = end
			why = fmt.Sprintf("frozen until %s", end.UTC().Format(time.RFC3339))
			if all[i].Name != "" {
				why += " (" + all[i].Name + ")"
			}
		}
	}
	return why, until
}
