package random

func (g *generator) instanceGoBGP(r *router) {}

func (g *generator) peerGoBGP(p peering) {}
