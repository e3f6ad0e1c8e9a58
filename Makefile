# What a contributor and the CI machine run. It wants Go, git and make; lint-spec alone wants Node as well.

.DEFAULT_GOAL := help

# Modules: the project, and those that prove and measure it beside other people's code.
MODULES := . interop bench

# The race detector wants a C compiler; without one the tests run without it, and that is said.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

FUZZTIME := 20s

# Of make bench: how often every side has its turn, and where the page goes.
ROUNDS := 5
BENCH_OUT := $(CURDIR)/docs

# Pinned here, and not in the tool block of go.mod, which whoever imports us would inherit.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
REDOCLY := @redocly/cli@2.77.0
SPECTRAL := @stoplight/spectral-cli@6.16.3

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: test
test: ## Run every test, in random order
	go test -shuffle=on ./...
	cd interop && go test ./...
	cd bench && go test ./...

.PHONY: test-long
test-long: ## Run what is repeated more often than test does: processes that write links, or connect 10,000 organizations, are killed 100 times each, a stand-in asked 200,000 times
	go test -run '^TestKilled$$' ./server/links/boltlinks -kills 100
	go test -run '^TestKilled$$' -timeout 60m ./internal/cli -kills 100 -organizations 10000
	go test $(RACE) -run '^TestAnHourOfAnything' -timeout 30m ./server -requests 200000 -rapid.checks 1

.PHONY: race
race: ## Run every test with the race detector, which takes several times as long
	@$(if $(RACE),,echo "race: no C compiler, so without the race detector")
	go test $(RACE) -shuffle=on ./...

.PHONY: generate
generate: ## Write gen/, vocabulary.gen.go, openapi.client.yaml and docs/decisions.md from openapi.yaml, docs/faults.md from server/fault
	go generate ./...

.PHONY: verify
verify: generate ## Regenerate, tidy, format, vet; fail if a file then differs from what git has, staged or committed
	@set -e; for module in $(MODULES); do (set -x; cd $$module; go mod tidy; gofmt -w .; go vet ./...); done
	@changed="$$(git diff --name-only && git ls-files --others --exclude-standard)"; \
	if [ -n "$$changed" ]; then \
		echo "verify: these files are not what git has, after go generate, go mod tidy and gofmt:" >&2; \
		echo "$$changed" | sed 's/^/  /' >&2; \
		echo "verify: they are up to date now. Look at them (git diff), then git add them." >&2; \
		exit 1; \
	fi

.PHONY: lint
lint: ## Run the linters of .golangci.yml
	@set -e; for module in $(MODULES); do (set -x; cd $$module; go run $(GOLANGCI_LINT) run ./...); done

.PHONY: lint-spec
lint-spec: export REDOCLY_TELEMETRY := off
lint-spec: export REDOCLY_SUPPRESS_UPDATE_NOTICE := true
lint-spec: ## Run Redocly and Spectral on openapi.yaml and openapi.client.yaml; wants Node
	npx --yes $(REDOCLY) lint --config redocly.yaml openapi.yaml openapi.client.yaml
	npx --yes $(SPECTRAL) lint --ruleset .spectral.yaml --fail-severity hint openapi.yaml openapi.client.yaml

.PHONY: compat
compat: ## Compare the contract and the Go API with the last release; what breaks must be named in CHANGELOG.md
	./compat/run

.PHONY: baseline
baseline: ## At a release: keep the contract and the Go API of today in compat/, for make compat
	./compat/run baseline

.PHONY: interop-generators
interop-generators: ## Generate clients with other people's tools and have each call a stand-in; wants Node, Python, Java and Maven
	./interop/generators/run

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (20s)
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort | while IFS=: read -r file target; do \
		(set -x; go test -run '^$$' -fuzz "^$${target#func }\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")") </dev/null || exit 1; \
	done

.PHONY: bench
bench: ## Measure the project beside what one would otherwise pick, and write docs/benchmarks.md; ROUNDS=1 for one short round
	cd bench && go run . -rounds $(ROUNDS) -out "$(BENCH_OUT)"

.PHONY: bench-page
bench-page: ## Write docs/benchmarks.md anew from its figures and bench/prose.md, and measure nothing
	cd bench && go run . -page -out "$(BENCH_OUT)"

.PHONY: bench-once
bench-once: ## Run each benchmark once, and make bench as short as can be, so that they keep working
	@set -e; for module in $(MODULES); do (set -x; cd $$module; go test -run '^$$' -bench . -benchtime 1x ./...); done
	@folder="$$(mktemp -d)"; trap 'rm -rf "$$folder"' EXIT; set -x; cd bench && go run . -try -rounds 1 -out "$$folder"

.PHONY: install
install: ## Install the command, and tell which version went where
	@go install ./cmd/migrationlink
	@path="$$(go list -f '{{.Target}}' ./cmd/migrationlink)"; \
	echo "$$("$$path" --version) → $$path"

# What is released: static, without paths of the machine that built it and without the state of its version control, so
# that the same source and Go give the same bytes everywhere, from a clone and from an archive.
DIST := dist
TARGETS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
BUILD := go build -buildvcs=false -trimpath -ldflags='-s -w'

.PHONY: dist
dist: ## Build the command for each of TARGETS into dist/, with SHA256SUMS
	@rm -rf $(DIST) && mkdir -p $(DIST)
	@set -e; version="$$(go run ./cmd/migrationlink --version | cut -d' ' -f2)"; for target in $(TARGETS); do \
		os="$${target%/*}" arch="$${target#*/}"; ending="$$([ "$$os" = windows ] && echo .exe || true)"; \
		(set -x; CGO_ENABLED=0 GOOS="$$os" GOARCH="$$arch" GOAMD64=v1 GOARM64=v8.0 GOWORK=off \
			$(BUILD) -o "$(DIST)/migrationlink_$${version}_$${os}_$${arch}$$ending" ./cmd/migrationlink); \
	done
	@cd $(DIST) && { command -v sha256sum >/dev/null && sha256sum migrationlink_* || shasum -a 256 migrationlink_*; } >SHA256SUMS && cat SHA256SUMS

# GOFLAGS is set to Go's default here, in case the machine has -buildvcs=false.
.PHONY: dist-same
dist-same: export GOFLAGS := -buildvcs=auto
dist-same: ## Build one of TARGETS from a clone and from an archive of what is committed; fail if the bytes differ
	@set -e; folder="$$(mktemp -d)"; trap 'rm -rf "$$folder"' EXIT; mkdir "$$folder/archive"; \
	git clone -q . "$$folder/clone"; git archive HEAD | tar -x -C "$$folder/archive"; \
	for from in clone archive; do $(MAKE) -C "$$folder/$$from" dist TARGETS=$(firstword $(TARGETS)) >"$$folder/log" 2>&1 || { cat "$$folder/log" >&2; exit 1; }; done; \
	diff "$$folder/clone/dist/SHA256SUMS" "$$folder/archive/dist/SHA256SUMS" || { \
		echo "dist-same: make dist builds other bytes from an archive (>) than from a clone (<); compare them with go version -m" >&2; exit 1; }; \
	echo "dist-same: a clone and an archive give the same bytes: $$(cat "$$folder/clone/dist/SHA256SUMS")"
