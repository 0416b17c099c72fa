#!/usr/bin/env bash
# Builds two commits and compares them in turns with `marvel-bench ab`.
#
#   scripts/ab-commits.sh BASE NEW [ARGUMENT…]      e.g. scripts/ab-commits.sh main HEAD quick --confirm --budget 20m
#
# BASE and NEW are commits, branches or tags; NEW may be `.`, the working tree as it is. Without arguments the experiment
# `quick` is run with --confirm. The builds are kept by commit in .ab/, so that the next comparison builds only what is
# new; the temporary worktrees are removed, also after an interruption. The driver of the comparison is the NEW binary.
# Exit status: as `marvel-bench ab`; 64 for usage, 2 where a build failed.
set -euo pipefail
cd "$(dirname "$0")/.."

if (($# < 2)) || [[ $1 == -* ]]; then
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 64
fi
base=$1 new=$2
shift 2
(($#)) || set -- quick --confirm

worktree=
cleanup() {
  if [ -n "$worktree" ]; then
    git worktree remove --force "$worktree" 2>/dev/null || rm -rf "$worktree"
    git worktree prune
  fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# Where a commit's binary is kept.
place() { if [ "$1" = . ]; then echo .ab/working-tree; else echo ".ab/$(commit "$1")"; fi; }

commit() {
  local found
  found=$(git rev-parse --verify --quiet "$1^{commit}") || {
    echo "ab-commits: $1 is no commit of this repository" >&2
    return 64
  }
  echo "${found:0:12}"
}

# Builds a commit in a worktree of its own; the working tree where it lies.
build() {
  local kept
  kept=$(place "$1")
  if [ "$1" = . ]; then
    scripts/build.sh marvel-bench >&2 || exit 2
    mkdir -p "$kept"
    cp -f .build-release/release/marvel-bench "$kept/"
    return
  fi
  [ ! -x "$kept/marvel-bench" ] || return 0
  worktree=$(mktemp -d "${TMPDIR:-/tmp}/marvel-ab-XXXXXX")
  git worktree add --detach --quiet "$worktree" "$1"
  echo "ab-commits: building $1 (${kept#.ab/})" >&2
  (cd "$worktree" && scripts/build.sh marvel-bench) >&2 || {
    echo "ab-commits: $1 does not build" >&2
    exit 2
  }
  mkdir -p "$kept"
  mv "$worktree/.build-release/release/marvel-bench" "$kept/"
  cleanup
  worktree=
}

# First, so that a wrong name costs no build.
for name in "$base" "$new"; do [ "$name" = . ] || commit "$name" >/dev/null; done
build "$base"
build "$new"
# Not exec: the trap has to run.
"$(place "$new")/marvel-bench" ab --base "$(place "$base")/marvel-bench" --new "$(place "$new")/marvel-bench" "$@"
