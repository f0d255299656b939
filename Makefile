# Routegate. `make test` is all that a newcomer needs; `make help` lists the rest.
SHELL := /usr/bin/env bash
GO ?= go
# One test binary a processor at a time: the differential tests start daemons and wait for them.
TIMEOUT ?= 12m
FUZZTIME ?= 30s
N ?= 500
SEED ?= 1
# ./... passes folders of the name testdata by.
PKG ?= ./... ./testdata/outages

.DEFAULT_GOAL := help
.PHONY: help build test unit deps lint fmt generate bench figures soak corpus mutations long fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the binary bin/routegate
	@scripts/require-go.sh
	$(GO) build -trimpath -o bin/routegate ./cmd/routegate

test: deps lint unit ## install the daemons that tests compare with (Debian, as root), then vet, gofmt and all tests

deps:
	@scripts/require-go.sh
	@scripts/install-test-deps.sh

lint: ## vet and gofmt
	@files=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); \
		if [ -n "$$files" ]; then echo "not gofmt'ed:"; echo "$$files"; exit 1; fi
	$(GO) vet ./... ./testdata/outages

unit: ## the tests alone
	$(GO) test -timeout $(TIMEOUT) $(PKG)

fmt: ## gofmt everything
	gofmt -w $$(git ls-files '*.go')

generate: ## write the Go of the agent's .proto anew (needs Debian's protobuf-compiler)
	@scripts/require-go.sh
	scripts/generate.sh

bench: ## benchmarks; whole checks first, of fat-trees (K="10 20 40 90"), a Clos fabric and wide-area networks (PREFIXES="10000 100000")
	scripts/bench-fabric.sh $(K)
	scripts/bench-networks.sh $(PREFIXES)
	$(GO) test -run '^$$' -bench . -benchmem $(PKG)

figures: ## of the canary alone: seconds from a withdrawal to the verified return, sessions that an apply resets, two hundred agents, a rescue of twenty routers
	$(GO) test -run '^$$' -bench 'Return|Resets|Rollout|Rescue' -benchtime 2x -timeout 1h -p 1 ./lab/faults ./device/frr ./device/gobgp ./device/bird ./cmd/routegate

soak: ABREAST = 8
soak: ## random networks of seeds 1 to N (500), 8 (ABREAST) at a time, against real daemons, which goes on where it was stopped; then each fault at each step of a rollout
	$(GO) test -c -o bin/lab.test ./lab
	@cd lab && ROUTEGATE_SOAK=1 ROUTEGATE_REQUIRE_DAEMONS=1 ROUTEGATE_LAB_SEEDS=1-$(N) ROUTEGATE_LAB_SCORE=../bin/soak.txt \
		ROUTEGATE_LAB_ABREAST=$(ABREAST) ../bin/lab.test -test.timeout 0 -test.parallel $(ABREAST) -test.run '^TestRandom$$'
	$(GO) test -c -o bin/faults.test ./lab/faults
	cd lab/faults && ROUTEGATE_SOAK=1 ROUTEGATE_REQUIRE_DAEMONS=1 ROUTEGATE_FAULT_SCORE=$(CURDIR)/bin/faults.txt \
		../../bin/faults.test -test.timeout 0 -test.v -test.run '^TestFaults$$'

corpus: N = 1000
corpus: ## 1,000 harmless changes (N) of seed 1 (SEED), of which the gate must refuse none; counts by kind
	$(GO) test -c -o bin/corpus.test ./lab/corpus
	@cd lab/corpus && ROUTEGATE_CORPUS=$(N) ROUTEGATE_CORPUS_SEED=$(SEED) ../../bin/corpus.test -test.timeout 1h -test.run '^TestHarmless$$'

mutations: N = 300
mutations: ## 300 mutations (N) of good configurations of seed 1 (SEED): what the gate says of them, and which it lets pass without a word
	$(GO) test -c -o bin/mutations.test ./lab/corpus
	@cd lab/corpus && ROUTEGATE_CORPUS=$(N) ROUTEGATE_CORPUS_SEED=$(SEED) ../../bin/mutations.test -test.timeout 1h -test.run '^TestMutations$$'

long: ## every test with what takes long: large fabrics against real daemons, all exhibits
	ROUTEGATE_SOAK=1 $(GO) test -timeout 2h -count 1 $(PKG)

fuzz: ## every fuzz target, FUZZTIME each
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "== $$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

clean: ## remove what was built
	rm -rf bin coverage.out
