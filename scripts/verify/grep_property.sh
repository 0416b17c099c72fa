#!/usr/bin/env bash
# The pattern matcher against PCRE2 on MARVEL_BENCH_GREP_CASES random patterns and texts (default: 100000).
#
# A filter that matches no test succeeds silently, so the runner's closing line must name at least one.
set -euo pipefail
cd "$(dirname "$0")/../.."

export MARVEL_BENCH_GREP_CASES=${MARVEL_BENCH_GREP_CASES:-100000}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift build --build-tests --explicit-target-dependency-import-check error
swift test --skip-build --disable-xctest --filter Grep 2>&1 | tee "$log"
grep -qE 'Test run with [1-9][0-9]* tests?' "$log" || {
  echo "grep_property: no test ran; is there a suite named Grep?" >&2
  exit 1
}
