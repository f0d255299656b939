// Command routegate says what a network change does to routes, and refuses what
// would cause an outage.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/routegate/routegate/lab"
)

func main() {
	if done, err := lab.Job(); done {
		if err != nil {
			fmt.Fprintln(os.Stderr, "routegate:", err)
			os.Exit(exitUnknown)
		}
		return
	}
	limitMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the process at once, should the first not be enough.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
