# Fireline: two commands are all a newcomer needs, `make run` and `make test`.
# Everything lands in .venv and var/ inside this folder; nothing else on the machine is touched.

PYTHON ?= python3
BIN := .venv/bin
HOME_DIR ?= var/home
PORT ?= 8000
WORKERS ?= 2

unexport PYTHONDONTWRITEBYTECODE  # compiled modules are kept: every later start is seconds quicker

.PHONY: help run test check docs lock js coverage bench clean test-fast
.DEFAULT_GOAL := help

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

# --- installation -----------------------------------------------------------------------------------

.venv/.tools: requirements/tools.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Fireline needs Python 3.11 or newer; found " + sys.version.split()[0] + ". Use: make run PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $@

.venv/.run: .venv/.tools requirements/run.txt pyproject.toml
	@echo "installing what Fireline needs ..."
	@$(BIN)/uv --system-certs pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.txt
	@$(BIN)/uv --system-certs pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@echo "installing what the tests need ..."
	@$(BIN)/uv --system-certs pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.spark: .venv/.dev requirements/spark.txt
	@echo "installing Apache Spark for its tests ..."
	@$(BIN)/uv --system-certs pip install --quiet --python $(BIN)/python --require-hashes -r requirements/spark.txt
	@touch $@

JS_SOURCES := $(wildcard package.json package-lock.json scripts/build_js.py src/fireline/web/assets/*.js src/fireline/web/assets/*.mjs)
.venv/.js: .venv/.run $(JS_SOURCES)
	@node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && npm --version >/dev/null 2>&1 || \
		$(BIN)/uv --system-certs pip install --quiet --python $(BIN)/python --require-hashes -r requirements/node.txt
	@$(BIN)/python scripts/build_js.py
	@touch $@

js: .venv/.js  ## build the browser code (system Node, else a Node from PyPI)

# --- the main job -----------------------------------------------------------------------------------

run: .venv/.run .venv/.js  ## the exercise outbreak in the console; DATA=folder [FEEDS=file AREA=code] for your own
	@$(BIN)/fireline start --port $(PORT) --home $(HOME_DIR) $(if $(DATA),--data "$(DATA)") $(if $(FEEDS),--feeds "$(FEEDS)") $(if $(AREA),--area "$(AREA)")

# --- tests ------------------------------------------------------------------------------------------

test: .venv/.dev .venv/.js  ## the whole default suite
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=8 --junitxml=var/junit.xml $(PYTEST)

test-long: .venv/.spark .venv/.js  ## what takes many seconds each: Spark on two workers, crashes, a city beside DuckDB
	@$(BIN)/python -m pytest -m long --durations=8 --junitxml=var/junit-long.xml $(PYTEST)

test-%: .venv/.dev .venv/.js  ## one kind: make test-unit, test-kernels, test-browser ...
	@$(BIN)/python -m pytest tests/$* $(PYTEST)

coverage: .venv/.dev .venv/.js  ## branch coverage, kernels once more without the compiler; 90 % or more
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report= tests
	@NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n $(WORKERS) --cov --cov-append --cov-report= tests/kernels
	@$(BIN)/python -m coverage report --fail-under=90

check: .venv/.dev  ## ruff, mypy, import rules, docs current, lockfiles current
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/docs.py --check
	@$(BIN)/python scripts/lock.py --check

docs: .venv/.dev  ## write docs/reference from the code
	@$(BIN)/python scripts/docs.py

lock: .venv/.tools  ## resolve dependencies anew
	@$(BIN)/python scripts/lock.py

bench: .venv/.dev .venv/.js  ## the figures the README quotes
	@$(BIN)/python -m benchmarks

clean:  ## remove everything that make made
	rm -rf .venv var node_modules src/fireline/web/static/dist
