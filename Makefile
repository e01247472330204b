# make demo | test | lint | types | docs | coverage | env | clean      STACK=openmmlab (default) or onedl
STACK ?= openmmlab
ifeq ($(STACK),openmmlab)
VENV := .venv
else
VENV := .venv-$(STACK)
endif
PY := $(VENV)/bin/python
SOURCES := $(shell find srn_mmdet configs tools -name '*.py' -o -name '*.yml') \
	setup.py setup.cfg MANIFEST.in model-index.yml

.PHONY: demo test lint format types docs coverage env clean

demo: env
	$(PY) tools/demo/run_demo.py

test: env
	OMP_NUM_THREADS=1 $(PY) -m pytest $(ARGS)

lint: env
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/codespell

types: env
	$(VENV)/bin/mypy

# to site/; a warning or a dead link ends it
docs: env
	$(PY) -m mkdocs build

coverage: env
	OMP_NUM_THREADS=1 $(PY) -m pytest --cov --cov-report=term:skip-covered $(ARGS)

format: env
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

env: $(VENV)/.installed

# the environment: made once, and anew when its pins change
$(VENV)/.ready: requirements/base.txt requirements/$(STACK).txt requirements/dev.txt \
		requirements/make_env.sh
	bash requirements/make_env.sh $(VENV) $(STACK)
	@touch $@

# the package itself: installed, not linked, as mim cannot follow an editable install
$(VENV)/.installed: $(VENV)/.ready $(SOURCES)
	@rm -rf build
	$(PY) -m pip --disable-pip-version-check install -q --no-build-isolation --no-deps .
	@rm -rf build srn_mmdet.egg-info
	@touch $@

clean:
	rm -rf .venv .venv-onedl build dist *.egg-info demo_out site .coverage
