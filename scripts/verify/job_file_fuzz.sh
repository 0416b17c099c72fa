#!/usr/bin/env bash
# The reader of job files against MARVEL_BENCH_FUZZ_CASES generated and damaged ones (default: 1000000).
#
# A filter that matches no test succeeds silently, so the runner's closing line must name at least one.
set -euo pipefail
cd "$(dirname "$0")/../.."

export MARVEL_BENCH_FUZZ_CASES=${MARVEL_BENCH_FUZZ_CASES:-1000000}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift build --build-tests --explicit-target-dependency-import-check error
swift test --skip-build --disable-xctest --filter JobFileFuzz 2>&1 | tee "$log"
grep -qE 'Test run with [1-9][0-9]* tests?' "$log" || {
  echo "job_file_fuzz: no test ran; is there a suite named JobFileFuzz?" >&2
  exit 1
}
