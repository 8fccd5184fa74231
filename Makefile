# Front door of the project; `make help` lists the targets.
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Without bytecode files each start of the command compiles every import anew, which costs about a second.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup setup-dev demo test needs check lint types layers pytest gate elasticsearch lock bench clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

setup: ## make .venv with the locked run-time packages
	@scripts/setup.sh runtime

setup-dev: ## make .venv with everything that tests and development need
	@scripts/setup.sh dev

demo: setup ## crawl the sample town, judge it, show what was found, open the audit desk on it
	@.venv/bin/jianwei demo

test: needs setup-dev check ## install what the tests need, then run every check

needs:
	@scripts/install_test_needs.sh

check: lint types pytest gate ## ruff, mypy --strict, layers and tests, evaluation gate

lint: ## ruff: rules and format
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: ## mypy --strict on the three packages
	.venv/bin/mypy

pytest: ## all tests (layers included)
	.venv/bin/pytest -q -n 2 --dist loadfile

gate: ## evaluation gate: the classifier against its pinned floors
	.venv/bin/jianwei model evaluate --gate

elasticsearch: setup-dev ## fetch and start an Elasticsearch server for a try-out
	@$(PY) scripts/elasticsearch.py

lock: ## pin all packages anew
	uv pip compile -q --generate-hashes --no-header --no-annotate --no-emit-index-url --extra postgresql pyproject.toml -o requirements.lock
	uv pip compile -q --generate-hashes --no-header --no-annotate --no-emit-index-url --all-extras pyproject.toml -c requirements.lock -o requirements-dev.lock

bench: setup-dev ## run the benchmarks (minutes)
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(PY) $$file || exit 1; done

clean: ## remove caches and the demo's data
	rm -rf .mypy_cache .ruff_cache .pytest_cache var/demo
