#!/usr/bin/env bash
# The gate of a CI job: measures two commits, or two programs, in turns, and fails on a regression.
#
#   scripts/ci/gate.sh BASE NEW        two commits (NEW may be `.`), or two marvel-bench programs
#
# Writes comparison.md (a pull request's comment), comparison.xml (JUnit) and comparison.csv into ${GATE_OUT:-gate}, and puts
# the Markdown on the page of a GitHub job. Exit status: that of `marvel-bench ab`: 0 fine, 1 a regression, 2 nothing could
# be compared, 64 usage.
#
#   GATE_OUT      folder for what is written (gate)
#   GATE_PAIRS    runs of each side at most (15); its 20 rows that vary need 10, or nothing can be significant
#   GATE_BUDGET   no pair is begun that would end later (20m)
#   GATE_GATES    which metrics fail, by how much (scripts/ci/gates.yaml)
set -uo pipefail

if (($# != 2)); then
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 64
fi
base=$1 new=$2
here=$(cd "$(dirname "$0")" && pwd)
out=${GATE_OUT:-gate}
mkdir -p "$out" || exit 2

# Small jobs that hold on a runner with two cores and 4 GiB: the floor and an SSD, little and much shuffle.
arguments=(quick --repeats "${GATE_PAIRS:-15}" --within 3 --budget "${GATE_BUDGET:-20m}" --confirm --fail-on-inconclusive
  --metric "wall_ns,cpu_ns,shuffle_bytes" --gates "${GATE_GATES:-$here/gates.yaml}"
  --format markdown --output "$out/comparison.md" --output "$out/comparison.xml" --output "$out/comparison.csv"
  --out "$out/results" --
  --systems "ideal,ssd" --workloads "wordcount,scan,aggregation" --size 32MiB --workers 2)

if [ -x "$base" ] && [ -f "$base" ] && [ -x "$new" ] && [ -f "$new" ]; then
  "$new" ab --base "$base" --new "$new" "${arguments[@]}"
else
  "$here/../ab-commits.sh" "$base" "$new" "${arguments[@]}"
fi
status=$?

if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$out/comparison.md" ]; then
  cat "$out/comparison.md" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$status"
