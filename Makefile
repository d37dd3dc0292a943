# What there is to do with this project. `make demo` is the one to begin with.

PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
PYTEST := $(BIN)/pytest -n $(or $(TEST_PROCESSES),2)
# What says nothing about the database runs once; what starts its own, the slow tests among it, starts both kinds then.
ON_POSTGRES := -m "not browser and not node and not slow" --ignore=tests/metrics --ignore=tests/engines --ignore=tests/house --ignore=tests/ui
UV := .venv/tools/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header

.PHONY: help .venv demo test test-events check bench requirements openapi
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

.venv/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found."; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

# Installed anew only when the pinned requirements change: a second start has nothing to do.
.venv/runs: requirements/base.txt | .venv/python
	$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes -r $<
	touch $@

.venv/develops: requirements/dev.txt | .venv/python
	$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes -r $<
	touch .venv/runs $@

## make .venv          the environment alone, with all that developing needs
.venv: .venv/develops

## make demo           the portal with demo data on http://127.0.0.1:8000 (PORT= and DATA_DIR= are honoured)
demo: .venv/runs
	@exec $(BIN)/python manage.py demo

## make test           every test, on SQLite and on PostgreSQL
test: .venv tests/node/node_modules
	$(PYTEST)
	TEST_DATABASE=postgres $(PYTEST) $(ON_POSTGRES)

# What asks stored events. ClickHouse's engine lives inside one process: what starts others stays out.
ON_EVENTS := -m "not browser and not node and not slow" tests/rollups tests/rollups_derive \
	$(addprefix tests/store/test_,seal.py parts.py of_actors.py imports.py snapshots.py erase.py compact.py model.py \
	reading.py properties.py)

## make test-events    the tests of store and nightly work, and some of pages, with events in PostgreSQL, then in ClickHouse
test-events: .venv
	TEST_EVENTS=postgres $(PYTEST) $(ON_EVENTS) \
		$(addprefix tests/,$(addprefix dashboards/test_,features.py figures.py) $(addprefix people/test_,api.py erasure.py pages.py) \
		$(addprefix explore/test_,kept.py members.py runs.py))
	TEST_EVENTS=clickhouse $(PYTEST) $(ON_EVENTS)

# Without npm, or without a way to its registry, the tests that need Node are listed as left out.
tests/node/node_modules: $(wildcard tests/node/package-lock.json)
	@if [ -n "$<" ] && command -v npm >/dev/null; then \
		npm --prefix tests/node ci --no-audit --no-fund --loglevel=error && touch $@ || echo "npm ci failed."; fi

## make check          style, types, import arrows, migrations, settings and the API's description
check: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy productops analytics
	$(BIN)/lint-imports
	$(BIN)/python scripts/portability_lint.py
	$(BIN)/python manage.py makemigrations --check --dry-run
	HTTPS=true $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn | diff -u docs/openapi.yaml - \
		|| { echo "docs/openapi.yaml is not what the code says: run \`make openapi\`."; exit 1; }

## make openapi        write docs/openapi.yaml anew
openapi: .venv
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

## make bench          the figures of docs/development.md, written to benchmarks/results/ (ROWS="collect_single …" for some)
bench: .venv
	$(BIN)/python -m benchmarks $(ROWS)

.venv/tools/bin/uv: | .venv/python
	$(PYTHON) -m venv .venv/tools
	.venv/tools/bin/pip install --quiet uv

## make requirements   pin anew what requirements/*.in ask for
requirements: .venv/tools/bin/uv
	$(UV) $(UPGRADE) requirements/base.in -o requirements/base.txt
	$(UV) $(UPGRADE) requirements/dev.in -c requirements/base.txt -o requirements/dev.txt
