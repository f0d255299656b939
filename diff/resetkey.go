package diff

import "strings"

// settingsThatDiffer reads two keys of the form "name=value;name=value" and says in
// words what differs. Values of passwords are never said.
func settingsThatDiffer(before, after string) string {
	old := settings(before)
	var said []string
	seen := map[string]bool{}
	for _, kv := range strings.Split(after, ";") {
		name, value, _ := strings.Cut(kv, "=")
		seen[name] = true
		was, had := old[name]
		switch {
		case name == "" || had && was == value:
		case strings.Contains(name, "password") || strings.Contains(name, "secret"):
			said = append(said, name+" changes")
		case was == "":
			said = append(said, name+" becomes "+value)
		case value == "":
			said = append(said, name+" "+was+" is removed")
		default:
			said = append(said, name+" "+was+" becomes "+value)
		}
	}
	for _, kv := range strings.Split(before, ";") {
		name, value, _ := strings.Cut(kv, "=")
		if name == "" || seen[name] {
			continue
		}
		if strings.Contains(name, "password") {
			value = ""
		}
		said = append(said, strings.TrimSpace(name+" "+value)+" is removed")
	}
	return strings.Join(said, ", ")
}

func settings(key string) map[string]string {
	m := map[string]string{}
	for _, kv := range strings.Split(key, ";") {
		if name, value, ok := strings.Cut(kv, "="); ok {
			m[name] = value
		}
	}
	return m
}
