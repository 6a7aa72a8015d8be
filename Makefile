# The only command surface. `make help` lists it; CONTRIBUTING.md says when to use which.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# --- what a caller may set -------------------------------------------------------------------
# A version, which uv finds or fetches, or the path of an interpreter.
PYTHON ?= 3.13
# deploy: a section of samconfig.toml.
CONFIG_ENV ?= default
# locks: names of packages, or all.
UPGRADE ?=
# deploy, outputs: where; empty is the region of your AWS profile. template: the linter knows resources by region.
REGION ?=
# deploy: options of sam deploy, for example DEPLOY_ARGS=--no-confirm-changeset.
DEPLOY_ARGS ?=
# matrix, matrix-sip: options, for example ARGS="--cell busy --ladder"; udp or tcp.
ARGS ?=
TRANSPORT ?= udp
# invoke: a logical id in template.yaml, and the name of a file in tests/events.
FUNCTION ?=
EVENT ?=

# --- tools, each in its own place ------------------------------------------------------------
UV   := .tools/uv/bin/uv
VENV := .venv/bin
# sam build looks for the python3.13 and the pip of the deployment package on PATH: give it pinned ones.
SAM  := PATH="$(CURDIR)/.tools/sam/bin:$$PATH" SAM_CLI_TELEMETRY=0 sam

UV_READY      := .tools/uv/.ready
SAM_READY     := .tools/sam/.ready
MINISTACK_READY := .tools/ministack/.ready
CHECKOV_READY := .tools/checkov/.ready
BENCH_READY   := .tools/bench/.ready
LOCKED        := .venv/.locked
PROJECT_READY := .venv/.project

# The machine decides whom to trust, as it does for pip and git: company proxies bring their own CA.
export UV_SYSTEM_CERTS ?= 1

# boto3, and with it sam, reads this one and not AWS_REGION.
ifneq ($(or $(REGION),$(AWS_REGION)),)
export AWS_DEFAULT_REGION := $(or $(REGION),$(AWS_REGION))
endif

say = printf '%s\n'
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.13
# Input and lock, in the order in which one builds on the other: dev.in is constrained by what ships.
LOCKS := \
  requirements/uv.in:requirements/uv.txt \
  requirements/functions.in:functions/requirements.txt \
  requirements/dev.in:requirements/dev.txt \
  requirements/bench.in:requirements/bench.txt \
  requirements/sam.in:requirements/sam.txt \
  requirements/ministack.in:requirements/ministack.txt \
  requirements/checkov.in:requirements/checkov.txt

.PHONY: help install test unit lint format types template security check locks locks-check \
        build overrides deploy deploy-fallback outputs demo matrix matrix-sip rehearse conformance bench serve invoke clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile

# --- environments ----------------------------------------------------------------------------
install: $(PROJECT_READY) ## make .venv from the locks (the other targets do it when a lock changed)
	@:

# uv of the pinned version: one already here, one on PATH, or fetched by pip into .tools.
$(UV_READY): requirements/uv.txt
	@pinned=$$(sed -n 's/^uv==\([0-9.]*\).*/uv \1/p' requirements/uv.txt); \
	is_pinned() { case "$$("$$1" --version 2>/dev/null) " in "$$pinned "*) ;; *) false ;; esac; }; \
	if ! is_pinned $(UV); then \
	  rm -rf .tools/uv; mkdir -p .tools/uv/bin; \
	  if is_pinned uv; then \
	    ln -s "$$(command -v uv)" $(UV); \
	  else \
	    $(say) "installing $$pinned into .tools/uv (some seconds)"; \
	    for python in python3.13 python3; do \
	      "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 9))' 2>/dev/null && break; \
	      python=; \
	    done; \
	    [ -n "$$python" ] || { \
	      $(say) "Needed: a Python 3.13 that can make environments (modules venv and ensurepip)." \
	        "On Debian and Ubuntu: apt-get install python3-venv. Or with pyenv: pyenv install 3.13." \
	        "Or $$pinned on PATH: then uv finds or fetches Python by itself." >&2; exit 1; }; \
	    "$$python" -m venv --clear .tools/uv && .tools/uv/bin/python -m pip install -qq \
	      --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/uv.txt; \
	  fi && is_pinned $(UV); \
	fi
	@touch $@

# $(call environment,DIR): an empty environment with Python 3.13, unless there is one.
environment = [ -x $(1)/bin/python ] \
  && [ "$$($(1)/bin/python -c 'import sys; print(*sys.version_info[:2])')" = "3 13" ] \
  || $(UV) venv --quiet --clear --python $(PYTHON) $(1)

