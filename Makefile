# The two commands of a newcomer are `make demo` and `make test`; both set everything up first.
PYTHON ?= python3
BIN := .venv/bin
LOCAL := local/cdk_data_jobs_local
# What tests need on Python 3.14 for WebAssembly, which npm brings.
PYTHON_3_14 := .venv/python3.14
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

# Tests wait for half of their time, so one more runs at once than there are cores.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(min(4, 1 + (os.cpu_count() or 1)))")

# One module of many, by its name: `make mutants ONLY=matching`.
ONLY ?=

# Tests that start no offline AWS.
FAST := tests/cdk_data_jobs tests/cdk_data_jobs_check tests/cdk_data_jobs_cli tests/mutants tests/test_function.py tests/test_house.py

.PHONY: demo test test-fast prove mutants versions bench lint docs build local setup clean

demo: setup  ## deploy app.py to an AWS on this machine, and show what was imported
	@$(BIN)/python examples/demo.py

test: setup  ## every test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-fast: setup  ## the tests that start no offline AWS, for the inner loop
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(FAST)

prove: setup  ## everything that is promised, shown by machine, and docs/reliability.md
	@$(BIN)/python -m pytest tests/proof --all --report docs/reliability.md

mutants: setup  ## small faults in the code, one at a time, to see which of them no test sees; an hour or two
	@$(BIN)/python tests/mutants --only "$(ONLY)" --report docs/reliability.md

versions: setup  ## the tests on other versions of Python, the CDK and boto3, as far as they are there
	@$(BIN)/python -m tox

bench: setup  ## what it costs beside what else there is, in benchmarks/RESULTS.md; half an hour
	@$(BIN)/python -m benchmarks

lint: setup  ## style, types, licences and workflows
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/reuse lint --quiet
	@$(BIN)/zizmor --offline --quiet .github
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml

docs: setup  ## the API reference, in build/docs/
	@$(BIN)/python docs/reference.py

build: setup  ## the wheel and the sdist of both distributions, in dist/
	@$(BIN)/python -m hatchling build -d dist
	@cd local && ../$(BIN)/python -m hatchling build -d ../dist

local: setup  ## an AWS on this machine that stays, and the environment to use it
	@$(BIN)/python -m cdk_data_jobs_local up

setup: .venv/ready node_modules/ready

.venv/ready: requirements.txt pyproject.toml $(LOCAL)/server/requirements.txt $(LOCAL)/api/runtime_sdk.txt
	@echo "Installing the Python packages into .venv (about a minute, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet $$(grep -E '^uv==' requirements.txt)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.txt
	@$(BIN)/python -c "from cdk_data_jobs_local.api import function_sdk as sdk; sdk.folder(sdk.RUNTIME)"
	@rm -rf $(PYTHON_3_14)
	@$(BIN)/python -m pip install --quiet --no-compile --target $(PYTHON_3_14) --only-binary :all: \
		--python-version 3.14 --platform pyemscripten_2026_0_wasm32 $$(grep -E '^(pytest|hypothesis)==' requirements.txt)
	@touch $@

node_modules/ready: package.json package-lock.json | .venv/ready
	@echo "Installing the CDK CLI and Python 3.14 for WebAssembly into node_modules (a few seconds, once) ..."
	@npm ci --loglevel=error --no-audit --no-fund > /dev/null
	@touch $@

clean:  ## all that the other targets made
	rm -rf .venv node_modules build cdk.out dist
