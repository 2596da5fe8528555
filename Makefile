# Zhiwen 质文图谱: every command of the project stands here once.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

NEO4J_HOME ?= .cache/neo4j/home
ZHIWEN_HOME ?= $(HOME)/.zhiwen
ARCH ?= $(shell uname -m)

.PHONY: help install run test lint types unit train bench bench-engines neo4j neo4j-stop encoder bundle clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新版本 · Python >= 3.11 is needed (Debian/Ubuntu: apt-get install python3 python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "缺少 Python 的 venv 模块 · the venv module is missing (Debian/Ubuntu: apt-get install python3-venv)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch .venv/installed

.venv/installed-test: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch .venv/installed .venv/installed-test

install: .venv/installed ## create .venv and install the command zhiwen into it

run: .venv/installed ## install, load the samples on first start, serve page and API
	$(BIN)/zhiwen serve --samples

test: .venv/installed-test lint types unit ## lint, types and all tests (REQUIRE="chromium" makes a missing part a failure)

lint: .venv/installed-test ## ruff and the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/installed-test ## mypy, strict
	$(BIN)/mypy

unit: .venv/installed-test ## the tests alone
	ZHIWEN_TEST_REQUIRE="$(REQUIRE)" $(BIN)/pytest

train: .venv/installed-test ## train all models from the project's texts, the word table's last stage first (fifteen minutes)
	$(BIN)/python -m queries.lessons
	$(BIN)/python -m engines.embedding.train_fitted
	$(BIN)/python -m analysis.alignment.train
	$(BIN)/python -m queries.intent_training
	$(BIN)/python -m queries.blind
	$(BIN)/python -m queries.fitting

bench: .venv/installed-test ## measure ingest, search, match, trace, start-up and memory at 1k, 10k, 100k passages
	$(BIN)/python -m bench.run

bench-engines: .venv/installed-test ## measure both engines and neo4j-graphrag side by side, on a Neo4j server of their own (as for make neo4j)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python -m bench.engines

neo4j: .venv/installed ## start a real Neo4j Community server without Docker (Maven and Java >= 21); prints how to log in
	$(BIN)/python docker/neo4j/server.py start --home "$(NEO4J_HOME)"

neo4j-stop: ## stop it
	$(BIN)/python docker/neo4j/server.py stop --home "$(NEO4J_HOME)"

encoder: .venv/installed ## fetch bge-small-zh-v1.5 (int8 ONNX, 24 MB) by Maven into ZHIWEN_HOME/models
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[onnx]'
	$(BIN)/python docker/encoder/fetch.py "$(ZHIWEN_HOME)/models/bge-small-zh-v1.5"

bundle: .venv/installed ## everything for an air-gapped machine in one archive under dist/ (ARCH=x86_64 or aarch64)
	$(BIN)/python docker/bundle/make_bundle.py --arch $(ARCH)

clean: ## remove .venv and caches (your data stays)
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
