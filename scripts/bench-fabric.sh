#!/usr/bin/env bash
# Measures whole checks of fat-trees, from files to the verdict, as the operating system sees them, and the floor that
# they are compared with. Usage: scripts/bench-fabric.sh [K]...
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x /usr/bin/time ] || { echo "GNU time is needed: apt-get install time" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -trimpath -o "$dir/routegate" ./cmd/routegate
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
for k in "${@:-10 20 40}"; do for k in $k; do
	for side in before after; do
		"$dir/routegate" lab generate fattree --k "$k" --out "$dir/$k/$side" >"$dir/log"
	done
	sed -i 's/^route-map TO-UPLINKS permit 10$/&\n set as-path prepend 4200000000/' "$dir/$k/after/devices/edge-00-00/frr.conf"
	/usr/bin/time -f "fat-tree k=$k: %e s, %U s of processor, %M KiB at most" \
		"$dir/routegate" check -q --before "$dir/$k/before" --after "$dir/$k/after" -o json="$dir/$k.json" ||
		{ echo "k=$k: the verdict is not allow" >&2; exit 1; }
	# The first rack of every pod is protected, and every single link and router failed on both sides; not above k=20.
	if [ "$k" -le 20 ]; then
		for side in before after; do
			devices= protect=
			for edge in "$dir/$k/$side"/devices/edge-*; do
				name=${edge##*/}
				devices+="  $name: {role: edge}"$'\n'
				case $name in *-00)
					rack=$(awk '$1 == "network" { print $2; exit }' "$edge/frr.conf")
					protect+="  - {name: $name, prefixes: [$rack], reachable-from: [role:edge]}"$'\n' ;;
				esac
			done
			printf 'devices:\n%sprotect:\n%s' "$devices" "$protect" >>"$dir/$k/$side/routegate.yaml"
		done
		/usr/bin/time -f "fat-tree k=$k, every single failure: %e s, %U s of processor, %M KiB at most" \
			"$dir/routegate" check -q --before "$dir/$k/before" --after "$dir/$k/after" --failures links,routers -o json="$dir/$k.json" ||
			{ echo "k=$k: the verdict with failures is not allow" >&2; exit 1; }
	fi
	rm -rf "${dir:?}/$k"
done; done
go test -run '^$' -bench BreadthFirst ./lab/generate | grep '^Benchmark'
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
