# `make help` lists the commands. Each builds the environments it needs if they are missing or their
# lock file has changed. Only Python, make and git have to be installed.

PYTHON ?= python3
CORES ?= all
# Further arguments of the command, as in: make run ARGS="--config version=second --keep-going"
ARGS ?=
# Files of config/presets that override keys of config.yaml, one after the other, as in: make run
# PRESET=extended or PRESET="scarce controls"
PRESET ?=
# The version that `make verify` and `make publish` use, and those that `make compare` compares.
VERSION ?= full
A ?= full
B ?=

# Run in workflow/, where any Python finds the package without installation.
BUILD := cd workflow && $(PYTHON) -m discern.setup.environments
DEVELOPMENT := .venv/development/bin
# A file's tests share what they set up, so they stay in one process; the slowest files come first.
PYTEST := $(DEVELOPMENT)/python -m pytest --numprocesses auto --maxprocesses 4 \
  --dist loadfile --no-loadscope-reorder
# --cache: results that another version has already made are taken from .cache.
# --cores comes last: after the other options, a target would be read as their value.
# -P: no module is looked for in the working directory.
SNAKEMAKE = .venv/snakemake/bin/python -P -m discern.setup.start --cache --resources gpu=1 $(LAID_OVER) --cores $(CORES)
LAID_OVER = $(if $(PRESET),--configfile $(PRESET:%=config/presets/%.yaml))

.DEFAULT_GOAL := help
.PHONY: help run preview config verify compare publish test test-fast mutants bench soak check-gpu lint format rule-graph screenshot peers lock clean-envs

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\): .*##  *\(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

run: driver  ## run the experiment of config.yaml: results/full/report/index.html
	$(SNAKEMAKE) $(ARGS)

preview: PRESET := preview
preview: driver  ## run all rows and stages in minutes, on fewer images: results/preview/report/index.html
	$(SNAKEMAKE) $(ARGS)

config: driver  ## print the configuration that `make run` would use, with PRESET and ARGS
	@DISCERN_PRINT_CONFIG=1 $(SNAKEMAKE) $(ARGS)

verify: driver  ## check the hash of every file of results/VERSION
	.venv/snakemake/bin/discern verify results/$(VERSION)

compare: driver  ## list how results/A and results/B differ: settings, code, environment, measures
	$(if $(B),,$(error name two versions, as in: make compare A=full B=second))
	.venv/snakemake/bin/discern compare results/$(A) results/$(B)

publish: driver training  ## copy results/VERSION into docs/VERSION and its numbers into README and docs
	.venv/training/bin/discern publish $(ARGS) results/$(VERSION) docs/$(VERSION) README.md docs/*.md

test: driver development  ## run all tests, including the slow ones
	$(PYTEST) $(ARGS)

test-fast: driver development  ## run the tests that take seconds
	$(PYTEST) -m "not slow" $(ARGS)

mutants: driver development  ## break the code in known ways and list what no test detects
	$(DEVELOPMENT)/python tests/mutants.py $(ARGS)

bench: development peers  ## measure speed and memory beside the peers, one benchmark after the other
	for name in overhead throughput maps measures page steps losses; do $(DEVELOPMENT)/python benchmarks/$$name.py || exit 1; done

soak: development  ## kill trainings at random moments and compare every bit, about ten minutes
	$(DEVELOPMENT)/python benchmarks/soak.py $(ARGS)

# The first line refuses a machine without a usable GPU before 5 GB are downloaded. The last one takes
# the lock of a GPU, as a training does.
check-gpu:  ## check trainings on this machine's GPU: bits, speed, stop and continue; under eight minutes
	@$(PYTHON) benchmarks/check_gpu.py --card
	@$(BUILD) --accelerator gpu training
	$(PYTHON) workflow/discern/setup/one_gpu.py -c 'exec "$$@"' check \
	  .venv/training/bin/python benchmarks/check_gpu.py $(ARGS)

SNAKEFILES := Snakefile workflow/Snakefile workflow/rules
lint: driver development  ## run ruff, mypy, oxlint, snakefmt and snakemake --lint
	$(DEVELOPMENT)/ruff check .
	$(DEVELOPMENT)/ruff format --check .
	$(DEVELOPMENT)/mypy
	$(DEVELOPMENT)/oxlint --deny-warnings --deny correctness --deny suspicious --allow no-array-sort workflow/discern/page/templates
	$(DEVELOPMENT)/snakefmt --check $(SNAKEFILES)
	.venv/snakemake/bin/snakemake --lint

format: development  ## format the code with ruff and snakefmt
	$(DEVELOPMENT)/ruff check --fix .
	$(DEVELOPMENT)/ruff format .
	$(DEVELOPMENT)/snakefmt $(SNAKEFILES)

rule-graph: driver  ## draw docs/rule-graph.mermaid again
	.venv/snakemake/bin/snakemake results/full/report/index.html --rulegraph mermaid-js --cores 1 \
	  --config version=full > docs/rule-graph.mermaid

screenshot: development  ## take docs/figures/page.png, the first screen of docs/scarce's page
	$(DEVELOPMENT)/python tests/screenshot.py docs/scarce/report/index.html docs/figures/page.png

LOCKS := uv snakemake training training-gpu development peers
lock: development  ## resolve envs/*.in into the hash-locked envs/*.txt and training.yaml
	for name in $(LOCKS); do PATH="$$PATH:.venv/uv/bin" uv pip compile --quiet --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url envs/$$name.in --output-file envs/$$name.txt || exit 1; done
	$(DEVELOPMENT)/python envs/conda.py

peers:  ## build the environment of the peers for tests and benchmarks, 5 GB
	@$(BUILD) peers

clean-envs:  ## remove the environments
	rm -rf .venv

# Snakemake builds the rules' environment, which depends on the configuration.
.PHONY: driver training development
driver:
	@$(BUILD) snakemake
training:
	@$(BUILD) training
development:
	@$(BUILD) development
