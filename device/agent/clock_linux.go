package agent

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/routegate/routegate/device/agent/deadman"
)

// MachineClock reads this machine's boot id and its clocks. Linux only: elsewhere there is no boot id at this path, the
// clock counts as unreadable, and an agent refuses to arm.
type MachineClock struct{}

func (MachineClock) Now() deadman.Instant {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return deadman.Instant{}
	}
	var ts unix.Timespec
	// CLOCK_BOOTTIME goes on while the machine sleeps, and nobody can set it.
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return deadman.Instant{}
	}
	return deadman.Instant{Boot: strings.TrimSpace(string(id)), Since: time.Duration(ts.Nano()), Wall: time.Now().UTC().Round(0)}
}
