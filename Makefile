# Two commands do everything on a machine that has only Python, pip, git and make:
#   make verify   set up, run the main job, print the table, write report.html
#   make test     the same environment with the test tools, every test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Another active environment must not leak into this one.
RUN := env -u PYTHONPATH -u PYTHONHOME -u VIRTUAL_ENV

.PHONY: verify test lint bench clean

$(VENV)/.core: pyproject.toml src/corollary/__init__.py
	$(RUN) $(PYTHON) -m venv --clear $(VENV)
	$(RUN) $(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.test: $(VENV)/.core
	$(RUN) $(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	touch $@

verify: $(VENV)/.core
	$(RUN) $(BIN)/corollary verify --budget quick --out corollary-out

test: $(VENV)/.test
	$(RUN) $(BIN)/python -m pytest -n 2

lint: $(VENV)/.test
	$(RUN) $(BIN)/ruff check .
	$(RUN) $(BIN)/ruff format --check .
	$(RUN) $(BIN)/mypy

clean:
	rm -rf $(VENV) corollary-out dist build

witnesses: $(VENV)/.test
	$(RUN) $(BIN)/python -c "from corollary.verify.witnesses import write_all; write_all()"
