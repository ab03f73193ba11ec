# Everything that a person does with NexStock on their own machine. `make help` lists it.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

tests := .venv/bin/python
uv := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--only-binary :all: --no-emit-index-url --no-emit-find-links
find_python = python=$$(infra/find-python $(PYTHON))
set_up = $(find_python) && "$$python" infra/bootstrap.py
# All but its start need no more than the standard library, so nothing is set up for them.
platform = $(find_python) && "$$python" -m infra.local.platform

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: start stop status logs reset
start: ## Run NexStock on this machine, deployed from template.yaml; NEXSTOCK_PORT chooses the port
	@$(set_up) engine sam
	@.local/venvs/sam/bin/python -m infra.local.platform start

stop: ## Stop it; what it holds stays
	@$(platform) stop

status: ## Say whether it runs, and where
	@$(platform) status

logs: ## Follow its log
	@$(platform) logs

reset: ## Stop it and remove all that it holds
	@$(platform) reset

.PHONY: setup test check lint types templates format unit bench
setup: ## Set up all that development needs
	@$(set_up) tests engine sam dynoxide

test: check ## Run every check and every suite
	$(tests) -m pytest

check: lint types templates ## Style, types and templates, without the tests

lint: setup
	$(tests) -m ruff format --check .
	$(tests) -m ruff check .

types: setup
	$(tests) -m mypy

templates: setup
	.venv/bin/cfn-lint template.yaml infra/*.yaml

format: setup ## Format the code, and mend what can be mended
	$(tests) -m ruff check --fix .
	$(tests) -m ruff format .

unit: setup ## Run the unit tests alone
	$(tests) -m pytest tests/unit

bench: setup ## Measure; the figures are ratios within one run
	$(tests) -m tests.bench

.PHONY: openapi lock clean
openapi: setup ## Generate the OpenAPI document from the code
	PYTHONPATH=layers/nexstock $(tests) -m infra.openapi

lock: setup ## Resolve all requirements anew, to the newest versions
	$(uv) --upgrade requirements.in -o requirements.txt
	$(uv) --upgrade requirements-dev.in -o requirements-dev.txt
	$(uv) --upgrade infra/local/requirements.in -o infra/local/requirements.txt
	$(uv) --upgrade infra/local/requirements-sam.in -o infra/local/requirements-sam.txt
	cp requirements.txt layers/dependencies/requirements.txt

clean: ## Remove everything that these targets made, the running platform's state too
	@$(platform) stop
	rm -rf .venv .local .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
