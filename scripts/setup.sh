#!/usr/bin/env bash
# Installs what Debian lacks for marvel-bench and checks the Swift toolchain. Asks nothing; a second run changes nothing.
#
#   scripts/setup.sh [GROUP…]        groups: build plot lint peers drain verify; default: build plot lint
#
# Installs as root or where sudo needs no password; elsewhere it prints the one command to run and exits 1.
# MARVEL_BENCH_SKIP_SETUP=1 skips the packages (not the check of the toolchain): for systems other than Debian.
set -euo pipefail

swift_needed=6.3
say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

packages_of() {
  case $1 in
    build)
      echo git make pkg-config gcc g++ libc6-dev python3-minimal \
        libpmem-dev libnuma-dev libaio-dev liburing-dev libpcre2-dev
      ;;
    plot) echo gnuplot-nox ;;
    lint) echo shellcheck ;;
    peers) echo python3 python3-venv ripgrep mawk ;;
    drain) echo python3 fio ;;
    verify) echo python3 python3-venv coreutils grep bible-kjv perl-doc fio gnuplot-nox r-base-core chromium ;;
    *) fail "unknown group '$1'; known here: build plot lint peers drain verify" ;;
  esac
}

# Swift's own requirement comes first: without it nothing below is of use.
check_swift() {
  local found
  if ! command -v swift >/dev/null 2>&1; then
    fail "swift was not found on PATH; marvel-bench needs Swift $swift_needed or newer." \
      "Install the toolchain for this system from https://www.swift.org/install/linux/" \
      "(for example with swiftly: 'swiftly install $swift_needed'), put its usr/bin on PATH, and run this again."
  fi
  found=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+(\.[0-9]+)+).*/\1/p' | head -n 1)
  if [ -z "$found" ]; then
    fail "'swift --version' of $(command -v swift) names no version; is the toolchain complete?" \
      "marvel-bench needs Swift $swift_needed or newer: https://www.swift.org/install/linux/"
  fi
  if [ "$(printf '%s\n' "$swift_needed" "$found" | sort -V | head -n 1)" != "$swift_needed" ]; then
    fail "Swift $found ($(command -v swift)) is too old; marvel-bench needs Swift $swift_needed or newer." \
      "Install a newer one from https://www.swift.org/install/linux/ and put it first on PATH."
  fi
  say "Swift $found"
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# Package lists may be absent (a container) or so old that the archive no longer has what they name.
known_to_apt() {
  local package
  for package in "$@"; do
    apt-cache show --no-all-versions "$package" >/dev/null 2>&1 || return 1
  done
}

install_missing() {
  local missing=() package command
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then
    say "all Debian packages are there ($#)"
    return
  fi
  command="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    fail "missing: ${missing[*]}" "this user may not install packages; run once, then try again:" \
      "  sudo sh -c '$command'"
  fi
  say "installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! known_to_apt "${missing[@]}"; then
    say "apt-get update (the package lists lack some of them)"
    apt update >"$log" 2>&1 || { cat "$log" >&2 && fail "apt-get update failed (see above)"; }
  fi
  if ! apt install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    say "apt-get install failed; once more after apt-get update"
    apt update >"$log" 2>&1 || { cat "$log" >&2 && fail "apt-get update failed (see above)"; }
    apt install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
      { cat "$log" >&2 && fail "apt-get install failed (see above); the command was:" "  $command"; }
  fi
  rm -f "$log"
  say "installed ${#missing[@]} packages"
}

main() {
  local groups=("$@") packages=() group
  ((${#groups[@]})) || groups=(build plot lint)
  for group in "${groups[@]}"; do
    packages_of "$group" >/dev/null
    # shellcheck disable=SC2207 # names of packages hold no white space
    packages+=($(packages_of "$group"))
  done
  [[ " ${groups[*]} " != *" build "* ]] || check_swift
  if [ "${MARVEL_BENCH_SKIP_SETUP:-0}" = 1 ]; then
    say "packages skipped (MARVEL_BENCH_SKIP_SETUP=1)"
  elif command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
    install_missing "${packages[@]}"
  else
    fail "this is no Debian (no apt-get); install what matches these packages by hand:" "  ${packages[*]}" \
      "then set MARVEL_BENCH_SKIP_SETUP=1 and run this again."
  fi
}

main "$@"
