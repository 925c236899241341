# Each target is a script in tools/ that installs what it needs and is safe to repeat.

.DEFAULT_GOAL := help
.PHONY: help run test sanitize lab build deb check-oldest check-arm64 lint format bench link-order attack torture range-accuracy autobahn \
	fuzz clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## build the gateway and start it with virtual devices (ARGS="--set http.port=9000" to change a setting)
	@tools/run $(ARGS)

test: ## install what tests need and run every test
	@tools/test

sanitize: ## run the Swift tests under the address sanitizer (ARGS="--filter StoreTests" for some)
	@tools/sanitize $(ARGS)

lab: ## test in a virtual machine with kernel Bluetooth and USB serial (as root; ARGS="-k serial" for some)
	@tools/lab $(ARGS)

build: ## build the release binary, which runs without Swift: .build/release/leadville-gateway
	@tools/build

deb: ## build the Debian package, and its debug symbols, in .run/deb (ARCH=arm64 for a Pi, as root; APIDOCS=1, MONGODB=1: more)
	@ARCH=$(ARCH) tools/deb

check-oldest: ## build and test with the oldest supported Swift, that of Debian 13 (as root)
	@tools/check-oldest $(ARGS)

check-arm64: ## build for 64-bit ARM, and test the program in an emulator (as root)
	@tools/check-arm64 $(ARGS)

lint: ## check formatting, scripts and project rules
	@tools/lint

format: ## fix the formatting
	@swift format --in-place --recursive Sources Plugins Tests Fuzz Package.swift

bench: ## compare with a C program and other servers, and write docs/benchmarks.md (25 minutes)
	@tools/bench

link-order: ## find the functions that run for every event, and let the linker put them side by side (five minutes)
	@tools/link-order

attack: ## attack the gateway in network namespaces, and write docs/security-tests.md (as root; ARGS="--only udp" for some)
	@tools/attack $(ARGS)

torture: ## kill the gateway and cut its power while it writes workouts (ROUNDS=60; as root also with a disk of its own)
	@tools/torture

range-accuracy: ## simulate 28,000 strings with known ground truth, and write docs/range-accuracy.md (three minutes)
	@tools/range-accuracy

autobahn: ## run 517 WebSocket conformance cases (needs Python 2.7)
	@tools/autobahn

fuzz: ## fuzz every parser (SECONDS_EACH=60 for longer runs, TARGETS="a b" for some)
	@tools/fuzz

clean: ## remove build products, downloads and results
	rm -rf .build .venv .venv-bench .tools .run
