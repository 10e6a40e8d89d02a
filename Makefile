# make demo   sets up and runs the product with a sample app
# make test   sets up and passes every check
# npm install, not npm ci: some registries lack other platforms of optional packages
VENV  := .venv
PY    := $(VENV)/bin/python
STATIC := backend/waypost/static
SDK_SRC := $(shell find sdk-js -type f -not -path '*/node_modules/*' 2>/dev/null)
CONSOLE_SRC := $(shell find backend/console -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: demo test test-full lint check-js setup build browser benchmarks clean

demo: setup build
	$(VENV)/bin/waypost demo

test: setup build browser lint check-js
	$(PY) -m pytest

test-full: setup build browser lint check-js
	$(PY) -m pytest --hypothesis-profile=full

lint: setup
	$(VENV)/bin/ruff check backend tests
	$(VENV)/bin/ruff format --check backend tests
	$(VENV)/bin/mypy

benchmarks: setup build
	$(PY) -m tests.benchmarks

setup: $(VENV)/.ready
build: $(STATIC)/sdk/waypost.js $(STATIC)/console/index.html

$(VENV)/.ready: pyproject.toml
	test -x $(PY) || python3 -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

sdk-js/node_modules/.ready: sdk-js/package-lock.json
	cd sdk-js && npm install --no-save --no-audit --no-fund --loglevel=error
	touch $@

backend/console/node_modules/.ready: backend/console/package-lock.json
	cd backend/console && npm install --no-save --no-audit --no-fund --loglevel=error
	touch $@

$(STATIC)/sdk/waypost.js: sdk-js/node_modules/.ready $(SDK_SRC)
	cd sdk-js && npm run --silent build
	touch $@

$(STATIC)/console/index.html: backend/console/node_modules/.ready $(CONSOLE_SRC)
	cd backend/console && npm run --silent build
	touch $@

check-js: build
	cd sdk-js && npm run --silent check
	cd backend/console && npm run --silent check

browser: setup
	@$(PY) -m tests.browser.chromium

clean:
	rm -rf $(VENV) $(STATIC) sdk-js/node_modules backend/console/node_modules
