# The two commands of a newcomer are `make demo` and `make test`; both set everything up first.
PYTHON ?= python3
BIN := .venv/bin
LOCAL := local/cdk_data_jobs_local
# The packages that tests/runtime needs on Python 3.14 for WebAssembly, which npm brings.
PYTHON_3_14 := .venv/python3.14
# Quiet about warnings too, such as that an index of pip's configuration cannot be reached.
PIP := $(BIN)/python -m pip install --quiet --quiet
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
# Set in many containers; each process would then compile aws-cdk-lib, boto3 and others for seconds.
unexport PYTHONDONTWRITEBYTECODE

# Tests wait for half of their time, so one more runs at once than there are cores.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(min(4, 1 + (os.cpu_count() or 1)))")

# One module of many, by its name: `make mutants ONLY=matching`.
ONLY ?=

# The tests with an offline AWS and other slow ones, and the fast ones. What lasts longest begins first.
SLOW := tests/end_to_end tests/docs tests/proof tests/runtime tests/upgrade tests/cdk_data_jobs_local tests/mutants \
	tests/conformance tests/test_sizes.py
FAST := tests/test_function.py tests/test_benchmarks.py tests/cdk_data_jobs tests/cdk_data_jobs_check tests/cdk_data_jobs_cli \
	tests/test_distributions.py tests/test_house.py
# What `make verify-aws` is told: in ARGS, or one argument a line in this file.
ARGS ?= $(if $(wildcard verify-aws.args),@verify-aws.args)

# How many per cent of the lines and branches of each root the fast tests must run.
FLOORS := constructs=100 check=99 cli=93 lambda=99
PYTEST := pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-fast test-slow coverage prove mutants versions bench verify-aws lint docs build local setup clean

demo: setup  ## deploy app.py to an AWS on this machine, and show what was imported
	@$(BIN)/python examples/demo.py

ifdef COVERAGE
test: coverage test-slow
else
test: setup $(PYTHON_3_14)/ready  ## every test; with COVERAGE=1, as in CI, the floors of coverage too, two minutes longer
	@$(BIN)/python -m $(PYTEST) $(SLOW) $(FAST)
endif

test-fast: setup  ## the fast tests, for the inner loop; the function's on the runtime's SDK only
	@$(BIN)/python -m $(PYTEST) -q $(FAST) --deselect "tests/test_function.py::test_the_functions_tests_pass[installed]"

test-slow: setup $(PYTHON_3_14)/ready  ## the tests that are not fast
	@$(BIN)/python -m $(PYTEST) $(SLOW)

coverage: setup  ## the fast tests, and which code they do not run; fails below FLOORS
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(BIN)/python -m coverage run -m $(PYTEST) -q $(FAST)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@for floor in $(FLOORS); do \
		$(BIN)/coverage report --format=total --include="$${floor%=*}/*" --fail-under=$${floor#*=} > /dev/null \
			|| { echo "the coverage of $${floor%=*}/ is below $${floor#*=} %"; exit 1; }; \
	done

prove: setup  ## everything that is promised, shown by machine, and docs/reliability.md
	@$(BIN)/python -m pytest tests/proof --all --report docs/reliability.md

mutants: setup  ## small faults in the code, one at a time, to see which of them no test sees; an hour or two
	@$(BIN)/python tests/mutants --only "$(ONLY)" --report docs/reliability.md

versions: setup  ## the tests on other versions of Python, the CDK and boto3, as far as they are there
	@$(BIN)/python -m tox

bench: setup  ## what it costs beside what else there is, in benchmarks/RESULTS.md; half an hour
	@$(BIN)/python -m benchmarks

verify-aws: setup  ## what AWS itself answers, compared with the offline AWS: docs/verify.md says what it makes and costs
	@$(BIN)/python tests/conformance $(ARGS)

lint: setup  ## style, types, licences and workflows
	@! git grep -nE '^(<<<<<<<|>>>>>>>) '  # left by a merge
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/reuse lint --quiet
	@$(BIN)/zizmor --offline --quiet .github
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml

docs: setup  ## the site with the guides and the API reference, in build/docs/
	@$(BIN)/python docs/site/build.py

build: setup  ## the wheel and the sdist of each distribution, in dist/
	@$(BIN)/python -m hatchling build -d dist
	@cd check && ../$(BIN)/python -m hatchling build -d ../dist
	@cd local && ../$(BIN)/python -m hatchling build -d ../dist

local: setup  ## an AWS on this machine that stays, and the environment to use it
	@$(BIN)/python -m cdk_data_jobs_local up

setup: .venv/ready node_modules/ready

# uv takes a third of pip's time, but knows nothing of pip's configuration, such as a company's index.
.venv/ready: requirements.txt pyproject.toml check/pyproject.toml local/pyproject.toml $(LOCAL)/server/requirements.txt $(LOCAL)/api/runtime_sdk.txt
	@echo "Installing the Python packages into .venv (once, in about half a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) $$(grep '^uv==' requirements.txt) 2> /dev/null \
		&& $(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.txt 2> /dev/null \
		|| { echo "uv could not install them; pip does, in a few minutes ..." \
			&& grep -vE '^(uv==|-r )' requirements.txt > .venv/requirements.txt \
			&& $(PIP) --requirement .venv/requirements.txt $$(grep '^-r ' requirements.txt); }
	@$(BIN)/python -c "from cdk_data_jobs_local.api import function_sdk as sdk; sdk.folder(sdk.RUNTIME)"
	@touch $@

$(PYTHON_3_14)/ready: requirements.txt | .venv/ready
	@rm -rf $(PYTHON_3_14)
	@$(PIP) --no-compile --target $(PYTHON_3_14) --only-binary :all: --python-version 3.14 \
		--platform pyemscripten_2026_0_wasm32 $$(grep -E '^(pytest|hypothesis)==' requirements.txt)
	@touch $@

node_modules/ready: package.json package-lock.json | .venv/ready
	@echo "Installing the CDK CLI and Python 3.14 for WebAssembly into node_modules (a few seconds, once) ..."
	@npm ci --loglevel=error --no-audit --no-fund > /dev/null
	@touch $@

clean:  ## all that the other targets made
	rm -rf .venv node_modules build cdk.out dist
