# `make help` lists the commands. Each builds the environments it needs, when they are missing or
# their lock file has changed, and nothing else has to be installed but Python, make and git.

PYTHON ?= python3
CORES ?= all
# Further arguments of snakemake, as in: make run ARGS="--config version=second --keep-going"
ARGS ?=
# A file of workflow/presets that is laid over config.yaml, as in: make run PRESET=extended
PRESET ?=
# Which results `make verify` checks and `make publish` publishes, and which `make compare` lays
# side by side.
VERSION ?= full
A ?= full
B ?=

BUILD := PYTHONPATH=workflow $(PYTHON) -m discern.environment
DEVELOPMENT := .venv/development/bin
# A file's tests share what they set up, so they stay in one process.
PYTEST := $(DEVELOPMENT)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile
# --cache: what another version has done already is taken from .cache instead of being done again.
# --cores comes last because the other options would swallow a target that follows them.
SNAKEMAKE = .venv/snakemake/bin/snakemake --cache --resources gpu=1 $(LAID_OVER) --cores $(CORES)
LAID_OVER = $(if $(PRESET),--configfile workflow/presets/$(PRESET).yaml)

.DEFAULT_GOAL := help
.PHONY: help run preview verify compare publish test test-fast bench soak lint format peers lock clean-envs

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\): .*##  *\(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

run: driver  ## the whole experiment of config.yaml: results/full/report/index.html
	$(SNAKEMAKE) $(ARGS)

preview: PRESET := preview
preview: driver  ## a first look in minutes, all rows and stages: results/preview/report/index.html
	$(SNAKEMAKE) $(ARGS)

verify: driver  ## hash every file of results/VERSION again and name what differs
	PYTHONPATH=workflow .venv/snakemake/bin/python -m discern verify results/$(VERSION)

compare: driver  ## what results/A and results/B differ in: settings, code, environment, measures
	$(if $(B),,$(error name two versions, as in: make compare A=full B=second))
	PYTHONPATH=workflow .venv/snakemake/bin/python -m discern compare results/$(A) results/$(B)

publish: driver  ## results/VERSION into docs/VERSION, and its numbers into README and docs
	@$(BUILD) training
	PYTHONPATH=workflow .venv/training/bin/python -m discern publish results/$(VERSION) docs/$(VERSION) README.md docs/*.md

test: driver development  ## all tests, the slow ones too
	$(PYTEST) $(ARGS)

test-fast: driver development  ## the tests that take seconds
	$(PYTEST) -m "not slow" $(ARGS)

bench: development peers  ## speed and memory beside the peers, one benchmark after the other
	for name in overhead throughput maps steps losses; do PYTHONPATH=workflow $(DEVELOPMENT)/python benchmarks/$$name.py || exit 1; done

soak: development  ## kill trainings at random moments, some ten minutes, and compare every bit
	PYTHONPATH=workflow $(DEVELOPMENT)/python benchmarks/soak.py $(ARGS)

lint: driver development  ## ruff, mypy, snakefmt, snakemake --lint
	$(DEVELOPMENT)/ruff check .
	$(DEVELOPMENT)/ruff format --check .
	$(DEVELOPMENT)/mypy
	$(DEVELOPMENT)/snakefmt --check Snakefile workflow/rules
	.venv/snakemake/bin/snakemake --lint

format: development  ## let ruff and snakefmt lay out the code
	$(DEVELOPMENT)/ruff check --fix .
	$(DEVELOPMENT)/ruff format .
	$(DEVELOPMENT)/snakefmt Snakefile workflow/rules

LOCKS := uv snakemake training training-gpu development peers
lock: development  ## solve envs/*.in anew into the hash-locked envs/*.txt and training.yaml
	for name in $(LOCKS); do PATH="$$PATH:.venv/uv/bin" uv pip compile --quiet --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url envs/$$name.in --output-file envs/$$name.txt || exit 1; done
	$(DEVELOPMENT)/python envs/conda.py

peers:  ## the environment of the peers that tests and benchmarks compare with, 5 GB
	@$(BUILD) peers

clean-envs:  ## remove the environments
	rm -rf .venv

# The rules' environment is built by Snakemake, which knows from the configuration which one.
.PHONY: driver development
driver:
	@$(BUILD) snakemake
development:
	@$(BUILD) development
