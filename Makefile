# Two commands do everything on a machine that has only Python (3.11 to 3.13), pip, git and make:
#   make verify   set up, search for counterexamples, print the table, write corollary-out/report.html
#   make test     the same environment with the test tools, every test
# Another interpreter: make PYTHON=python3.12 test
PYTHON ?= python3
JOBS ?= 2
OUT := corollary-out
VENV := .venv

# What is active or configured outside (another environment, pip's user mode) must not leak in.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PIP_USER PIP_TARGET PIP_PREFIX
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check

# A stamp is written when an installation has ended. It names the interpreter and the folder, since
# an environment serves neither another interpreter nor a folder that was moved.
ID := $(shell $(PYTHON) -c "import os, sys, zlib; print('%d.%d-%08x' % (*sys.version_info[:2], zlib.crc32(os.getcwd().encode())))")
CORE := $(VENV)/.core-$(ID)
TEST := $(VENV)/.test-$(ID)
PEERS := $(VENV)/.peers-$(ID)

.PHONY: verify test lint bench peers gallery witnesses browser-test clean

verify: $(CORE)
	$(PY) -m corollary verify --budget quick --out $(OUT)

test: $(TEST)
	$(PY) -m pytest -n $(JOBS)

lint: $(TEST)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# The scripts leave out peers that are not installed; 'make peers' installs them.
bench: $(CORE)
	@set -e; for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(PY) "$$script"; done

peers: $(PEERS)

# Functions of other packages under the claims: docs/gallery.md.
gallery: $(PEERS)
	$(PY) docs/gallery.py

# A fresh search for the counterexamples that quick runs replay.
witnesses: $(TEST)
	$(PY) -c "from corollary.verify.witnesses import write_all; write_all()"

# Looks at the report in a headless Chromium, and says so when there is none.
browser-test: $(TEST)
	$(PY) -m pytest -m browser tests/browser -rsP

clean:
	rm -rf $(VENV) $(OUT) dist build

# An installation that was interrupted leaves its mark, and the next run begins anew.
MARK := $(VENV)/.installing
ifneq ($(wildcard $(MARK)),)
.PHONY: $(CORE)
endif
define install
	@touch $(MARK)
	@$(PIP) --editable "$(1)"
	@touch $@
	@rm $(MARK)
endef

# A Python without the parts that venv needs for pip (Debian splits them off) lends its own pip.
$(CORE): pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))" || { \
	  echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || { \
	  $(PYTHON) -m venv --clear --without-pip $(VENV) && \
	  $(PYTHON) -m pip --python $(VENV)/bin/python install --quiet pip; }
	$(call install,.)

$(TEST): $(CORE)
	@echo "Adding the test tools"
	$(call install,.[test])

$(PEERS): $(CORE)
	@echo "Adding the peers"
	$(call install,.[peers])
