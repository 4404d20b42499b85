# Two commands matter: `make demo` and `make test`. Both set up what they need.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
say = @printf '\033[1m%s\033[0m\n' "$(1)"

SYSTEM := chromium postgresql mariadb-server

.PHONY: help demo test security-table mutate lint format setup system lock bench clean

help: ## List the targets
	@echo "Lookgate: a backend for Looker extensions that knows who is calling."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  Options go in ARGS: make demo ARGS='--check', make test ARGS='-k policy'"

demo: .venv/.demo examples/flights/lookml/bundle/.built ## Set up everything, start a local Looker with a real extension, print one URL
	@$(BIN)/lookgate demo $(ARGS)

test: .venv/.dev node_modules/.installed node_modules/.google-provider examples/flights/lookml/bundle/.built ## Set up everything and run every test
	$(call say,Running the tests)
	@LOOKGATE_TEST_SKIP="$$(./scripts/install-system-packages $(SYSTEM))" $(BIN)/python -m pytest $(ARGS)
	@echo
	@echo "All promises hold. Next: make demo, or read tests/requirements.py for what was promised."

security-table: .venv/.dev ## Run the tests that count attacks, and write docs/security/counts.md
	@LOOKGATE_TEST_SKIP="$$(./scripts/install-system-packages $(SYSTEM))" $(BIN)/python -m pytest --security-table=docs/security/counts.md $(ARGS)

mutate: .venv/.dev ## Change the code that decides about identity, everywhere: a test must notice (about an hour)
	@./scripts/mutate $(ARGS)

lint: .venv/.dev node_modules/.installed ## Check style, types and the direction of imports
	$(call say,ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	$(call say,mypy)
	@$(BIN)/mypy
	$(call say,import-linter)
	@$(BIN)/lint-imports
	$(call say,tsc)
	@npm run --silent --workspaces --if-present typecheck

format: .venv/.dev ## Format the Python code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

setup: .venv/.dev node_modules/.installed examples/flights/lookml/bundle/.built system ## Install everything that demo, test and lint need
	@echo "Ready. Next: make demo, or make test."

system: ## Install Debian's Chromium, Postgres and MariaDB for the tests, where that is possible
	@./scripts/install-system-packages $(SYSTEM) >/dev/null

bench: .venv/.dev ## Measure cold start, memory and overhead against peers
	@$(BIN)/python bench/run.py $(ARGS)

lock: .venv/.dev ## Renew the hashed locks after a change of dependencies
	@./scripts/lock

clean: ## Remove everything that was installed or built here
	rm -rf .venv node_modules examples/flights/lookml/bundle .lookgate dist

.venv/.demo: requirements.lock pyproject.toml
	$(call say,Python packages (once; about a minute))
	@./scripts/make-venv "$(PYTHON)" requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml
	$(call say,Python packages for tests (once; about a minute))
	@./scripts/make-venv "$(PYTHON)" requirements-dev.lock
	@touch .venv/.demo $@

node_modules/.installed: package-lock.json
	$(call say,Node packages (once; about half a minute))
	@./scripts/need-node
	@npm ci --loglevel=error
	@touch $@

node_modules/.google-provider: | node_modules/.installed
	@./scripts/google-provider-types

EXTENSION := $(shell find examples/flights/extension clients/extension -path '*/node_modules' -prune -o -type f -not -path '*/dist/*' -print 2>/dev/null)
examples/flights/lookml/bundle/.built: node_modules/.installed $(EXTENSION)
	$(call say,Building the demo extension)
	@npm run --silent build --workspace examples/flights/extension
	@touch $@
