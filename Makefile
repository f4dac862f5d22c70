# Needs make, Python 3.11 or newer with venv, gcc and binutils; the network for pip only.
# `make PYTHON=python3.12 test` works on another interpreter, in an environment of its own.

PYTHON ?= python3
CC := gcc
VENVS ?= .
PYTESTFLAGS ?= -n auto

VERSION = $(eval VERSION := $$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'))$(VERSION)
# angr, and so what everything else resolves to, is another one from Python 3.12 on.
LOCK = requirements/$(if $(filter 3.11,$(VERSION)),py311,py312).txt
VENV = $(VENVS)/.venv-$(VERSION)
BIN = $(VENV)/bin

.PHONY: help venv demo test damage lint format specs install-test bench real lock clean
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "%-14s%s\n", $$1, $$2 }'

ifneq ($(filter-out help lock clean,$(or $(MAKECMDGOALS),help)),)

$(if $(VERSION),,$(error $(PYTHON) does not run; set PYTHON=...))

venv: $(VENV)/.project ## make .venv-<version>: locked dependencies, and the project itself
	@echo "use it with: . $(BIN)/activate"

# From scratch whenever the lock file changes, so that nothing stays that is no longer in it.
$(VENV)/.dependencies: $(LOCK)
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is $(VERSION)" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	touch $@

# Editable, so that tests and tools see an edit at once; that the built wheel is complete and works is what
# install-test checks. Without isolation, so that the build backend is the locked one.
$(VENV)/.project: $(VENV)/.dependencies pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(VENV)/.project compiler ## prove the bundled wrappers, refute the wrong one
	$(BIN)/tdxprove demo

test: $(VENV)/.project compiler ## run all tests
	$(BIN)/python -m pytest $(PYTESTFLAGS)

damage: $(VENV)/.project compiler ## damage 2,000 files of every format (hours)
	TDXPROVE_EXAMPLES=2000 $(BIN)/python -m pytest $(PYTESTFLAGS) tests/test_damage.py

lint: $(VENV)/.project ## check style and types
	status=0; for check in "ruff check --quiet ." "ruff format --quiet --check ." mypy; do \
	    echo "$$check"; $(BIN)/$$check || status=1; \
	done; exit $$status

format: $(VENV)/.project ## bring the code into the style that lint wants, as far as that is automatic
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

specs: $(VENV)/.project ## check the bundled specifications after an edit, and note that they have passed
	$(BIN)/python scripts/check_specs.py

install-test: $(VENV)/.project compiler ## build the wheel, install it elsewhere as a user would, and prove with it
	CC=$(CC) sh .ci/install-test $(BIN)/python

bench: $(VENV)/.project compiler ## measure
	$(BIN)/python benchmarks/bench.py

real: $(VENV)/.project ## fetch real kernels and firmware, and prove what they call TDX with (network)
	$(BIN)/python scripts/real.py

.PHONY: compiler
compiler:
	@command -v $(CC) >/dev/null && command -v as >/dev/null && command -v ld >/dev/null || \
	{ echo "gcc and binutils are needed (Debian and Ubuntu: apt-get install gcc binutils libc6-dev)" >&2; exit 1; }

endif

lock: ## resolve the dependencies anew and write requirements/*.txt (needs Python 3.11 and 3.12)
	.ci/lock 3.11 requirements/py311.txt
	.ci/lock 3.12 requirements/py312.txt

clean: ## remove environments, caches and build products
	rm -rf .venv-* build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
