package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/journal"
	"github.com/routegate/routegate/rescue"
)

// KindRescue is the kind of a line that holds a rescue's report.
const KindRescue = "rescue"

// Freeze ends the rollout that is under way in a journal, so that nobody goes forward while somebody brings routers back: by
// the controller where one runs, by a line of its own where none does. It says in one sentence what came of it; "" where no
// rollout was under way, or no journal is there.
func Freeze(ctx context.Context, dir, by string) (string, error) {
	m, err := replay(dir, "")
	switch {
	case absent(err):
		return "", nil
	case err != nil:
		if lines, e := journal.Read(dir); e == nil && len(canary.Rollouts(lines)) == 0 {
			return "", nil
		}
		return "", err
	case m.Ended():
		return "", nil
	}
	id := m.Plan().ID
	_, err = Order(ctx, dir, canary.Rescue, "", "", "")
	switch {
	case err == nil:
		return fmt.Sprintf("rollout %s was under way: its controller was told, and has let go", id), nil
	case !errors.Is(err, ErrNoController):
		return "", err
	}
	j, err := open(dir)
	if err != nil {
		return "", err
	}
	defer j.Close()
	entry, err := canary.Order(m, canary.Command{Do: canary.Rescue, By: by}, time.Now().UTC())
	if err != nil {
		return "", err
	}
	if err := j.Append(entry); err != nil {
		return "", err
	}
	return fmt.Sprintf("rollout %s was under way without a controller: it is marked as ended, and no resume goes on with it", id), nil
}

// absent reports that a folder has no journal, or is not there.
func absent(err error) bool {
	return errors.Is(err, journal.ErrAbsent) || errors.Is(err, os.ErrNotExist)
}

// Merge writes a rescue's report into a journal, once. It reports false where there is no journal, or it knew of it.
func Merge(dir string, r *rescue.Report) (bool, error) {
	lines, err := journal.Read(dir)
	if absent(err) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	for _, l := range lines {
		var old rescue.Report
		if l.Kind == KindRescue && json.Unmarshal(l.Data, &old) == nil && old.ID == r.ID && old.Began.Equal(r.Began) {
			return false, nil
		}
	}
	j, err := open(dir)
	if err != nil {
		return false, err
	}
	defer j.Close()
	good, bad, _ := r.Counts()
	return true, j.Append(journal.Entry{At: time.Now().UTC(), Kind: KindRescue, Data: r,
		Text: fmt.Sprintf("rescue by %s: %d of %d routers are back and verified, in %.1f s", r.By, good, good+bad, r.Seconds)})
}
