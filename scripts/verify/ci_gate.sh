#!/usr/bin/env bash
# Runs the CI job of docs/ci.md as a shell job: the program against itself, then against itself with a planted slowdown.
#
#   scripts/verify/ci_gate.sh PROGRAM
#
# The first must pass, the second must fail with 1 and say where in its Markdown.
set -euo pipefail
marvel=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The same program, whose jobs take twice their own time; not as the driver, which would hand that on to both sides.
cat >"$scratch/program" <<END
#!/bin/sh
[ "\$1" != run ] || export MARVEL_BENCH_SLOWDOWN=1
exec "$marvel" "\$@"
END
chmod +x "$scratch/program"

# Wider than a busy machine's noise, and narrower than the slowdown.
printf 'metrics: {shuffle_bytes: 1%%, wall_ns: 50%%}\n' >"$scratch/gates.yaml"

gate() {
  local status=0
  GATE_OUT=$scratch/$1 GATE_GATES=$scratch/gates.yaml GATE_PAIRS=${PAIRS:-12} \
    "$here/../ci/gate.sh" "$marvel" "$2" >"$scratch/$1.log" 2>&1 || status=$?
  echo "$status"
}
bad=0
expect() {
  if [ "$2" = "$3" ]; then echo "ok   $1"; else
    echo "FAIL $1: status $2, not $3"
    tail -n 30 "$scratch/$4.log"
    bad=1
  fi
}

# On a machine this busy a gate may be unable to decide (2); what it must never do is call the same program slower.
same=$(gate same "$marvel")
if [ "$same" = 2 ]; then
  echo "skip the program against itself: this machine is too noisy to decide ($(tail -n 1 "$scratch/same.log"))"
else
  expect "the program against itself passes" "$same" 0 same
fi
expect "a planted slowdown fails the job" "$(gate slowed "$scratch/program")" 1 slowed
if grep -q regressed "$scratch/slowed/comparison.md" && grep -q '<failure' "$scratch/slowed/comparison.xml"; then
  echo "ok   its Markdown and its JUnit file say where"
else
  echo "FAIL its Markdown or its JUnit file does not say where"
  bad=1
fi
exit "$bad"
