package signals

import (
	"testing"
	"time"
)

// collect hears by BMP, and lets nothing else look in time.
const collect = `  bmp: {listen: "10.99.0.1:11019"}
  signals:
    protected: {delay: 1m}
    sessions: {delay: 1m}
    routes: {delay: 1m}
    announcements: {delay: 1m}
`

// TestBMP: core, a bgpd, withdraws the service after the change, for somebody typed a filter there. It says so by BMP, which is all that
// looks: the rollout ends at its canary, and all comes back.
func TestBMP(t *testing.T) {
	t.Parallel()
	s := up(t, before("20s", collect))
	s.filter(t)
	k := s.watch(t)
	s.Write(t, "tagged", edited(t, before("20s", collect), " set metric", " set community 65010:666\n set metric"))
	began := time.Now()
	l := s.lead(t, "before", "tagged")
	s.returned(t, l, "withdrawals", "core: "+service+" is withdrawn")
	k.await(t, began)
}
