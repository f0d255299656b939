//go:build !linux

package agent

import "github.com/routegate/routegate/device/agent/deadman"

// MachineClock has no boot id to read on this system: an agent here refuses to arm.
type MachineClock struct{}

func (MachineClock) Now() deadman.Instant { return deadman.Instant{} }
