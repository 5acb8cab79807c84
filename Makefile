# Needs Python 3.11 or later; everything else is set up in .venv by tools/bootstrap.py.
PYTHON ?= python3
RUN = .venv/bin/python
LOCK = uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header

# The plugin that teaches mypy Django reads the settings; it connects to nothing.
SETTINGS = SECRET_KEY=for-the-type-checker-0123456789-abcdefghijklmnopqrstuvwxyz PUBLIC_URL=http://localhost \
  MAIL_URL=none:// DATABASE_URL=postgresql:///none

.PHONY: demo test check bench prove lock clean
.DEFAULT_GOAL := demo

demo: ## Start Rollbook with its database, a demo LMS and a demo register
	@$(PYTHON) tools/bootstrap.py demo embedded
	@exec $(RUN) -m rollbook demo

# All of them on two processes; a choice of them on one, which starts sooner. A test that hangs is shown where it
# does, and fails with the process that runs it.
test: ## Run every test, or ARGS
	@$(PYTHON) tools/bootstrap.py --browser dev
	@$(RUN) -m pytest -o faulthandler_timeout=300 -o faulthandler_exit_on_timeout=true $(or $(ARGS),-n 2 --dist worksteal)

check: ## Lint, types, layers, budgets
	@$(PYTHON) tools/bootstrap.py dev
	$(RUN) -m ruff check --output-format concise .
	$(RUN) -m ruff format --check .
	$(SETTINGS) $(RUN) -m mypy
	$(RUN) -c "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())"
	$(RUN) tools/check_sizes.py

bench: ## Run the benchmarks
	@$(PYTHON) tools/bootstrap.py dev
	@$(RUN) -m benchmarks $(ARGS)

prove: check test ## All of it, longer: checks, tests, thousands of random histories, seeded defects, fuzzing, figures
	TEST_HISTORIES=300 $(RUN) -m pytest tests/operations/test_histories.py tests/operations/test_learning_histories.py
	TEST_HISTORIES=2000 $(RUN) -m pytest tests/operations/test_merge_histories.py
	$(RUN) -m tests.seed_defects
	TEST_EVERY_MOMENT=1 $(RUN) -m pytest tests/operations/test_merge_together.py
	TEST_API_EXAMPLES=100 $(RUN) -m pytest tests/interfaces/api/test_document.py
	TEST_EVERY_STATEMENT=1 $(RUN) -m pytest tests/ledger/test_kill.py tests/operations/test_every_operation.py -k "killed or interrupted"
	@$(PYTHON) tools/bootstrap.py dev fuzz
	$(RUN) -m tests.fuzz
	@$(RUN) -m benchmarks

lock: ## Pin the requirements with their hashes (needs uv)
	$(LOCK) requirements/dev.in -o requirements/dev.txt $(ARGS)
	$(LOCK) requirements/interop.in -o requirements/interop.txt $(ARGS)
	for set in base demo embedded fuzz; do \
	  $(LOCK) -c requirements/dev.txt requirements/$$set.in -o requirements/$$set.txt $(ARGS) || exit 1; done

clean: ## Remove what was installed and gathered; the data of the demo stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache test-results
