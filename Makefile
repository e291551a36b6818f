# `make` alone prints what there is.
SHELL := /bin/sh
unexport PYTHONDONTWRITEBYTECODE # else each of the programs that tests start compiles everything anew
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test fire drill fuzz lint bench-ingest bench-doors bench-flush bench-read bench-rules bench-alerts bench-arrivals bench-audit bench-upload bench-undo bench-migrations format openapi chromium \
  prometheus clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.runs ## Start everything at http://127.0.0.1:8000 (HOST=, PORT=, DATA_DIR=); Ctrl-C stops it
	@exec $(BIN)/python manage.py serve --until-parent-ends

test: .venv/.tests lint chromium prometheus ## Lint, then the whole suite with its coverage, on real services and a real browser
	@$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -n 2 --dist loadfile --no-loadscope-reorder
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

fire: .venv/.tests ## Kill every part under load (ROUNDS=10, SEED= repeats a run), stop PostgreSQL for 30 s, fill a disk
	ROUNDS=$(or $(ROUNDS),10) DOWN_SECONDS=30 $(BIN)/python -m pytest -s tests/fire

drill: .venv/.tests ## Hold the workers, and watch alerts reach somebody and go again, FASTER=10 as usual (minutes)
	$(BIN)/python -m deploy.alert_drill --faster $(or $(FASTER),1)

fuzz: .venv/.tests ## Ask the API what its description allows and what not (EXAMPLES=200 of each call), other things each time
	FUZZ_EXAMPLES=$(or $(EXAMPLES),200) HYPOTHESIS_PROFILE=default $(BIN)/python -m pytest tests/config/test_contract.py tests/analytics/test_doors_fuzzed.py

lint: .venv/.tests ## Style, types, and the layers between the apps
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-cache

bench-ingest: .venv/.runs ## How fast events are taken in and counted, with EVENTS=100000,1000000,10000000 kept (minutes)
	@$(BIN)/python -m benchmarks.ingest --sizes $(or $(EVENTS),100000,1000000,10000000)

bench-doors: .venv/.runs ## How fast the doors answer batches of 100, RATE=50 a second for SECONDS=60 (minutes)
	@$(BIN)/python -m benchmarks.doors --rate $(or $(RATE),50) --seconds $(or $(SECONDS),60)

bench-flush: .venv/.tests ## Whether Segment's own clients deliver CALLS=100000 while the web server is killed twice (minutes)
	@$(BIN)/python -m benchmarks.flush --calls $(or $(CALLS),100000)

bench-read: .venv/.runs ## How fast figures are read, at EVENTS=100000,10000000 (minutes)
	@$(BIN)/python -m benchmarks.read --events $(or $(EVENTS),100000,10000000)
	@$(BIN)/python -m benchmarks.ranking

bench-rules: .venv/.runs ## Whether planted effects are found again, in SEEDS=100 made-up companies (minutes)
	@$(BIN)/python -m benchmarks.rules --seeds $(or $(SEEDS),100)

bench-alerts: .venv/.runs ## How often alerts tell of nothing in a year, and how soon they tell of what was planted (minutes)
	@$(BIN)/python -m benchmarks.alerts --seeds $(or $(SEEDS),5)

bench-upload: .venv/.runs ## A file of MB=1000 through the browser's door, and what programs need in memory, LIMIT=512 held (minutes)
	@$(BIN)/python -m benchmarks.upload --megabytes $(or $(MB),1000) $(if $(LIMIT),--limit $(LIMIT))

bench-arrivals: .venv/.runs ## How far forecasts of what is still to come are off, for SEEDS=2 streams of each kind (minutes)
	@$(BIN)/python -m benchmarks.arrivals --seeds $(or $(SEEDS),2)

bench-undo: .venv/.runs ## How long undoing an import takes, of EVENTS=200000 beside KEPT=300000 (minutes)
	@$(BIN)/python -m benchmarks.undo --events $(or $(EVENTS),200000) --kept $(or $(KEPT),300000)

bench-audit: .venv/.runs ## What it costs that logs show when they are changed, for 16 writers, sealer and verifier (minutes)
	@$(BIN)/python -m benchmarks.audit --rows $(or $(ROWS),200000)

bench-migrations: .venv/.runs ## Whether migrations hold up a reader, on ROWS=1000000 events and acts (minutes)
	@$(BIN)/python -m benchmarks.migrations --rows $(or $(ROWS),1000000)

format: .venv/.tests ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: .venv/.runs ## Write openapi.yaml anew, after a change of the API
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file openapi.yaml

clean: ## Remove the virtual environment and caches, never data
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .coverage .coverage.*
	@for data in .data /var/lib/marketing-analytics; do [ ! -e $$data ] || echo "Data is left in $$data"; done

chromium: .venv/.tests
	@$(BIN)/python -m tests.config.chromium

prometheus: .venv/.tests
	@$(BIN)/python -m tests.config.prometheus

.venv/.runs: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.tests: .venv/.runs tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@
