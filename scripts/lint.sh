#!/usr/bin/env bash
# Checks what needs no build: Swift's format, shell and Python scripts, the length of source files.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0

swift format lint --strict --parallel --recursive Package.swift Sources Tests || bad=1

mapfile -t shells < <(grep -lE '^#!.*\b(ba)?sh$' .ci/run scripts/*.sh scripts/*/*.sh 2>/dev/null)
if command -v shellcheck >/dev/null 2>&1; then
  shellcheck "${shells[@]}" || bad=1
else
  echo "lint: shellcheck is not installed; ${#shells[@]} shell scripts were only parsed" >&2
  for file in "${shells[@]}"; do bash -n "$file" || bad=1; done
fi

python3 - <<'PYTHON' || bad=1
import ast, pathlib, sys
bad = False
for path in sorted(pathlib.Path("scripts").rglob("*.py")):
    try:
        ast.parse(path.read_text(), str(path))
    except SyntaxError as error:
        print(f"{path}:{error.lineno}: {error.msg}", file=sys.stderr)
        bad = True
sys.exit(bad)
PYTHON

# One subject a file: what grows past this is two subjects.
while read -r lines file; do
  if [ "$file" != total ] && ((lines > 400)); then
    echo "lint: $file has $lines lines, at most 400" >&2
    bad=1
  fi
done < <(find Sources \( -name '*.swift' -o -name '*.c' -o -name '*.h' \) -exec wc -l {} +)

((bad == 0)) && echo "lint: fine"
exit "$bad"
