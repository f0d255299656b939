#!/usr/bin/env bash
# Installs the real routing daemons that the differential tests compare the simulation with:
# FRRouting, BIRD and GoBGP, and Prometheus, nftables and OpenSSH's server, from Debian or Ubuntu. They are only ever started by
# tests, on loopback or in namespaces of their own: no service is started by the installation, and none stays enabled.
#
# Does nothing where everything is there already. Without root or apt it says so and ends well: the
# tests then skip what needs the daemons, unless ROUTEGATE_REQUIRE_DAEMONS is set.
set -euo pipefail

missing=()
[ -x /usr/lib/frr/bgpd ] || missing+=(frr)
[ -x /usr/lib/frr/frr-reload.py ] || missing+=(frr-pythontools)
command -v bird >/dev/null || [ -x /usr/sbin/bird ] || missing+=(bird2)
command -v gobgpd >/dev/null || missing+=(gobgpd)
command -v unshare >/dev/null || missing+=(util-linux)
command -v mount >/dev/null || missing+=(mount)
command -v sysctl >/dev/null || [ -x /sbin/sysctl ] || missing+=(procps)
command -v prometheus >/dev/null || [ -x /usr/bin/prometheus ] || missing+=(prometheus)
command -v sshd >/dev/null || [ -x /usr/sbin/sshd ] || missing+=(openssh-server)
command -v nft >/dev/null || [ -x /usr/sbin/nft ] || missing+=(nftables)
command -v ip >/dev/null || [ -x /sbin/ip ] || missing+=(iproute2)

if [ "${#missing[@]}" -eq 0 ]; then
	exit 0
fi

skip() {
	echo "routegate: not installed: ${missing[*]}: $1" >&2
	if [ -n "${ROUTEGATE_REQUIRE_DAEMONS:-}" ]; then
		echo "routegate: ROUTEGATE_REQUIRE_DAEMONS is set, so this is a failure" >&2
		exit 1
	fi
	echo "routegate: the tests that compare the simulation with real daemons will be SKIPPED" >&2
	exit 0
}

[ "$(id -u)" -eq 0 ] || skip "this needs root"
command -v apt-get >/dev/null || skip "this needs apt (Debian or Ubuntu)"

# Debian starts services when it installs them; a policy-rc.d that answers 101 forbids it. One that
# is there already is put back afterwards.
policy=/usr/sbin/policy-rc.d
saved=""
if [ -e "$policy" ]; then
	saved=$(mktemp)
	cp -p "$policy" "$saved"
fi
restore() {
	if [ -n "$saved" ]; then
		cp -p "$saved" "$policy"
		rm -f "$saved"
	else
		rm -f "$policy"
	fi
}
trap restore EXIT
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || skip "apt-get update failed"
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || skip "apt-get install failed"

# Where systemd runs, the units would start at the next boot.
if [ -d /run/systemd/system ]; then
	units=(frr bird gobgpd prometheus nftables)
	# A server that was there before may be how one gets here.
	case " ${missing[*]} " in *" openssh-server "*) units+=(ssh ssh.socket) ;; esac
	for unit in "${units[@]}"; do
		systemctl disable --now "$unit" >/dev/null 2>&1 || true
	done
fi
echo "routegate: installed ${missing[*]}" >&2
