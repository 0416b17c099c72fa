"""What the outputs must be, found without marvel-bench: by coreutils, Python, DuckDB; and the digest of an output."""

import collections
import os
import re
import shlex
import subprocess

MASK = (1 << 64) - 1
TOKENS = "tr -s '[:space:]' '\\n'"


def by_coreutils(path, pattern=None, match="span"):
    """Rows of key TAB count, sorted bytewise."""
    source = shlex.quote(path)
    if pattern is None:
        keys = f"{TOKENS} <{source} | sed '/^$/d'"
    elif match == "word":
        keys = f"{TOKENS} <{source} | sed '/^$/d' | grep -aP -e {shlex.quote(pattern)}"
    else:
        keys = f"grep -aoP -e {shlex.quote(pattern)} {source}"
    done = subprocess.run(
        ["sh", "-c", f"{keys} | sort | uniq -c"], capture_output=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
    if done.returncode != 0 or done.stderr:
        raise RuntimeError(f"coreutils on {path}: {done.stderr.decode(errors='replace')[:300]}")
    rows = []
    for line in done.stdout.split(b"\n"):
        if line:
            count, _, key = line.lstrip(b" ").partition(b" ")
            rows.append(key + b"\t" + count)
    return sorted(rows)


def by_python(path, pattern):
    """The spans that match, by Python's `re`: where one line is so long that `grep -o` would take hours."""
    with open(path, "rb") as file:
        counts = collections.Counter(found.group() for found in re.finditer(pattern.encode(), file.read()))
    return sorted(key + b"\t%d" % count for key, count in counts.items() if key)


def by_duckdb(path, pattern=None):
    """The same by DuckDB, in this process; None where the module is missing."""
    try:
        import duckdb
    except ImportError:
        return None
    key = "regexp_split_to_array(line, '[ \\t\\n\\v\\f\\r]+')" if pattern is None else "regexp_extract_all(line, ?)"
    query = (
        f"SELECT key, count(*) FROM (SELECT unnest({key}) AS key FROM read_csv(?, columns={{'line': 'VARCHAR'}}, "
        "delim=E'\\x01', quote='', escape='', header=false, auto_detect=false, new_line='\\n')) "
        "WHERE key <> '' GROUP BY key")
    connection = duckdb.connect()
    found = connection.execute(query, [path] if pattern is None else [pattern, path]).fetchall()
    return sorted(key.encode() + b"\t%d" % count for key, count in found)


def digest(rows):
    """`output_digest` of these rows, as docs/format-records.md describes it."""
    sums = [0, 0]
    seeds = [(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F), (0xA0761D6478BD642F, 0x165667B19E3779F9)]
    for row in rows:
        for which, (low_seed, high_seed) in enumerate(seeds):
            state = 0
            for at in range(0, max(len(row), 1), 16):
                low = int.from_bytes(row[at:at + 8], "little")
                high = int.from_bytes(row[at + 8:at + 16], "little")
                product = (low ^ state ^ low_seed) * (high ^ len(row) ^ high_seed)
                state = (product ^ (product >> 64)) & MASK
            sums[which] = (sums[which] + state) & MASK
    return f"{sums[0]:016x}{sums[1]:016x}{len(rows):016x}"


def drained(path):
    """The rows of the workload `drain`: how many bytes, and their sum."""
    count = total = 0
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            count += len(chunk)
            total += sum(chunk)
    rows = [b"bytes\t%d" % count] if count else []
    return rows + ([b"bytesum\t%d" % total] if total else [])
