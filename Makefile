# marvel-bench: `make bench` runs the comparison, `make test` all tests; both install what is missing first.
# `make help` lists every target.

PREFIX ?= /usr/local
DESTDIR ?=
# make peers, make peers-io, make bench-drain, make bench-growth, make verify: empty means the script's own default.
SIZE ?=
SIZES ?=
ROUNDS ?=
TASKS ?=
CASES ?=

RELEASE := .build-release/release/marvel-bench
SHARE := $(DESTDIR)$(PREFIX)/share
SHELL := /bin/bash

.PHONY: help setup build test lint format bench verify fuzz peers peers-io bench-drain bench-growth bench-ab install uninstall clean distclean

help: ## what can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

setup: ## install what Debian lacks (asks nothing; says what it does)
	@scripts/setup.sh

build: setup ## the release program, .build-release/release/marvel-bench
	@scripts/build.sh

# A crash of the test runner leaves no closing line: the exit status of each command is what counts.
test: setup ## build for debugging and run all tests
	swift build --build-tests --explicit-target-dependency-import-check error
	swift test --skip-build --disable-xctest

lint: ## format of the Swift code, shell and Python scripts, length of files
	@scripts/lint.sh

format: ## rewrite the Swift code in its format
	swift format --in-place --parallel --recursive Package.swift Sources Tests

bench: build ## the quick comparison of all systems, with its table, CSV and plots
	$(RELEASE) run

verify: build ## longer checks: outputs against DuckDB and coreutils, CSV and I/O results by other readers, the report in a browser (ten minutes, an hour on a busy machine)
	@scripts/setup.sh verify peers
	@scripts/peers/setup.sh
	.peers/venv/bin/python scripts/verify/verify.py --marvel $(RELEASE) $(if $(SIZE),--size $(SIZE))
	.peers/venv/bin/python scripts/verify/verify_tables.py --marvel $(RELEASE) $(if $(SIZE),--size $(SIZE))
	@[ -x .peers/venv/bin/fio-plot ] || .peers/venv/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/verify/requirements.txt
	.peers/venv/bin/python scripts/verify/verify_io.py --marvel $(RELEASE)
	.peers/venv/bin/python scripts/verify/csv_readers.py --marvel $(RELEASE)
	python3 scripts/verify/report_browser.py --marvel $(RELEASE)
	python3 scripts/verify/report_scale.py --marvel $(RELEASE)
	scripts/verify/ci_gate.sh $(RELEASE)
	.peers/venv/bin/python scripts/verify/statistics_scipy.py --marvel $(RELEASE)
	MARVEL_BENCH_GREP_CASES=$${MARVEL_BENCH_GREP_CASES:-100000} scripts/verify/grep_property.sh

fuzz: setup ## a million generated and damaged job files through their reader [MARVEL_BENCH_FUZZ_CASES=…]
	scripts/verify/job_file_fuzz.sh

peers: build ## the same jobs beside DuckDB, Polars, chdb and ripgrep [SIZE=1GiB ROUNDS=5 TASKS=wordcount,…]
	@scripts/setup.sh peers
	@scripts/peers/setup.sh
	python3 scripts/peers/peers.py --marvel $(RELEASE) --check $(if $(SIZE),--size $(SIZE)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(TASKS),--tasks $(TASKS))

peers-io: build ## the I/O microbenchmark beside fio, with the same job files (twenty minutes) [ROUNDS=6 CASES=libaio,null]
	@scripts/setup.sh drain
	python3 scripts/peers/peers_io.py --marvel $(RELEASE) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(CASES),--cases $(CASES))

bench-drain: build ## sequential reads on the ssd tier beside fio [SIZE=1GiB ROUNDS=6]
	@scripts/setup.sh drain
	python3 scripts/bench_drain.py --marvel $(RELEASE) $(if $(SIZE),--size $(SIZE)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench-growth: build ## how the jobs' time grows with the input and falls with a second worker [SIZES=256MiB,1GiB,4GiB ROUNDS=5 TASKS=…]
	python3 scripts/bench_growth.py --marvel $(RELEASE) --workers 1,2 $(if $(SIZES),--sizes $(SIZES)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(TASKS),--tasks $(TASKS))

bench-ab: build ## `ab` of the program with itself, and with a planted slowdown: false alarms and hits (6,000 runs)
	python3 scripts/bench_ab.py --marvel $(RELEASE)

# The symbols stay in the installed program, so that perf can name what it sees.
install: ## program, workloads and completions [PREFIX=/usr/local DESTDIR=]
	@test -x $(RELEASE) || { echo "install: $(RELEASE) is missing; run 'make build' first (not as root)" >&2; exit 1; }
	install -D -m 755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/marvel-bench
	install -D -m 755 $(dir $(RELEASE))pingpong-reference $(DESTDIR)$(PREFIX)/libexec/marvel-bench/pingpong-reference
	cd workloads && find . -type f \( -name '*.yaml' -o -name '*.fio' \) -exec install -D -m 644 {} $(abspath $(SHARE))/marvel-bench/workloads/{} \;
	cd scripts/plots && find . -type f -name '*.gp' -exec install -D -m 644 {} $(abspath $(SHARE))/marvel-bench/plots/{} \;
	install -d $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	$(RELEASE) --generate-completion-script bash > $(SHARE)/bash-completion/completions/marvel-bench
	$(RELEASE) --generate-completion-script zsh > $(SHARE)/zsh/site-functions/_marvel-bench
	$(RELEASE) --generate-completion-script fish > $(SHARE)/fish/vendor_completions.d/marvel-bench.fish

uninstall: ## what make install put there
	rm -rf $(DESTDIR)$(PREFIX)/bin/marvel-bench $(DESTDIR)$(PREFIX)/libexec/marvel-bench $(SHARE)/marvel-bench $(SHARE)/bash-completion/completions/marvel-bench \
	  $(SHARE)/zsh/site-functions/_marvel-bench $(SHARE)/fish/vendor_completions.d/marvel-bench.fish

clean: ## builds
	rm -rf .build .build-release

distclean: clean ## builds, the rivals of make peers, the data of make verify
	rm -rf .peers .verify
