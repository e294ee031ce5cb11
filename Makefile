# Every target sets up what it needs: a machine with Python 3.10 or later and make is enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up

# Where packages come from is the reader's to say (PIP_INDEX_URL and the like); where they go is not.
ELSEWHERE := PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_REQUIRE_VIRTUALENV PIP_NO_DEPS \
	PIP_NO_BUILD_ISOLATION PIP_DRY_RUN PIP_PYTHON UV_PROJECT_ENVIRONMENT PYTHONHOME PYTHONPATH
CLEAN_ENV := env $(addprefix -u ,$(ELSEWHERE))

.PHONY: help setup demo test check bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    a function under the real Lambda runtime, its traces on the screen"
	@echo "make test    the checks and all tests"
	@echo "make check   style, types and layers only"
	@echo "make bench   what tracing costs, measured"
	@echo "make clean   remove what the others made"

setup: $(STAMP)

$(STAMP): pyproject.toml
	@echo "setting up $(VENV) (a minute, once)"
	@if command -v uv >/dev/null 2>&1; then \
		{ test -x $(BIN)/python || $(CLEAN_ENV) uv venv --quiet --python "$(PYTHON)" $(VENV); } && \
		$(CLEAN_ENV) uv pip install --quiet --compile-bytecode --python $(BIN)/python -e '.[dev]'; \
	else \
		{ test -x $(BIN)/pip || $(CLEAN_ENV) "$(PYTHON)" -m venv $(VENV); } && \
		$(CLEAN_ENV) $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'; \
	fi
	@touch $@

demo: setup
	@$(CLEAN_ENV) $(BIN)/python examples/orders/demo.py

test: check
	$(CLEAN_ENV) $(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: setup
	@$(CLEAN_ENV) $(BIN)/python tests/bench/bench.py

clean:
	rm -rf $(VENV) .sltrace examples/orders/.sltrace dist .mypy_cache .pytest_cache .ruff_cache \
		.hypothesis .import_linter_cache .cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
