package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version is the module's version and revision, as the toolchain recorded them.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				v += " " + s.Value[:12]
			}
		}
	}
	return v
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and those of the libraries that decide",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			f := []string{"routegate " + version()}
			if info, ok := debug.ReadBuildInfo(); ok {
				f = append(f, info.GoVersion)
				for _, d := range info.Deps {
					switch d.Path {
					case "github.com/open-policy-agent/opa", "github.com/osrg/gobgp/v3":
						f = append(f, d.Path+" "+d.Version)
					}
				}
			}
			_, err := fmt.Fprintln(p.stdout, strings.Join(f, "\n"))
			return err
		},
	}
}
