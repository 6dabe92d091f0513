# make run    set up, index the starter corpus, start the bot (with DISCORD_TOKEN) or the chat
# make test   everything that guards the project
# Set-up talks on standard error and leaves standard input alone; answers go to standard output.

PYTHON ?= python3.11
EXTRAS ?=
ROUNDS ?= 200

VENV := .venv
BIN := $(VENV)/bin
comma := ,
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
INSTALLED := $(VENV)/installed$(if $(EXTRAS),-$(subst $(comma),-,$(EXTRAS)))
TESTABLE := $(VENV)/installed-dev

.PHONY: run test lint torture rivals clean
.DELETE_ON_ERROR:

run: $(INSTALLED)
	@$(BIN)/picket

test: lint
	@$(BIN)/pytest

lint: $(TESTABLE)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

torture: $(TESTABLE)
	@TORTURE_ROUNDS=$(ROUNDS) $(BIN)/pytest tests/torture

rivals: $(VENV)-rivals/installed

clean:
	@rm -rf $(VENV) $(VENV)-rivals

$(BIN)/python:
	@echo "Creating $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV) < /dev/null >&2

$(INSTALLED): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Picket$(if $(EXTRAS), with $(EXTRAS)): a few minutes, once" >&2
	@$(INSTALL) --editable ".$(if $(EXTRAS),[$(EXTRAS)])" < /dev/null >&2
	@touch $@

$(TESTABLE): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Picket and what guards it: a few minutes, once" >&2
	@$(INSTALL) --editable ".[dev]" < /dev/null >&2
	@touch $@

# An environment of their own: they want other versions of what Picket uses.
$(VENV)-rivals/installed: benchmarks/rivals-requirements.txt
	@echo "Installing the pipelines that benchmarks/rivals.py compares with: a few minutes, once" >&2
	@$(PYTHON) -m venv $(VENV)-rivals < /dev/null >&2
	@$(VENV)-rivals/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< < /dev/null >&2
	@touch $@
