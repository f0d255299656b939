#!/usr/bin/env bash
# Writes the Go of device/agent/agentpb/agent.proto. What comes out is committed: only who changes the .proto needs this,
# and protoc (Debian: protobuf-compiler). The plug-ins are built from their modules at these versions.
set -euo pipefail
cd "$(dirname "$0")/.."

gen_go=google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
gen_grpc=google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2

command -v protoc >/dev/null || { echo "routegate: protoc is missing: apt-get install protobuf-compiler" >&2; exit 1; }
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
# protoc starts plug-ins by name; these run the pinned ones.
for plugin in "protoc-gen-go $gen_go" "protoc-gen-go-grpc $gen_grpc"; do
	read -r name module <<<"$plugin"
	printf '#!/bin/sh\nexec "${GO:-go}" run %s\n' "$module" >"$bin/$name"
	chmod 755 "$bin/$name"
done
PATH="$bin:$PATH" protoc --proto_path=device/agent/agentpb \
	--go_out=. --go_opt=module=github.com/routegate/routegate \
	--go-grpc_out=. --go-grpc_opt=module=github.com/routegate/routegate \
	agent.proto
