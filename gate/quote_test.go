package gate

import "testing"

func TestSecretsAreNeverQuoted(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"FRR neighbor", " neighbor 10.0.0.1 password hunter2", " neighbor 10.0.0.1 password (secret)"},
		{"FRR enable password", "enable password 8 hunter2", "enable password 8 (secret)"},
		{"FRR OSPF digest", " ip ospf message-digest-key 1 md5 hunter2", " ip ospf message-digest-key 1 md5 (secret)"},
		{"FRR OSPF key", " ip ospf authentication-key hunter2", " ip ospf authentication-key (secret)"},
		{"FRR key chain", "  key-string hunter2", "  key-string (secret)"},
		{"GoBGP TOML", `    auth-password = "hunter 2"`, `    auth-password = (secret)`},
		{"GoBGP YAML", `    auth-password: hunter2`, `    auth-password: (secret)`},
		{"GoBGP JSON", `"auth-password": "hunter2",`, `"auth-password": (secret),`},
		{"an ordinary line", " neighbor 10.0.0.1 remote-as 65001", " neighbor 10.0.0.1 remote-as 65001"},
		{"a prefix list called KEY", "ip prefix-list KEY permit 10.0.0.0/8", "ip prefix-list KEY permit 10.0.0.0/8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mask(c.line); got != c.want {
				t.Errorf("mask(%q) = %q, want %q", c.line, got, c.want)
			}
		})
	}
}
