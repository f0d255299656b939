// Package gobgp reads a GoBGP configuration into the neutral model.
package gobgp

import "github.com/routegate/routegate/network"

// Source is one configuration file.
type Source struct {
	Path string // inside the snapshot, with forward slashes
	Text []byte
}

// Parse reads a gobgpd configuration file.
func Parse(name string, src Source) (*network.Router, error) {
	return &network.Router{Name: name, Dialect: "gobgp", VRFs: []*network.VRF{{}}}, nil
}
