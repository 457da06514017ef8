# rt: a low-level OCI container runtime in pure Go.
#
# Needed: Linux, make and the Go of go.mod. Running containers needs root.
# "make demo" and "make test" see to what else they need.

PREFIX  ?= /usr/local
DESTDIR ?=
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
# Where the programs are built, and for which architectures packages are.
OUT     ?= .
ARCHS   ?= amd64 arm64
# The guests of "make test-foreign".
FOREIGN ?= arm arm64 ppc64le riscv64 s390x
# Every architecture that rt runs on (docs/porting.md), for "make cross".
CROSS   ?= amd64 386 arm arm64 loong64 ppc64le riscv64 s390x
# How long each fuzz target runs in "make fuzz", and where that is noted, such as in
# docs/reliability.json; "go test ./tests/reliability -update" then writes the table.
FUZZTIME ?= 10s
FIGURES  ?=
# How often each runtime runs in "make bench".
ROUNDS ?= 100
# The guest of "make test-vm" and "make vm-shell": see docs/vm.md. KERNEL is
# 6.1, 6.12, newest or 5.10; ARCH amd64, arm64, ppc64le, riscv64 or s390x; CGROUP v2, v1 or
# hybrid; LSM apparmor or selinux. PKGS and RUN choose tests as in go test.
KERNEL ?=
ARCH   ?=
LSM    ?= apparmor
CGROUP ?= v2
USERS  ?= root user
ACCEL  ?= tcg
PKGS   ?=
# Whose engines "make test-engines" tests: a release of Debian, or the machine's.
SUITE  ?=
RUN    ?=
# What "make conformance" tests, and which programs: a regular expression.
RUNTIME ?= ./rt
ONLY   ?=
VMFLAGS ?=

