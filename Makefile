# Everything that a person does with NexStock on their own machine. `make help` lists it.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

tests := .venv/bin/python
engine := .local/venvs/engine/bin/python
set_up = python=$$(infra/find-python $(PYTHON)) && "$$python" infra/bootstrap.py
# Nothing can run where nothing is set up, so these targets set nothing up.
platform = [ -x $(engine) ] || { echo "Nothing runs here; make start starts it."; exit 0; }; $(engine) -m infra.local.platform

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: start stop status logs redrive reset demo-data
start: ## Run NexStock on this machine, deployed from template.yaml; NEXSTOCK_PORT chooses the port
	@$(set_up) engine sam
	@$(engine) -m infra.local.platform start

stop: ## Stop it; what it holds stays
	@$(platform) stop

status: ## Say whether it runs, and where
	@$(platform) status

logs: ## Follow its log
	@$(platform) logs

redrive: ## Hand over once more the stream records that could not be handled
	@$(platform) redrive

demo-data: ## Fill an organization with a believable business; NEXSTOCK_URL and NEXSTOCK_API_KEY choose another
	@$(set_up) engine
	@$(engine) -m infra.local.demo

reset: ## Stop it and remove all that it holds
	@$(platform) reset

.PHONY: setup test thorough check lint types templates check-templates format unit bench enumeration receivers second-wall scale sealing waiting restore-drill deliveries burst tampering rotation audit-export asvs
setup: ## Set up all that development needs
	@$(set_up) tests engine sam dynoxide verifiers runtimes

test: check ## Run every check and every suite, in a process for each core but no more than four
	$(tests) -m pytest --numprocesses=auto --maxprocesses=4

thorough: setup ## Run the cases that the whole run leaves out; a quarter of an hour
	$(tests) -m pytest --numprocesses=auto --maxprocesses=4 -m thorough

check: lint types templates licences ## Style, types, templates and licences, without the tests

lint: setup
	$(tests) -m ruff format --check .
	$(tests) -m ruff check .

types: setup
	$(tests) -m mypy

templates: setup
	.venv/bin/cfn-lint template.yaml infra/*.yaml functions/*.yaml
	$(tests) -m infra.rules

check-templates: setup ## Let checkov and cloudsplaining look at the templates as they are deployed to production
	@$(set_up) checks
	$(tests) -m infra.checks

format: setup ## Format the code, and mend what can be mended
	$(tests) -m ruff check --fix .
	$(tests) -m ruff format .

unit: setup ## Run the unit tests alone
	$(tests) -m pytest tests/unit

bench: setup ## Measure; the figures are ratios within one run
	$(tests) -m tests.bench

enumeration: setup ## Measure whether time tells who is registered; half an hour
	$(tests) -m tests.bench enumeration

receivers: setup ## Measure whether one bad receiver of webhooks slows down the others; some minutes
	$(tests) -m tests.bench receivers

restore-drill: setup ## Lose and spoil tables of a platform of its own, restore them, and see what stays dead; some minutes
	$(tests) -m tests.bench restore_drill

waiting: setup ## Measure whether finding due webhook messages takes longer the more wait; some minutes
	$(tests) -m tests.bench waiting

deliveries: setup ## Measure how long webhooks take to arrive, on a platform that runs, and what a sender does
	$(tests) -m tests.bench deliveries

sealing: setup ## Measure what sealing costs, beside what else the Encryption SDK offers
	$(tests) -m tests.bench sealing data_keys

second-wall: setup ## Measure what it costs to sign each request for its organization alone
	$(tests) -m tests.bench second_wall

scale: setup ## Measure whether cost grows with what an organization has; some minutes
	$(tests) -m tests.bench scale

burst: setup ## Measure how fast 10,000 changes of one organization get into its audit log
	$(tests) -m tests.bench audit

tampering: setup ## Forge a signed audit log in 10,000 ways, and count those that the verifier finds
	$(tests) -m tests.bench tampering

rotation: setup ## Rotate the keys of access tokens three times under load, and count what is refused
	$(tests) -m tests.bench rotation

audit-export: setup ## Measure how long a million audit entries take to export; some minutes
	$(tests) -m tests.bench audit_export

asvs: setup ## List which requirements of ASVS 5.0 have a test
	@$(tests) -m tests.support.asvs

.PHONY: licences vulnerabilities sbom reproducible
licences: setup ## Look whether every package has a licence that is allowed
	$(tests) -m infra.supply.licences

vulnerabilities: setup ## Ask OSV about every package; fails where it cannot be asked
	$(tests) -m infra.supply.vulnerabilities

sbom: setup ## Write the bill of materials, .local/sbom.cdx.json
	@$(tests) -m infra.supply.bill

reproducible: setup ## Build functions and layers twice, and compare; some minutes
	$(tests) -m infra.supply.reproducible

.PHONY: openapi lock clean
openapi: setup ## Generate the OpenAPI document from the code
	PYTHONPATH=layers/nexstock $(tests) -m tests.support.openapi

lock: setup ## Resolve all requirements anew, to the newest versions
	$(tests) -m infra.lock

clean: ## Remove everything that these targets made, the running platform's state too
	@$(platform) stop
	rm -rf .venv .local .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
