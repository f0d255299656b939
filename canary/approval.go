package canary

import (
	"fmt"
	"slices"
	"strings"
)

// mayApprove says why an approval would not count.
func (m *Machine) mayApprove(c Command) error {
	switch {
	case len(m.plan.Approvals) == 0:
		return fmt.Errorf("this rollout needs no approval")
	case c.Binding != m.plan.Binding:
		return fmt.Errorf("the approval is of %.12s, and the rollout is of %.12s: look at it again and approve that", c.Binding, m.plan.Binding)
	case !slices.ContainsFunc(m.plan.Approvals, func(n Need) bool { return n.Role == c.Role }):
		return fmt.Errorf("no approval of the role %q is needed; needed are %s", c.Role, m.needs())
	}
	i := slices.IndexFunc(m.plan.Approvers, func(a Approver) bool { return a.Name == c.By })
	if i < 0 || !slices.Contains(m.plan.Approvers[i].Roles, c.Role) {
		return fmt.Errorf("%s may not approve for %s (rollout.approvers in routegate.yaml says who may)", c.By, c.Role)
	}
	if c.By == m.plan.By && !m.plan.OwnApproval {
		return fmt.Errorf("%s started the rollout, and somebody else has to approve it", c.By)
	}
	if slices.ContainsFunc(m.approvals, func(a Approval) bool { return a.By == c.By && a.Role == c.Role }) {
		return fmt.Errorf("%s has approved for %s already", c.By, c.Role)
	}
	return nil
}

// lacking is what is still to be approved; nothing is nil.
func (m *Machine) lacking() []Need {
	var out []Need
	for _, n := range m.plan.Approvals {
		have := 0
		for _, a := range m.approvals {
			if a.Role == n.Role && a.Binding == m.plan.Binding {
				have++
			}
		}
		if have < n.Count {
			out = append(out, Need{n.Role, n.Count - have})
		}
	}
	return out
}

func (m *Machine) needs() string {
	var out []string
	for _, n := range m.plan.Approvals {
		out = append(out, fmt.Sprintf("%d of %s", n.Count, n.Role))
	}
	return strings.Join(out, ", ")
}
