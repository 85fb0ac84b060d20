# Everything a newcomer needs. `make help` lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

.PHONY: help setup setup-dev run test check bench lock audit clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

setup: $(VENV)/.runtime     ## what runs it: virtual environment, hashed requirements, the command `reviews`

run: setup       ## web, worker and the demo: service on PORT (8000), the example clinics' website on PORT+1
	@$(BIN)/reviews demo --data-dir var --port $(PORT)

test: setup-dev  ## all tests, on SQLite and PostgreSQL, browser tests included
	@./tests/install_system_packages.sh
	@$(MAKE) -s tests/npm/node_modules/.done
	@$(BIN)/python -m tests

check: setup-dev ## ruff, mypy --strict, architecture and fast tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest -q tests/test_architecture.py tests/test_docs.py tests/unit -n 2

bench: setup-dev ## every benchmark, one JSON line a figure
	@./tests/install_system_packages.sh
	@$(MAKE) -s tests/npm/node_modules/.done
	@$(BIN)/python -m benchmarks

lock:            ## write requirements*.txt again from pyproject.toml (needs `setup-dev`)
	$(BIN)/uv pip compile -q pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra build --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements-dev.txt

audit: setup-dev ## is any locked library known to be bad? Red also where nobody could tell
	@$(BIN)/python -m tests.audit

clean:           ## remove the environment (data in var/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

setup-dev: $(VENV)/.dev

$(VENV)/.runtime: requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what runs it (hashed) …"
	@$(BIN)/pip install -q --require-hashes -r requirements.txt
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

tests/npm/node_modules/.done: tests/npm/package-lock.json
	@echo "Installing what checks whole pages (locked) …"
	@cd tests/npm && npm ci --silent
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing what tests it (hashed) …"
	@$(BIN)/pip install -q --require-hashes -r requirements-dev.txt
	@touch $@
