# Two commands matter: `make demo` and `make test`. Both set up what they need by themselves.
# Paths stay relative throughout, so that the checkout may lie anywhere.

PYTHON ?= python3
PY := .venv/bin/python
RUN := $(PY) -m ui.cli
STAMP := .venv/.installed
SAMPLE := tasks/media/assets/sample

# make demo FOOTAGE="a.mp4 b.mov" SCRIPT=script.txt uses one's own files.
ifdef FOOTAGE
SCRIPT_OPTION := $(if $(SCRIPT),--script-file "$(SCRIPT)")
PROJECT_OPTION :=
else
FOOTAGE := $(SAMPLE)/box.mp4 $(SAMPLE)/cup.mp4 $(SAMPLE)/meadow.webm
SCRIPT_OPTION := --script-file "$(if $(SCRIPT),$(SCRIPT),$(SAMPLE)/script.txt)"
PROJECT_OPTION := --project "Mountain biscuits"
endif

.PHONY: up demo test unit browser lint format bench screenshots setup lock clean help

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## Make .venv with the locked packages

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed; install it, or say make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $$($(PYTHON) --version); say make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Setting up .venv (once, a minute or two)..." >&2
	@$(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements.lock
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

# make up UP="--panel-port 9000" hands options on.
up: setup ## Bring up the control panel, a worker and Prefect's server, until Ctrl-C
	@$(RUN) up $(UP)

demo: setup ## Make three reels from the sample footage, or from FOOTAGE="..." [SCRIPT=file]
	@$(RUN) make $(FOOTAGE) $(PROJECT_OPTION) $(SCRIPT_OPTION) --out reels

test: setup lint browser unit ## Lint and run all tests

unit: setup ## Run the tests
	@$(PY) -m pytest -m "not bench" --numprocesses 2 --dist loadgroup

browser: setup ## Install Chromium for the browser tests, where it is missing and that is allowed
	@$(PY) -m tests.ui.chromium

lint: setup ## Check style, types and import directions
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -c 'import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))'

format: setup ## Tidy the code
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: setup ## Measure the numbers named in the docs
	@$(PY) -m pytest -m bench tests/bench -s

screenshots: setup browser ## Take the documentation's pictures of the control panel anew
	@$(PY) -m tests.ui.screenshots docs/images/panel

lock: ## Resolve requirements.lock anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--no-header --extra dev --output-file requirements.lock pyproject.toml

clean: ## Remove the environment and caches; state and reels stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
