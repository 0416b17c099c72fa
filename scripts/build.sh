#!/usr/bin/env bash
# Builds the release programs: one fully static executable each, so that a worker starts in about a millisecond.
#
#   scripts/build.sh [PRODUCT…]      default: marvel-bench pingpong-reference
#
# Where the fully static link fails (a library without its archive), only Swift's own libraries are linked
# statically, and that is said. The release build has a folder of its own, .build-release: --static-swift-stdlib
# cannot be combined with tests, so nothing could be shared with the debug build.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=.build-release
mkdir -p "$folder"
log=$folder/build.log
products=("$@")
((${#products[@]})) || products=(marvel-bench pingpong-reference)

# The commit goes into the program, so that an installed one can say it; a tarball has none. The file is only written
# where it changes, so that nothing else is compiled again.
commit=
if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
  commit=$(git rev-parse --short=12 HEAD 2>/dev/null || :)
  [ -z "$commit" ] || [ -z "$(git status --porcelain --untracked-files=no)" ] || commit+=-dirty
fi
header=Sources/CSystemIO/generated_commit.h
line="#define MB_BUILD_COMMIT \"$commit\""
[ "$(cat "$header" 2>/dev/null)" = "$line" ] || echo "$line" >"$header"

# glibc's warnings that a static program loads its name service at run time are expected: the program runs where
# it was built. They are kept in the log.
expected='in statically linked applications requires at runtime|the use of .mktemp. is dangerous'

build() {
  swift build -c release --static-swift-stdlib "$@" --scratch-path "$folder" --product "$product" 2>&1 |
    tee "$log" | { grep --line-buffered -vE "$expected" || :; }
  return "${PIPESTATUS[0]}"
}

link_failed() { grep -qE 'link command failed|undefined (reference|symbol)|cannot find -l|unable to find library' "$log"; }

for product in "${products[@]}"; do
  if [ "$(cat "$folder/link" 2>/dev/null)" = shared ]; then
    build || exit 1
  elif ! build -Xswiftc -static-executable; then
    link_failed || exit 1
    echo "build: the fully static link failed ($log); linking only Swift's libraries statically." >&2
    echo "build: workers start some milliseconds slower. Delete $folder/link to try again." >&2
    build || exit 1
    echo shared >"$folder/link"
  fi
done
