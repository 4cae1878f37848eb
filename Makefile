# The first that is new enough; empty where there is none, and then nothing is installed.
IS_NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON = $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
    $$python $(IS_NEW_ENOUGH) 2>/dev/null && echo $$python && break; done)
NEEDS_PYTHON = @$(or $(PYTHON),false) $(IS_NEW_ENOUGH) || \
    { echo "Python 3.11 or later is needed: install it, or make PYTHON=/its/path"; exit 1; }
VENV := .venv
BIN := $(VENV)/bin
METADATA := setup.cfg setup.py
# Several at once, in the order of the files: a story on a real switch is mostly waiting.
WORKERS := 5
PARALLEL := --numprocesses $(WORKERS)
export PHONES ?=
TOLD := build/told.jsonl

.PHONY: docs spec run test browser javascript unit behaviour faults clients fuzz test-docker bench soak lint types clean

run: $(VENV)/for-running
	$(BIN)/esl-bridge demo

# Two browsers leave nothing of a small machine to others: their stories are told by themselves.
test: $(VENV)/for-testing
	rm -f $(TOLD)
	$(BIN)/pytest $(PARALLEL) --ignore tests/browser
	$(BIN)/pytest tests/browser

# What the page is made of that is a phone in tests/browser. Without it those stories are skipped.
JSSIP := build/jssip.js
browser: $(JSSIP)

# What the tests of the JavaScript client need besides Node. The same without it.
NPM_HAS_RUN := node_modules/.package-lock.json
javascript: $(NPM_HAS_RUN)

$(NPM_HAS_RUN): package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	touch $@

$(JSSIP): $(NPM_HAS_RUN) tests/browser/jssip-entry.js
	node_modules/.bin/esbuild tests/browser/jssip-entry.js \
	    --bundle --minify --format=iife --log-level=warning --outfile=$@

unit: $(VENV)/for-testing
	$(BIN)/pytest $(PARALLEL) tests/unit tests/traces

# With other phones each time, unless PHONES says which: a seed that a run has told, or `alike`.
# PHONES=all: five runs, in which each kind of phone is told inside and outside.
behaviour: $(VENV)/for-testing
	rm -f $(TOLD)
	failed=0; \
	for phones in $(if $(filter all,$(PHONES)),$$($(BIN)/python -m tests.lab.makes),"$(PHONES)"); do \
	    PHONES=$$phones $(BIN)/pytest $(PARALLEL) tests/behaviour || failed=1; \
	done; exit $$failed

# All readers of what comes from outside, by chance, for so long. What is found stays in
# tests/fuzz/found, and is tried by `test` from then on.
MINUTES := 10
fuzz: $(VENV)/for-testing
	$(BIN)/python -m tests.fuzz $(MINUTES)

# The daemon is killed at every command of every operation; events are lost, doubled and late over
# thousands of calls; the switch is killed with fifty, hangs or falls silent; the clock is set; the
# disk is full; 2,000 agents come back at once: on a FreeSWITCH too where there is one. On one that
# has no right to real time a thousand callers are answered. Without
# FAULTS=long, as in `test`, the same is shorter.
faults: $(VENV)/for-testing
	FAULTS=long $(BIN)/pytest tests/faults

# The clients' stories, with a hundred cut connections and a hundred killed daemons each. `test` has
# fewer.
clients: $(VENV)/for-testing
	CLIENTS=long $(BIN)/pytest tests/client

# Beside peers, in turn; `make bench LINES="decoding hold"` measures those alone.
LINES :=
ROUNDS := 3
bench: $(VENV)/for-testing
	$(BIN)/python -m benchmarks $(LINES) --rounds $(ROUNDS) $(if $(LINES),,--write)

# So long at so many call set-ups a second, on the simulated switch.
SECONDS := 3600
RATE := 20
soak: $(VENV)/for-testing
	$(BIN)/python -m benchmarks.soak --seconds $(SECONDS) --rate $(RATE)

# As `test`, with each FreeSWITCH in a container of FREESWITCH_IMAGE. For some of it alone:
# `tests/lab/in-docker .venv/bin/pytest -k ...`
test-docker: $(VENV)/for-testing
	tests/lab/in-docker $(MAKE) test

lint: $(VENV)/for-testing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: $(VENV)/for-testing
	$(BIN)/mypy

# The pages that are made from the code; a test says when they are stale.
docs: $(VENV)/for-testing
	$(BIN)/python -m docs.make

# The protocol as data, as types and as a page. The same.
spec: $(VENV)/for-testing
	$(BIN)/python -m docs.specification

clean:
	rm -rf $(VENV) node_modules build dist *.egg-info .*_cache .hypothesis

$(VENV)/for-running: $(METADATA)
	$(NEEDS_PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/for-testing: $(METADATA)
	$(NEEDS_PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@