$(LOCKED): requirements/dev.txt .python-version $(UV_READY)
	@$(say) "installing requirements/dev.txt into .venv (up to a minute the first time)"
	@$(call environment,.venv)
	@$(UV) pip sync --quiet --python .venv --require-hashes requirements/dev.txt
	@touch $@

$(PROJECT_READY): pyproject.toml $(LOCKED)
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

$(SAM_READY): requirements/sam.txt .python-version $(UV_READY)
	@$(say) "installing requirements/sam.txt into .tools/sam (up to a minute the first time)"
	@$(call environment,.tools/sam)
	@$(UV) pip sync --quiet --python .tools/sam --require-hashes requirements/sam.txt
	@touch $@

$(MINISTACK_READY): requirements/ministack.txt .python-version $(UV_READY)
	@$(say) "installing requirements/ministack.txt into .tools/ministack (some seconds)"
	@$(call environment,.tools/ministack)
	@$(UV) pip sync --quiet --python .tools/ministack --require-hashes requirements/ministack.txt
	@touch $@

$(CHECKOV_READY): requirements/checkov.txt .python-version $(UV_READY)
	@$(say) "installing requirements/checkov.txt into .tools/checkov (up to a minute the first time)"
	@$(call environment,.tools/checkov)
	@$(UV) pip sync --quiet --python .tools/checkov --require-hashes requirements/checkov.txt
	@touch $@

$(BENCH_READY): requirements/bench.txt .python-version $(UV_READY)
	@$(say) "installing requirements/bench.txt into .tools/bench (some seconds)"
	@$(call environment,.tools/bench)
	@$(UV) pip sync --quiet --python .tools/bench --require-hashes requirements/bench.txt
	@touch $@

# --- checks ----------------------------------------------------------------------------------
# Cheapest first; the tests last, so that their summary closes the output.
check: lint types locks-check template security test ## everything that a change must pass

# One process for each core. The tests of a file stay in one process and in their order: what they
# share is made once, and those of the matrix over SIP do not compete with each other.
test: $(PROJECT_READY) $(SAM_READY) ## the whole suite, with branch coverage
	@$(VENV)/pytest -n logical --dist loadfile --cov --cov-report=term-missing:skip-covered

unit: $(PROJECT_READY) ## the fast tests alone, without coverage
	@$(VENV)/pytest tests/unit

lint: $(PROJECT_READY) ## ruff: rules and format
	@$(VENV)/ruff check
	@$(VENV)/ruff format --check

format: $(PROJECT_READY) ## ruff: put the code into format, and fix what can be fixed safely
	@$(VENV)/ruff check --fix-only
	@$(VENV)/ruff format

types: $(PROJECT_READY) ## mypy, strict
	@$(VENV)/mypy

