#!/usr/bin/env bash
# Measures whole checks of fat-trees, from files to the verdict, as the operating system sees them, and beside each the floor that
# it is compared with, measured at once: a row of docs/BENCHMARKS.md each. Usage: scripts/bench-fabric.sh [K]...
# K=90 takes 8 GiB of memory, half a gigabyte of disk and some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x /usr/bin/time ] || { echo "GNU time is needed: apt-get install time" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -trimpath -o "$dir/routegate" ./cmd/routegate
go test -c -o "$dir/floor" ./lab/generate
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
echo "| fat-tree | time | processor | peak memory | floor (one thread) | processor : floor |"
echo "|---|---|---|---|---|---|"
for k in "${@:-10 20 40}"; do for k in $k; do
	for side in before after; do
		"$dir/routegate" lab generate fattree --k "$k" --out "$dir/$k/$side" >"$dir/log"
	done
	sed -i 's/^route-map TO-UPLINKS permit 10$/&\n set as-path prepend 4200000000/' "$dir/$k/after/devices/edge-00-00/frr.conf"
	/usr/bin/time -o "$dir/time" -f "%e %U %S %M" \
		"$dir/routegate" check -q --timeout 2h --before "$dir/$k/before" --after "$dir/$k/after" -o json="$dir/$k.json" ||
		{ echo "k=$k: the verdict is not allow" >&2; exit 1; }
	rm -rf "${dir:?}/$k"
	(cd lab/generate && "$dir/floor" -test.run '^$' -test.bench "BreadthFirst/k=$k\$" -test.benchtime 2x) >"$dir/log"
	awk -v k="$k" -v floor="$(awk '/^BenchmarkBreadthFirst/ {for (i = 2; i <= NF; i++) if ($i == "processor-s/op") print $(i - 1)}' "$dir/log")" '{
		printf "| k=%s | %.2f s | %.2f s | %.0f MiB | %s | %s |\n", k, $1, $2 + $3, $4 / 1024,
			floor ? sprintf("%.4f s", floor) : "not measured", floor ? sprintf("%.0f", ($2 + $3) / floor) : "" }' "$dir/time"
done; done
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
