# Two commands do all on a fresh machine with Python >= 3.11, make and git: `make demo` and `make test`.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# The first of these that is new enough; `make PYTHON=/path/to/python3.12 …` overrides it.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
BIN := .venv/bin
READY := .venv/.ready
IMAGE ?= amili-purge

PIP_INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-build-isolation \
	--no-emit-find-links --no-emit-index-url --no-emit-options --no-emit-trusted-host
UPGRADE ?=

.PHONY: help venv demo test crowd check mutants simulate planted bench requirements image image-check clean

help: ## Shows what there is.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

venv: $(READY) ## Makes the environment in .venv; every other target does so by itself.

$(READY): requirements/dev.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed$(if $(PYTHON),; $(PYTHON) is not). Name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Making the environment in .venv (once; half a minute)"
	@$(BIN)/python -c '' 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	@$(PIP_INSTALL) --no-deps --require-hashes -r requirements/dev.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Sandbox, sample file, plan, apply, report: the whole thing on this machine alone.
	@$(BIN)/amili-purge demo

test: $(READY) ## The whole suite. `make test ARGS="tests/core -x"` runs a part, `ARGS=--cov` measures coverage.
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not alone" $(ARGS)

crowd: $(READY) ## Eight workers, 5,000 customers; workers, database and broker fall again and again. Ten minutes.
	@$(BIN)/python -m pytest -m alone -s tests/crowd

check: $(READY) ## Lint, format, types, import contracts, documents, every branch of the core covered.
	@$(BIN)/ruff check --quiet --output-format concise
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary worker config tests
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.house.figures
	@$(BIN)/codespell --check-filenames README.md CHANGELOG.md SECURITY.md docs worker config
	@$(BIN)/python -m pytest --quiet tests/house/test_documents.py
	@$(BIN)/python -m pytest --quiet tests/core --hypothesis-profile=mutants --cov --cov-report=
	@$(BIN)/coverage report --include='worker/core/*' --fail-under=100

SEEDS ?= 100000

simulate: $(READY) ## Simulated campaigns, each seed another, on two processes: `make simulate SEEDS=100000`.
	@$(BIN)/python -m tests.simulation --processes 2 --seeds $(SEEDS)

ROUNDS ?= 5

bench: $(READY) ## Takes turns with what people use instead, against one nginx, and writes docs/performance.md.
	@$(BIN)/python -m benchmarks.against --rounds $(ROUNDS) --write

planted: $(READY) ## Plants each known kind of bug in a copy, and shows which check finds it.
	@$(BIN)/python -m tests.planted

mutants: $(READY) ## Breaks the core in 4 000 ways, one by one, and counts what its tests notice. Ten minutes.
	@$(PIP_INSTALL) --no-deps --require-hashes -r requirements/mutation.txt
	@rm -rf mutants
	@$(BIN)/mutmut run --max-children 1 > /dev/null
	@$(BIN)/mutmut results --all true | $(BIN)/python -m tests.house.mutants

requirements: $(READY) ## Pins all packages anew, with hashes. `make requirements UPGRADE=--upgrade` takes the newest.
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Pin with Python 3.11, the oldest: a newer one would leave out what only 3.11 needs." >&2; exit 1; }
	@$(PIP_COMPILE) $(UPGRADE) --output-file requirements/build.txt requirements/build.in
	@$(PIP_COMPILE) $(UPGRADE) --output-file requirements/runtime.txt --extra amqp --extra postgres --extra speed pyproject.toml
	@$(PIP_COMPILE) $(UPGRADE) --output-file requirements/dev.txt --extra amqp --extra postgres --extra speed \
		pyproject.toml requirements/build.in requirements/dev.in --constraint requirements/runtime.txt
	@$(PIP_COMPILE) $(UPGRADE) --output-file requirements/mutation.txt \
		requirements/mutation.in --constraint requirements/dev.txt

VERSION = $(shell sed -n 's/^version = "\([^"]*\)".*/\1/p' pyproject.toml)

image: ## Builds the container image with Docker.
	docker build --build-arg VERSION=$(VERSION) --build-arg REVISION=$(shell git rev-parse HEAD) --tag $(IMAGE):$(VERSION) .

image-check: $(READY) ## Builds the image without Docker on a base made on the spot, and works a campaign in it. As root.
	@$(BIN)/python -m tests.image

clean: ## Removes the environment and everything that tools left behind; campaigns stay.
	@rm -rf .venv build dist htmlcov mutants .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
