package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/lab/demo"
	"github.com/routegate/routegate/report"
)

// demoRollout tells the second part of the demonstration: rollouts on a network inside this process, and its rescue.
func (p *program) demoRollout(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var failed error // the first line that could not be written
	draw := func(err error) {
		if failed == nil {
			failed = err
		}
	}
	err = demo.Run(ctx, demo.Options{
		Version: version(),
		Controller: func(journal, before, after string, id canary.Identity) *exec.Cmd {
			return exec.Command(self, "--quiet", "rollout", "start", "--journal", journal, "--before", before, "--after", after,
				"--ca", id.CA, "--certificate", id.Certificate, "--key", id.Key)
		},
		Rescue: func(journal string, f demo.Sealed) *exec.Cmd {
			return exec.Command(self, "--quiet", "rollback", "--all", "--journal", journal, "--record", f.Record,
				"--bundle", f.Bundle, "--identity", f.Identity, "--signers", f.Signers, "-o", "json")
		},
		Teller: demo.Teller{
			Chapter: func(c demo.Chapter) {
				s := report.Step{Title: c.Title, Text: c.Text}
				draw(s.Draw(p.stdout, p.options(p.stdout, false)))
				_, err := fmt.Fprintln(p.stdout)
				draw(err)
			},
			Verdict: func(v *gate.Verdict) {
				draw(report.Summary(p.stdout, v, p.options(p.stdout, false)))
				_, err := fmt.Fprintln(p.stdout)
				draw(err)
			},
			Event: func(after time.Duration, text string) {
				draw(report.Event(p.stdout, after, text, p.options(p.stdout, false)))
			},
		},
	})
	if err != nil {
		return err
	}
	return failed
}
