# rttgeo: `make help` lists what there is.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
# A pairs table of your own, or a data set by its name: make paper MESH=pairs.csv
MESH ?=
DATASET ?=
# Options of `rttgeo fetch`, for a recipe of your own: FETCH="--date 2020-09-08 --anchors all"
FETCH ?=
SKIP_BAD ?=
# What was given is text for the shell's variables: neither make nor the shell runs anything in it.
override MESH := $(value MESH)
override DATASET := $(value DATASET)
override FETCH := $(value FETCH)
override SKIP_BAD := $(value SKIP_BAD)
export MESH DATASET FETCH SKIP_BAD
# Nothing is asked of other machines: a Voilà page without a CDN, a Lab that looks for no news.
JUPYTER = JUPYTER_PATH="$(CURDIR)/notebooks" JUPYTER_CONFIG_PATH="$(CURDIR)/notebooks"

.DEFAULT_GOAL := help
.PHONY: help env paper notebooks test test-fast check format lock explore explore-page fetch bench bench-quick bench-engine bench-parse docs clean distclean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: ## Set up .venv from requirements.lock (done by every other target when needed)
	@$(PYTHON) tools/bootstrap.py

paper: env ## Build paper/build/paper.html and .pdf; MESH=pairs.csv or DATASET=name: in own/ there
	@set -f; for name in $$DATASET; do set -- "$$@" --dataset "$$name"; done; \
	  $(BIN)/rttgeo paper $${MESH:+--mesh "$$MESH"} "$$@" $${SKIP_BAD:+--skip-bad}

notebooks: paper ## Execute the notebooks (kept, executed, in paper/build/notebooks)

test: env ## Run all the tests
	@$(BIN)/python -m pytest -rs -n auto --dist loadfile --no-loadscope-reorder

test-fast: env ## Run the tests that take seconds
	@$(BIN)/python -m pytest -m "not slow and not browser"

check: env ## Lint, formatting, types, and files that are derived from others
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python tools/environment_yml.py --check
	@$(BIN)/python tools/data_checksums.py --check
	@$(BIN)/python tools/check_notebooks.py

format: env ## Put the code into its usual form, and derive environment.yml
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .
	@$(BIN)/python tools/environment_yml.py
	@$(BIN)/python tools/data_checksums.py

lock: env ## Resolve pyproject.toml into requirements.lock afresh
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --all-extras --group dev pyproject.toml -o requirements.lock

explore: env ## Open the explorer in JupyterLab, beside the other notebooks
	@$(JUPYTER) $(BIN)/jupyter lab --LabApp.news_url=None --LabApp.extension_manager=readonly \
	  --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate notebooks/explorer.ipynb

explore-page: env ## Open the explorer as a page of its own, without code (Voilà)
	@$(JUPYTER) $(BIN)/voila --template=rttgeo --Voila.ip=127.0.0.1 notebooks/explorer.ipynb

fetch: env ## Download a data set from RIPE Atlas: make fetch DATASET=atlas-2017-07-11 FETCH=--plan
	@set -f; $(BIN)/rttgeo fetch $$DATASET $$FETCH

docs: env ## Build the documentation site into docs/build
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/build

bench: env ## Measure everything beside its peers and a physical limit: benchmarks/build/bench.html, ten minutes
	@$(BIN)/python -m benchmarks.page

bench-quick: env ## The same page from a fraction of the work
	@$(BIN)/python -m benchmarks.page --quick

bench-engine: env ## Measure the engine alone, in more detail, and every method
	@$(BIN)/python -m benchmarks.engine

bench-parse: env ## Measure the reading of RIPE Atlas results against sagan, json and the fastest peers
	@$(BIN)/python -m benchmarks.parse

clean: ## Remove what was built, keep the environment
	rm -rf paper/build benchmarks/build docs/build docs/generated docs/commands dist

distclean: clean ## Remove the environment too
	rm -rf .venv .bootstrap.lock