GO      ?= go
# go test, which says in the end what was skipped, and why.
TEST     = $(GO) run ./tests/gotest -go "$(GO)"
# One static binary without a C compiler anywhere.
export CGO_ENABLED := 0
# urfave/cli without its generator of manuals, which initialises a Markdown parser.
export GOFLAGS := $(GOFLAGS) -tags=urfave_cli_no_docs
VERSION := 0.1.0-dev
COMMIT  := $(shell git describe --always --dirty --abbrev=12 --exclude '*' 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

.PHONY: help build shim demo test conformance conformance-vm test-crashes soak race vulncheck test-attacks test-upgrade test-engines test-vm test-initramfs test-foreign vm-shell bench bench-shim cross lint fuzz install install-shim version deb dist test-dist test-newcomer clean

help: ## list the targets (also: make alone)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build ./rt, one static binary
	$(GO) build -trimpath -ldflags "$(LDFLAGS)" -buildvcs=false -o $(OUT)/rt .

# Without the gRPC code of containerd's messages, which initialises a server and a
# client that nothing here uses.
SHIMTAGS := -tags=no_grpc

shim: ## build ./containerd-shim-rt-v1, the runtime io.containerd.rt.v1 of containerd
	cd shim && $(GO) build $(SHIMTAGS) -trimpath -ldflags "$(LDFLAGS)" -buildvcs=false -o $(abspath $(OUT))/containerd-shim-rt-v1 ./cmd/containerd-shim-rt-v1

demo: build ## run a real container with ./rt and show its life cycle
	@tests/demo/demo.sh ./rt

test: build ## run all tests that this machine can run (all of them: as root)
	@tests/prepare.sh
	RT=$(CURDIR)/rt $(TEST) -- -count=1 -timeout 30m ./...
	cd shim && $(GO) test $(SHIMTAGS) -count=1 ./...

# What "make test" tries a sample of: half an hour, or a quarter on a quiet machine. A
# run of all writes its figures into docs/.
CRASHES = TestKilledAfterEveryCall|TestEveryCallFails|TestPowerLost|TestHostileState|TestCrowd|TestDeleteOfNewcomer|TestEveryStepMeets

test-crashes: build ## kill commands behind each system call, have each call and step fail, lose the power (as root; RUN=)
	TEST_WHOLE=1 RELIABILITY=$(CURDIR)/docs/reliability.json RT=$(CURDIR)/rt $(TEST) -v -title "crashes" -- -count=1 \
		-timeout 90m -p 1 -run "$(or $(RUN),$(CRASHES))" ./tests/script ./libcontainer
	$(GO) test -count=1 ./tests/reliability -update

# How many containers live in "make soak", in each of its two parts.
LIVES ?= 10000

soak: build shim ## have thousands of containers live, and see that nothing grows (as root; LIVES=)
	@tests/prepare.sh
	SOAK_LIVES=$(LIVES) RELIABILITY=$(CURDIR)/docs/reliability.json RT=$(CURDIR)/rt \
		$(GO) test -count=1 -v -timeout 24h -run TestSoak ./tests/soak
	cd shim && SOAK_LIVES=$(LIVES) RELIABILITY=$(CURDIR)/docs/reliability.json SHIM=$(CURDIR)/containerd-shim-rt-v1 \
		$(GO) test $(SHIMTAGS) -count=1 -v -timeout 24h -run TestShimSoak ./soak
	$(GO) test -count=1 ./tests/reliability -update

test-attacks: build ## show that each test of a known attack fails on a build of rt without the defence (as root; RUN=)
	TEST_WHOLE=1 RELIABILITY=$(CURDIR)/docs/reliability.json $(TEST) -v -title "attacks" -- -count=1 \
		-timeout 90m -run "TestAttacksBite$(RUN:%=/%)" ./tests/attacks
	$(GO) test -count=1 ./tests/reliability -update

# The packages of "make race". What it builds needs a C compiler, and is only for tests.
RACE ?= ./checkpoint ./internal/... ./libcontainer/... ./spec

race: ## run the tests of the library and of the shim, with a soak of it, with the race detector (as root; RACE=packages)
	@tests/prepare.sh race
	CGO_ENABLED=1 $(TEST) -title "race" -- -race -count=1 -p 1 -timeout 60m $(RACE)
	cd shim && CGO_ENABLED=1 $(GO) test $(SHIMTAGS) -race -count=1 -timeout 60m ./...

# The version of govulncheck, which "go run" fetches. Its database is on the network.
GOVULNCHECK ?= v1.9.0

vulncheck: ## look for known vulnerabilities in what rt and the shim call
	$(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) ./...
	cd shim && $(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) $(SHIMTAGS) ./...

# A release or commit whose containers "make test-upgrade" has live on.
FROM ?=

test-upgrade: build ## have containers made by the rt of another commit live on under ./rt (as root; FROM=)
	old=$$(mktemp -d) && trap 'git worktree remove --force "$$old/tree"; rm -r "$$old"' EXIT && \
		git worktree add --quiet --detach "$$old/tree" "$(or $(FROM),$$(git describe --tags --abbrev=0))" && \
		(cd "$$old/tree" && $(GO) build -trimpath -o "$$old/rt" .) && \
		OLD_RT="$$old/rt" RT=$(CURDIR)/rt $(GO) test -count=1 -v -run TestUpgrade ./tests/script

conformance: build ## run the validation suite of the OCI (as root; RUNTIME=, ONLY=)
	$(GO) run ./tests/conformance -runtime "$(RUNTIME)" -only "$(ONLY)"

conformance-vm: build ## the same in the guest of make test-vm
	@tests/prepare.sh vm
	$(GO) run ./tests/conformance -build tests/conformance/suite/built
	$(VM) $(VMFLAGS) -v test ./tests/conformance; status=$$?; rm -r tests/conformance/suite/built; exit $$status

test-engines: build shim ## run containers of Docker, containerd, Podman, Buildah and BuildKit with ./rt (as root; SUITE=trixie or sid: Debian's newer ones; RUN=)
	@tests/prepare.sh $(if $(SUITE),vm,engines)
	$(GO) run ./tests/vm engines "$(SUITE)" env TEST_ENGINES=1 RT=$(CURDIR)/rt SHIM=$(CURDIR)/containerd-shim-rt-v1 \
		$(TEST) -title "engines$(SUITE:%= of %)" -- -count=1 -timeout 60m -run "$(RUN)" ./tests/engines

# The rt of a guest is the one for its architecture.
VMRT = $(if $(ARCH),cross/$(ARCH)/rt,./rt)
VM = $(GO) run ./tests/vm -kernel "$(KERNEL)" -arch "$(ARCH)" -cgroup "$(CGROUP)" -lsm "$(LSM)" -users "$(USERS)" -accel "$(ACCEL)" -rt $(VMRT)
vmrt = $(if $(ARCH),GOARCH=$(ARCH) $(MAKE) -s OUT=cross/$(ARCH) build)

test-vm: build ## run the tests in a guest with another kernel, systemd and cgroup v2 (KERNEL=, ARCH=, CGROUP=, LSM=, USERS=, PKGS=, RUN=)
	@tests/prepare.sh vm $(ARCH)
	@$(vmrt)
	$(VM) -run "$(RUN)" $(VMFLAGS) test $(PKGS)

test-initramfs: build ## test --no-pivot in a guest that stays in its initramfs (KERNEL=)
	@tests/prepare.sh vm
	$(VM) initramfs

test-foreign: ## run containers on the kernels of other architectures, emulated (FOREIGN="arm64 s390x", RUN= for scripts)
	@$(MAKE) -s cross CROSS="$(FOREIGN)"
	@for arch in $(FOREIGN); do tests/prepare.sh foreign $$arch; tests/vm/foreign.sh $$arch "$(RUN)" || exit 1; done

vm-shell: build ## open a shell in such a guest (USERS=user: not as root)
	@tests/prepare.sh vm $(ARCH)
	@$(vmrt)
	@$(VM) $(VMFLAGS) shell

# Whom the benches compare rt with, and where the figures go: DOCS= for nowhere.
CRUN  ?= crun
RUNC  ?= runc
PEERS ?= $(CRUN) $(RUNC)
DOCS  ?= docs

bench: build ## compare rt with crun, runc and a C program (as root; PEERS=, ROUNDS=, DOCS=, FLAGS=)
	@tests/prepare.sh bench
	$(GO) run ./tests/bench -rounds $(ROUNDS) -peers "$(PEERS)" -docs "$(DOCS)" $(FLAGS)

bench-shim: shim ## compare rt's shim with containerd's, with crun and with runc (as root; CRUN=, RUNC=, ROUNDS=, DOCS=, FLAGS=)
	@tests/prepare.sh bench
	cd shim && $(GO) build $(SHIMTAGS) -trimpath -o ../bench-shim ./bench
	$(GO) run ./tests/vm containerd ./bench-shim -rounds $(ROUNDS) -crun "$(CRUN)" -runc "$(RUNC)" -docs "$(DOCS)" $(FLAGS)

cross: ## build rt and the shim for every architecture, into cross/ARCH (CROSS=)
	@for arch in $(CROSS); do \
		echo "$$arch"; \
		GOARCH=$$arch $(MAKE) -s OUT=cross/$$arch build shim || exit 1; \
	done

lint: ## gofmt, go vet (amd64, arm64, arm, s390x, what differs on others), staticcheck, the import graph
	@files=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$files" || { echo "not gofmt-clean:" $$files; exit 1; }
	GOARCH=amd64 $(GO) vet ./...
	GOARCH=arm64 $(GO) vet ./...
	for arch in $(filter-out amd64 arm64,$(CROSS)); do GOARCH=$$arch $(GO) vet ./internal/linux ./libcontainer/image ./libcontainer/program || exit 1; done
	for arch in arm s390x; do GOARCH=$$arch $(GO) vet ./... || exit 1; done
	$(GO) tool staticcheck ./...
	staticcheck=$$($(GO) tool -n staticcheck) && cd shim && $(GO) vet $(SHIMTAGS) ./... && $$staticcheck $(SHIMTAGS) ./...
	$(GO) test -count=1 ./tests/policy

fuzz: ## fuzz every fuzz target for FUZZTIME (10s; RUN=)
	$(GO) run ./tests/fuzz -time $(FUZZTIME) -run "$(RUN)" -into "$(FIGURES)"

install: build ## install rt, its man pages and completions for shells below $(DESTDIR)$(PREFIX)
	install -D -m 0755 $(OUT)/rt $(DESTDIR)$(PREFIX)/sbin/rt
	install -d $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 0644 $(filter-out docs/man/containerd-%,$(wildcard docs/man/*.8)) $(DESTDIR)$(PREFIX)/share/man/man8
	install -D -m 0644 docs/completion/rt.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/rt
	install -D -m 0644 docs/completion/rt.zsh $(DESTDIR)$(ZSHDIR)/_rt
	install -D -m 0644 docs/completion/rt.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/rt.fish

install-shim: shim ## install the shim below $(DESTDIR)$(PREFIX), where containerd finds it in its PATH
	install -D -m 0755 $(OUT)/containerd-shim-rt-v1 $(DESTDIR)$(PREFIX)/bin/containerd-shim-rt-v1
	install -D -m 0644 docs/man/containerd-shim-rt-v1.8 $(DESTDIR)$(PREFIX)/share/man/man8/containerd-shim-rt-v1.8

PACKAGE = VERSION="$(VERSION)" ARCHS="$(ARCHS)" MAKE="$(MAKE)" internal/packaging/package.sh

version: ## print the version
	@echo $(VERSION)

deb: ## build Debian packages into dist/ (ARCHS=)
	@$(PACKAGE) deb

dist: ## build a release's archives, lists of modules and checksums into dist/ (ARCHS=)
	@$(PACKAGE) tar

test-dist: ## build packages and a release twice and compare; install, use and purge the package in Debian trees (as root)
	@tests/prepare.sh dist
	tests/dist/test.sh

test-newcomer: ## make demo and make test in bare Debian 12 and 13 (as root)
	@tests/prepare.sh dist
	tests/dist/newcomer.sh

clean: ## remove what the build leaves
	rm -rf rt containerd-shim-rt-v1 bench-shim cross dist
