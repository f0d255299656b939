package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/report"
)

func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// options are the report's options for a stream.
func (p *program) options(w io.Writer, all bool) report.Options {
	o := report.Options{All: all, Width: 100}
	f, tty := isTerminal(w)
	if tty {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			o.Width = min(width, 140)
		}
	} else if width, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && width > 0 {
		o.Width = width
	}
	switch p.color {
	case "always":
		o.Color = true
	case "auto":
		o.Color = tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return o
}

// output is one -o FORMAT[=FILE].
type output struct{ format, file string }

// outputs reads the -o flags; without one to standard output a report for people goes there,
// unless quiet.
func (p *program) outputs(c *cobra.Command, flags []string, formats []string) ([]output, error) {
	var out []output
	stdout := 0
	for _, f := range flags {
		format, file, named := strings.Cut(f, "=")
		if !slices.Contains(formats, format) {
			return nil, &usageError{fmt.Errorf("-o %s: unknown format %q: want one of %s", f, format, strings.Join(formats, ", ")), c.CommandPath()}
		}
		if named && file == "" {
			return nil, &usageError{fmt.Errorf("-o %s: no file after the equals sign", f), c.CommandPath()}
		}
		if file == "-" {
			file = ""
		}
		if file == "" {
			stdout++
		}
		out = append(out, output{format, file})
	}
	if stdout > 1 {
		return nil, &usageError{fmt.Errorf("-o: two formats for standard output; give one of them a file, as in -o json=verdict.json"), c.CommandPath()}
	}
	if stdout == 0 && !(p.quiet && len(out) > 0) {
		out = append([]output{{"text", ""}}, out...)
	}
	return out, nil
}

// write draws every output; files first, so that what the report says is on disk when it is read.
func (p *program) write(outputs []output, all bool, draw func(w io.Writer, format string, o report.Options) error) error {
	for _, out := range outputs {
		if out.file == "" {
			continue
		}
		var b bytes.Buffer
		if err := draw(&b, out.format, report.Options{Width: 100, All: all}); err != nil {
			return err
		}
		if err := device.PublishFile(out.file, b.Bytes()); err != nil {
			return fmt.Errorf("-o %s=%s: %w", out.format, out.file, err)
		}
	}
	for _, out := range outputs {
		if out.file == "" {
			return draw(p.stdout, out.format, p.options(p.stdout, all))
		}
	}
	return nil
}
