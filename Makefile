# Every chore is one command here, and CI runs the same ones. All paths are relative: the checkout may lie anywhere.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup crawl mongo test fleet fleet-stop test-faults test-fleet test-marathon unit lint format types contracts fresh bench schemas docs clean

BIN := .venv/bin
SPIDER ?=
LIVE ?=
FLEET_MINUTES ?= 10
NAME ?=
override ARGS := $(value ARGS)
export SPIDER ARGS LIVE PYTHON FLEET_MINUTES

# ARGS is split as a shell splits words, but nothing in it is expanded: addresses may hold & and ?.
define CRAWL
import os, shlex
live = ["--live"] if os.environ["LIVE"] == "1" else []
spider = [os.environ["SPIDER"]] if os.environ["SPIDER"] else []
os.execv("$(BIN)/scrapy", ["scrapy", "tour", *spider, *live, *shlex.split(os.environ["ARGS"])])
endef
export CRAWL

help:  ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup:  ## Make .venv and install everything (done once; again when a requirements file changes)
	@.ci/setup dev

crawl:  ## Crawl the sandbox; SPIDER=user ARGS="-a tokens=..." runs one spider, LIVE=1 goes to the site itself
	@.ci/setup crawl
	@$(BIN)/python -c "$$CRAWL"

mongo: setup  ## Run a throw-away MongoDB replica set on this machine until Ctrl-C; prints its URI
	@$(BIN)/scrapy mongo

fleet: setup  ## Run a fleet on this machine in the sandbox: workers, schedulers, Redis, a replica set (docs/operating.md)
	@$(BIN)/scrapy fleet start

fleet-stop:  ## End what make fleet started, and nothing else
	@$(BIN)/scrapy fleet stop

test: lint types contracts fresh  ## Everything that CI runs
	@$(BIN)/python -m pytest -n auto --dist loadgroup --cov --cov-report=term

test-faults: setup  ## Tests that take minutes: what is killed, cut off and refused, in every combination
	@$(BIN)/python -m pytest -m faults -o timeout=1800

test-fleet: setup  ## A fleet whose parts are killed in turn for FLEET_MINUTES (10); nothing may be lost or come twice
	@$(BIN)/python -m tests.fleet.shaken

test-marathon: setup  ## Four workers crawl 200,000 pages of the sandbox, two of them killed every 30 s (20 minutes or more)
	@$(BIN)/python -m tests.frontier.marathon $(value ARGS)

unit: setup  ## Tests without real crawls
	@$(BIN)/python -m pytest -m "not crawl and not faults"

lint: setup  ## Style and faults that can be seen without running
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .

format: setup  ## Put the source into shape
	@$(BIN)/python -m ruff format .
	@$(BIN)/python -m ruff check --fix .

types: setup  ## Check the types
	@$(BIN)/python -m mypy

contracts: setup  ## Check who imports whom
	@$(BIN)/lint-imports --no-logo

fresh: setup  ## Check that schemas/ and docs/data-dictionary.md say what the items are
	@$(BIN)/scrapy schemas --check
	@$(BIN)/scrapy dictionary --check

bench: setup  ## Run the benchmarks, or one: NAME=parse; fails where a goal is missed
	@missed=0; for script in benchmarks/$(or $(NAME),[a-z]*).py; do \
	  echo "== $$script"; $(BIN)/python "$$script" || missed=1; \
	done; exit $$missed

schemas: setup  ## Write schemas/*.json anew
	@$(BIN)/scrapy schemas

docs: setup  ## Write docs/data-dictionary.md anew
	@$(BIN)/scrapy dictionary

clean:  ## Remove caches; .venv, exports/ and paused crawls (.scrapy/) stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov .coverage .coverage.*
	@find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
