# Two commands: `make serve` runs the program, `make test` runs every check.
# Each sets up what it needs on a fresh Debian machine with python3; a second call is quick.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
INPUTS := pyproject.toml constraints.txt

.PHONY: serve test lint types unit clean

serve: $(VENV)/.installed
	$(BIN)/policymatch serve

test: lint types unit

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

unit: $(VENV)/.installed-dev $(VENV)/.browser
	$(BIN)/pytest -n 2 --dist loadfile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "需要 Python 3.11 或更新版本；可用 make PYTHON=/path/to/python3 / Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq python3-venv; } || \
	  { echo "请先安装 python3-venv / install python3-venv first: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(INPUTS) | $(BIN)/python
	$(PIP) -e ".[search,office]"
	@touch $@

$(VENV)/.installed-dev: $(INPUTS) | $(BIN)/python
	$(PIP) -e ".[dev,fast,bulk,dask,bench,office,search,train,ocr,st]"
	@touch $@ $(VENV)/.installed

# Browser tests drive the system's Chromium and need a Chinese font; without root they are skipped.
$(VENV)/.browser: | $(BIN)/python
	@if command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi cjk; then touch $@; \
	elif test "$$(id -u)" = 0; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >/dev/null && touch $@; \
	else echo "没有 Chromium，浏览器测试将跳过 / no Chromium: browser tests will be skipped; sudo apt-get install chromium fonts-noto-cjk"; fi

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
