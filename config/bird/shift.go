package bird

import "github.com/routegate/routegate/network"

// shifted is a copy of instructions whose variables have higher numbers, so that they can
// stand behind others.
func shifted(list []network.Instruction, by int) []network.Instruction {
	if by == 0 {
		return list
	}
	out := make([]network.Instruction, len(list))
	for i, in := range list {
		in.Local += by
		in.Value = shiftedExpression(in.Value, by)
		in.Then, in.Else = shifted(in.Then, by), shifted(in.Else, by)
		cases := in.Cases
		in.Cases = nil
		for _, c := range cases {
			in.Cases = append(in.Cases, network.Case{Set: c.Set, Then: shifted(c.Then, by)})
		}
		out[i] = in
	}
	return out
}

func shiftedExpression(x *network.Expression, by int) *network.Expression {
	if x == nil {
		return nil
	}
	c := *x
	c.Local += by
	c.Args = nil
	for _, a := range x.Args {
		c.Args = append(c.Args, shiftedExpression(a, by))
	}
	c.Value.Mask = nil
	for _, m := range x.Value.Mask {
		m.Value = shiftedExpression(m.Value, by)
		c.Value.Mask = append(c.Value.Mask, m)
	}
	return &c
}
