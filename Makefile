# make brief: set up, run the main job, print the path of the brief.  make test: the whole suite.
# make desk: the web application with demo data.
PACK ?= rare_earth_magnets
OUT ?= build/brief
PYTHON ?= $(shell command -v python3.11 || command -v python3)
RUN := .venv/bin/python
# Two desks at once, each with the tests that share its database.
BROWSER = COERCIVITY_REQUIRE_BROWSER=1 $(RUN) -m pytest -n 2 tests/browser
# What `make test` leaves to `make test-browser`: every page under axe in two widths, and walks that
# repeat another with the other database or the other way of asking.
THOROUGH = test_pages or (postgresql and no_script) or (test_runs_life and postgresql) or \
  (test_licensing_life and sqlite-script) or test_a_chain_and_a_licence_are_examined

.PHONY: brief desk test test-slow test-browser check docs bench lock clean

brief:
	@"$(PYTHON)" tools/environment.py runtime
	@$(RUN) -m coercivity brief --pack $(PACK) --out $(OUT) $(ARGS)

desk:
	@"$(PYTHON)" tools/environment.py desk
	@$(RUN) -m coercivity desk demo $(ARGS)

# The browser tests run by themselves: Playwright keeps an event loop running, in which Django refuses
# its database. With ARGS only the other tests are chosen from; `make test-browser` takes ARGS too.
test:
	@"$(PYTHON)" tools/environment.py develop chromium
	$(RUN) -m pytest -n 2 -m "not slow" --ignore tests/browser $(ARGS)
	$(if $(ARGS),,$(BROWSER) -k "not ($(THOROUGH))")

test-slow:
	@"$(PYTHON)" tools/environment.py develop
	$(RUN) -m pytest -m slow $(ARGS)

test-browser:
	@"$(PYTHON)" tools/environment.py develop chromium
	$(BROWSER) $(ARGS)

check:
	@"$(PYTHON)" tools/environment.py develop
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy
	$(RUN) tools/import_rules.py
	$(RUN) tools/house_rules.py
	$(RUN) tools/write_reference.py --check

docs:
	@"$(PYTHON)" tools/environment.py develop
	$(RUN) tools/write_reference.py
	$(RUN) tools/draw_benchmarks.py

bench:
	@"$(PYTHON)" tools/environment.py develop
	$(RUN) -m benchmarks.brief --keep
	$(RUN) -m benchmarks.ario_peer --regions 20 --sectors 40 --steps 60 --keep
	$(RUN) -m benchmarks.esri --firms 10000 --degree 6 --keep
	$(RUN) -m benchmarks.ensemble --pack rare_earth_magnets --members 10000 --days 730 --sweep --keep
	$(RUN) -m benchmarks.evidence --keep
	$(RUN) -m benchmarks.determination --keep
	$(RUN) -m benchmarks.ledger --keep
	$(RUN) -m benchmarks.desk_queue --keep
	$(RUN) -m benchmarks.desk_load --keep
	$(RUN) -m benchmarks.desk_load --kill --minutes 2 --keep
	$(RUN) -m benchmarks.triad --keep
	$(RUN) -m benchmarks.firms --firms 1000000 --lanes 5000000 --days 365 --sweep --keep

lock:
	sh tools/lock.sh

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
