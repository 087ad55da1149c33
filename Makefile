# What a developer does here. `make` alone lists it.

VENV := .venv/bin
TESTS := $(VENV)/python -m pytest

# Tests start hundreds of Pythons: none of them is to compile anew what the one before it did.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup check test explore pbx browser bench run messages pictures

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the tests need: packages, .venv, browser files, Asterisk
	@echo "[1/4] Debian packages" && installer/packages test
	@echo "[2/4] Python environment (.venv)" && installer/python-env test
	@echo "[3/4] What the console's pages load" && installer/assets
	@echo "[4/4] Asterisk 22 in its private root" && installer/asterisk-root --allow-expired-release

check: ## format, lint, types, shell scripts, unit tests; under 30 s
	@installer/python-env test
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy appliance
	@if command -v shellcheck >/dev/null; then \
		echo "shellcheck installer .ci/run" && shellcheck -x $$(grep -l -E '^#(!.*bash| shellcheck shell)' installer/* .ci/run 2>/dev/null); \
	else echo "shellcheck is not installed (installer/packages test)"; fi
	$(TESTS) tests/unit -q -n 2

test: setup ## install what is missing, then run every test; four files at a time, for calls mostly wait
	$(TESTS) -n 4 --dist loadfile --no-loadscope-reorder

explore: setup ## try examples in the property tests that nobody has tried yet
	HYPOTHESIS_PROFILE=explore $(TESTS) -m hypothesis

pbx: setup ## only the tests with a real Asterisk and real phones
	$(TESTS) tests/pbx

browser: setup ## only the journeys in a real browser
	$(TESTS) tests/browser

bench: setup ## print the figures of LIMITS: calls, rendering, journals, live events, memory
	@for figure in $$(ls tests/bench/bench_*.py); do \
		name=$$(basename $$figure .py); \
		echo "== $$name" && $(VENV)/python -m tests.bench.$$name || exit 1; \
	done

pictures: ## take the pictures of the documentation anew
	DOCS_PICTURES=docs/images $(TESTS) tests/browser -k pictures

messages: ## bring the translations up to date with the texts in the code
	$(VENV)/python installer/messages

run: ## start the appliance on ./var (APPLIANCE_DATA_DIR changes that)
	@installer/python-env demo
	APPLIANCE_DATA_DIR="$${APPLIANCE_DATA_DIR:-$(CURDIR)/var}" $(VENV)/python -m appliance run
