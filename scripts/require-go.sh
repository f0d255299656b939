#!/usr/bin/env bash
# Says clearly what is missing when there is no Go that can build this module.
set -euo pipefail

want=$(sed -n 's/^go //p' "$(dirname "$0")/../go.mod")
if ! command -v go >/dev/null; then
	echo "routegate: Go is not installed: https://go.dev/dl (Go $want, or 1.21 and later, which fetches it by itself)" >&2
	exit 1
fi
if ! go version >/dev/null 2>&1; then
	echo "routegate: Go $want is needed; this one is $(GOTOOLCHAIN=local go version)" >&2
	exit 1
fi
