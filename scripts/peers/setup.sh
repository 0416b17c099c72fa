#!/usr/bin/env bash
# Installs the rivals of `make peers` into .peers/venv (PyPI, no root). A second run changes nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted=scripts/peers/requirements.txt
stamp=.peers/venv/requirements.txt
if cmp -s "$wanted" "$stamp"; then
  exit 0
fi
echo "peers: installing $(grep -v '^#' "$wanted" | tr '\n' ' ')into .peers/venv (about 900 MB on disk)"
[ -x .peers/venv/bin/python ] || python3 -m venv .peers/venv
.peers/venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$wanted"
cp "$wanted" "$stamp"
