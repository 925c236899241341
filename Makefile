# The habits of the house. Each is a script in tools/ that installs what it needs, says what it does, and is safe to repeat.

.DEFAULT_GOAL := help
.PHONY: help run test lab build lint format bench range-accuracy autobahn fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## build the gateway and start it with virtual devices (ARGS="--set http.port=9000" to change a setting)
	@tools/run $(ARGS)

test: ## install what tests need and run every test
	@tools/test

lab: ## the gateway in a virtual machine with real kernel Bluetooth and USB serial (as root; ARGS="-k serial" for some)
	@tools/lab $(ARGS)

build: ## the release binary, which needs no Swift to run: .build/release/leadville-gateway
	@tools/build

lint: ## formatting, scripts and house rules
	@tools/lint

format: ## put the formatting right
	@swift format --in-place --recursive Sources Tests Fuzz Package.swift

bench: ## measure against a C program and other brokers, and write docs/benchmarks.md (twelve minutes)
	@tools/bench

range-accuracy: ## shoot 28,000 strings of which the truth is known, and write docs/range-accuracy.md (three minutes)
	@tools/range-accuracy

autobahn: ## 517 WebSocket conformance cases (needs a Python 2.7)
	@tools/autobahn

fuzz: ## hostile input for every parser (SECONDS_EACH=60 to take longer)
	@tools/fuzz

clean: ## remove what was built, downloaded and measured
	rm -rf .build .venv .tools .run