# What a template ignores, and why, is in its Metadata: an --ignore-checks here would replace that.
template: $(PROJECT_READY) $(SAM_READY) ## lint the templates; the tests lint what SAM makes of them
	@$(SAM) validate --lint --region $(or $(REGION),us-east-1) --template template.yaml
	@$(VENV)/cfn-lint --regions $(or $(REGION),us-east-1) --append-rules cfn_lint_serverless.rules \
	  -- template.yaml infra/*.yaml

# What SAM makes of a policy is seen in the transformed template only.
security: $(PROJECT_READY) $(CHECKOV_READY) ## checkov: the templates, as written and as SAM transforms them
	@$(VENV)/python tests/transformed.py .aws-sam/transformed
	@.tools/checkov/bin/checkov --config-file .checkov.yaml --file template.yaml infra/*.yaml .aws-sam/transformed/*.json

# --- locks -----------------------------------------------------------------------------------
locks: $(UV_READY) ## compile the locks; new versions only with UPGRADE=all or UPGRADE="boto3 twilio"
	@for pair in $(LOCKS); do \
	  $(say) "locking $${pair#*:}"; \
	  $(COMPILE) $(if $(filter all,$(UPGRADE)),--upgrade,$(addprefix --upgrade-package ,$(UPGRADE))) \
	    "$${pair%%:*}" --output-file "$${pair#*:}" || exit; \
	done

# A copy of each lock is compiled: pins and hashes that still satisfy the input stay, so a version
# published upstream is no drift; an edited input is, and a package that a lock lacks or has too many.
# That a hash is the right one is what installing finds out.
locks-check: $(UV_READY) ## the locks say what their inputs ask for
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && for pair in $(LOCKS); do \
	  lock="$${pair#*:}"; cp "$$lock" "$$copy/lock.txt" && \
	  $(COMPILE) "$${pair%%:*}" --output-file "$$copy/lock.txt" >/dev/null && \
	  diff -u "$$lock" "$$copy/lock.txt" || { \
	    $(say) "$$lock does not follow from $${pair%%:*}: run \`make locks\`, and commit the result." >&2; \
	    exit 1; }; \
	done

# --- deploying -------------------------------------------------------------------------------
# sam calls functions/Makefile for each function, and that infra/package, where it is said what ships.
build: $(SAM_READY) ## the deployment packages, in .aws-sam
	@$(SAM) build

deploy: overrides build ## build, then deploy CONFIG_ENV (default, staging or prod)
	@$(SAM) deploy --config-env $(CONFIG_ENV) $(DEPLOY_ARGS)
	@$(VENV)/refer outputs --config-env $(CONFIG_ENV)

overrides: $(PROJECT_READY) ## the settings that samconfig.toml gives CONFIG_ENV are parameters
	@$(VENV)/python -m gateway.overrides $(CONFIG_ENV)

# sam looks for samconfig.toml beside the template.
deploy-fallback: $(SAM_READY) ## the static fallback alone, into another REGION
	@$(SAM) deploy --template infra/fallback.yaml --config-file "$(CURDIR)/samconfig.toml" \
	  --config-env fallback $(DEPLOY_ARGS)

outputs: $(PROJECT_READY) ## what the deployed CONFIG_ENV says: URLs, tables, how to fill the secret
	@$(VENV)/refer outputs --config-env $(CONFIG_ENV)

# --- trying it -------------------------------------------------------------------------------
demo: $(PROJECT_READY) ## a whole transfer on this machine: no account, no phone
	@$(VENV)/python -m gateway.demo

serve: $(PROJECT_READY) ## the webhooks on a local port, and SIP for a softphone
	@$(VENV)/python -m gateway.serve

matrix: $(PROJECT_READY) ## the table of Twilio's page, played in a model: about a minute
	@$(VENV)/python -m pivot.matrix.main $(ARGS)

matrix-sip: $(PROJECT_READY) ## the same over real SIP; needs sipp (apt-get install sip-tester)
	@$(VENV)/python -m pivot.matrix.main --sip $(TRANSPORT) $(ARGS)

rehearse: $(PROJECT_READY) $(SAM_READY) $(MINISTACK_READY) ## deploy to an emulated AWS, transfer calls, update, roll back, delete
	@$(VENV)/python -m rehearsal.main $(ARGS)

conformance: $(PROJECT_READY) ## play both, under every knob, and write docs/conformance.md
	@$(VENV)/python -m pivot.matrix.conformance

# Alone on the machine: what else runs is measured, too.
bench: $(PROJECT_READY) $(SAM_READY) $(MINISTACK_READY) $(BENCH_READY) ## measure beside what one would run instead; writes docs/performance.md
	@$(VENV)/python -m bench.main $(ARGS)

# sam passes on only those variables of env.json that the template declares: AWS_ENDPOINT_URL is added.
invoke: ## one Lambda in its container: make invoke FUNCTION=ReferFunction EVENT=refer
	@events=$$(cd tests/events 2>/dev/null && ls *.json | sed '/^env\.json$$/d; s/\.json$$//' | tr '\n' ' '); \
	[ -n "$(FUNCTION)" ] && [ -n "$(EVENT)" ] && [ -f "tests/events/$(EVENT).json" ] || { \
	  $(say) "Usage: make invoke FUNCTION=<logical id in template.yaml> EVENT=<name>" "Events: $$events" >&2; \
	  exit 2; }
	@docker info >/dev/null 2>&1 || finch info >/dev/null 2>&1 || { \
	  $(say) "sam local runs a Lambda in a container, and neither Docker nor Finch answers here." \
	    "Start one, or use \`make serve\`: the same handlers without a container." >&2; exit 1; }
	@$(MAKE) --no-print-directory build
	@awk '{ print } /^ +Variables:$$/ { sub(/Variables:/, "  AWS_ENDPOINT_URL: \"\""); print }' \
	  .aws-sam/build/template.yaml > .aws-sam/build/local.yaml
	@$(SAM) local invoke "$(FUNCTION)" --template .aws-sam/build/local.yaml \
	  --event "tests/events/$(EVENT).json" --env-vars tests/events/env.json

clean: ## remove what the targets made, but not the environments
	@rm -rf .aws-sam .rehearsal .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . \( -path ./.venv -o -path ./.tools -o -path ./.git \) -prune \
	  -o -name __pycache__ -prune -exec rm -rf {} +
