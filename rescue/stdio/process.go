package stdio

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/routegate/routegate/rescue"
)

// Outlive makes this process outlive whoever started it: a console that hangs up and a pipe that nobody reads any more end
// nothing half-way. Call it before a router is touched.
func Outlive() { signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE) }

// Process is Serve at this process's standard input and output, which it outlives for as long as it takes to end what was begun.
func Process(ctx context.Context, r rescue.Reached, o Options) error {
	Outlive()
	return Serve(ctx, os.Stdin, os.Stdout, r, o)
}
