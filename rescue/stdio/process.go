package stdio

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/routegate/routegate/rescue"
)

// Process serves this process's standard input and output, and outlives whoever started it for as long as it takes to end
// what was begun: a console that hangs up and a pipe that nobody reads any more end nothing half-way.
func Process(ctx context.Context, r rescue.Reached, o Options) error {
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	return Serve(ctx, os.Stdin, os.Stdout, r, o)
}
