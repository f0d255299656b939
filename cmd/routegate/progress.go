package main

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// progress draws a bar on standard error for what takes longer than a second, where that is
// a terminal. Its zero value draws nothing.
type progress struct {
	mu          sync.Mutex
	stage       string
	done, total int
	stop        chan struct{}
	stopped     sync.WaitGroup
}

// startProgress begins to watch; the caller ends it with end.
func (p *program) startProgress() *progress {
	b := &progress{}
	if _, tty := isTerminal(p.stderr); !tty || p.quiet {
		return b
	}
	b.stop = make(chan struct{})
	b.stopped.Add(1)
	go func() {
		defer b.stopped.Done()
		const patience = time.Second
		wait := time.NewTimer(patience)
		defer wait.Stop()
		drawn := false
		for {
			select {
			case <-b.stop:
				if drawn {
					fmt.Fprint(p.stderr, "\r\x1b[K")
				}
				return
			case <-wait.C:
				fmt.Fprintf(p.stderr, "\r\x1b[K%s", b.line())
				drawn = true
				wait.Reset(100 * time.Millisecond)
			}
		}
	}()
	return b
}

// report takes note of where a run is.
func (b *progress) report(stage string, done, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stage, b.done, b.total = stage, done, total
}

func (b *progress) line() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.total <= 0 {
		return b.stage + " …"
	}
	const width = 30
	full := min(width*b.done/b.total, width)
	return fmt.Sprintf("%-24s [%s%s] %d/%d", b.stage, strings.Repeat("=", full), strings.Repeat(" ", width-full), b.done, b.total)
}

// end clears the bar.
func (b *progress) end() {
	if b.stop != nil {
		close(b.stop)
		b.stopped.Wait()
		b.stop = nil
	}
}
