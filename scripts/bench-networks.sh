#!/usr/bin/env bash
# Measures whole checks of a Clos fabric with policies and of wide-area networks with full tables, from files to the verdict, as
# the operating system sees them. Usage: scripts/bench-networks.sh [PREFIXES]...
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x /usr/bin/time ] || { echo "GNU time is needed: apt-get install time" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -trimpath -o "$dir/routegate" ./cmd/routegate
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
check() { # name, file of the change, what sed does to it
	cp -r "$dir/before" "$dir/after"
	sed -i "$3" "$dir/after/devices/$2"
	/usr/bin/time -f "$1: %e s, %U s of processor, %M KiB at most" \
		"$dir/routegate" check -q --timeout 30m --before "$dir/before" --after "$dir/after" -o json="$dir/verdict.json" ||
		{ echo "$1: the verdict is not allow" >&2; exit 1; }
	rm -rf "${dir:?}/before" "${dir:?}/after"
}
"$dir/routegate" lab generate clos --pods 16 --leaves 32 --spines 4 --super-spines 4 --out "$dir/before" >"$dir/log"
check "clos of 592 routers" leaf-000-000/frr.conf 's/maximum-paths 64/maximum-paths 32/'
for n in "${@:-10000 100000}"; do for n in $n; do
	"$dir/routegate" lab generate wan --routers 200 --feeds 4 --prefixes "$n" --out "$dir/before" >"$dir/log"
	check "wan of 200 routers, $n prefixes" edge-000/frr.conf 's/^ip prefix-list BOGONS seq 75 .*/&\nip prefix-list BOGONS seq 80 permit 185.1.0.0\/16 le 32/'
done; done
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
