package main

import (
	"os"
	"runtime/debug"
)

// A check builds a large state once and ends: collecting garbage more often than memory asks for only takes time. The heap
// may grow to three times of what is in use, and from softLimit on as little as possible.
const (
	growth    = 200     // percent
	softLimit = 8 << 30 // bytes
)

// limitMemory sets how the heap grows, unless who calls the program has said so (GOGC, GOMEMLIMIT).
func limitMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softLimit)
	}
}
