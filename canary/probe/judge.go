package probe

import (
	"fmt"
	"slices"
	"time"

	"github.com/routegate/routegate/canary"
)

// judge says what all attempts of one look come to. Where the controller's own time ran out before anything failed, nothing
// was seen.
func (t *Target) judge(all []tried, ended error) (canary.Outcome, string) {
	var took []time.Duration
	var failed, unable error
	lost := 0
	for _, x := range all {
		switch {
		case x.unable:
			unable = x.err
		case x.err != nil:
			failed = x.err
			lost++
		default:
			took = append(took, x.took)
		}
	}
	asked := lost + len(took)
	switch {
	case asked == 0 && unable != nil:
		return canary.NoData, fmt.Sprintf("could not be tried: %v", unable)
	case asked == 0:
		return canary.NoData, "could not be tried in time"
	case ended != nil && len(took) == 0 && asked < max(1, t.Count):
		return canary.NoData, "no answer yet when the look ended"
	}
	slices.Sort(took)
	if share := float64(lost) / float64(asked); share > t.Loss {
		return canary.Fail, fmt.Sprintf("%d of %d without an answer (limit %.0f%%): %v", lost, asked, 100*t.Loss, failed)
	}
	middle := took[len(took)/2]
	value := fmt.Sprintf("%d of %d answered, %s", len(took), asked, middle.Round(10*time.Microsecond))
	if t.Slow > 0 {
		value += fmt.Sprintf(" (limit %s)", t.Slow)
		if middle > t.Slow {
			return canary.Fail, value
		}
	}
	return canary.Pass, value
}
