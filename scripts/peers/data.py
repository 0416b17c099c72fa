"""The texts that are counted and searched, a literal that is rare in them, and the tables of the queries."""

import os
import re
import shutil
import subprocess
import sys

RARE_AT_MOST = 20
# Of rankings for each GiB of uservisits.
PAGES_PER_GIB = 2_000_000


def text(marvel, folder, size, vocabulary=None):
    """A generated text of `size` (as `--size` takes it), made once and kept. Returns its path."""
    path = f"{folder}/text-{size}" + (f"-{vocabulary}-words" if vocabulary else "") + ".txt"
    if os.path.exists(path):
        return path
    os.makedirs(folder, exist_ok=True)
    part = path + ".part"
    shutil.rmtree(part, ignore_errors=True)
    command = [marvel, "generate", "text", "--size", size, "--seed", "1", "--out", part]
    if vocabulary:
        command += ["--vocabulary", str(vocabulary)]
    print("peers: " + " ".join(command), file=sys.stderr, flush=True)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    os.rename(part, path)
    return path


def tables(marvel, folder, size):
    """A folder with `uservisits.csv` of `size` and the `rankings.csv` that its visits go to, made once and kept."""
    path = f"{folder}/tables-{size}"
    if os.path.exists(path):
        return path
    part = path + ".part"
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    pages = str(max(1, PAGES_PER_GIB * bytes_of(size) >> 30))
    for kind, options in [("uservisits", ["--size", size, "--pages", pages]), ("rankings", ["--rows", pages])]:
        command = [marvel, "generate", kind, *options, "--seed", "1", "--out", f"{part}/{kind}.csv"]
        print("peers: " + " ".join(command), file=sys.stderr, flush=True)
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    os.rename(part, path)
    return path


def bytes_of(size):
    """A size as `--size` takes it, in bytes."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", size, re.IGNORECASE)
    if not match:
        raise SystemExit(f"'{size}' is no size; one is written as 256MiB")
    number, prefix, binary = match.groups()
    return int(float(number) * (1024 if binary else 1000) ** " KMGT".index(prefix.upper() or " "))


def rare_literal(path):
    """A literal of letters that occurs 2 to 20 times in the text: the start of some long word near its end.

    Near the end, because a text's newest words are its rarest. Returns the literal and how often it occurs.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        head = file.read(1 << 23)
        file.seek(max(0, size - (1 << 22)))
        tail = file.read()
    best = None
    candidates = dict.fromkeys(word[:6] for word in re.findall(rb"\b[a-z]{7,}\b", tail))
    for literal in [literal for literal in candidates if literal not in head][:40] or list(candidates)[:40]:
        count = _count(path, literal)
        if best is None or abs(count - 5) < abs(best[1] - 5):
            best = (literal.decode(), count)
        if 2 <= best[1] <= RARE_AT_MOST:
            return best
    if best is None:
        raise SystemExit(f"{path}: no word of seven letters or more near its end; is it text?")
    return best


def _count(path, literal):
    """How often `literal` occurs (not overlapping; it holds no newline)."""
    count, carry = 0, b""
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(1 << 25):
            count += (carry + chunk).count(literal)
            carry = chunk[-(len(literal) - 1):]
    return count


def rows(output):
    """The rows of a file, or of all `part-*` in a folder, sorted."""
    parts = [output]
    if os.path.isdir(output):
        parts = sorted(f"{output}/{name}" for name in os.listdir(output) if name.startswith("part-"))
    found = []
    for part in parts:
        with open(part, "rb") as file:
            found += file.read().split(b"\n")
    return sorted(row for row in found if row)


def difference(got, want):
    """The first row that is in one sorted list and not in the other, in words; empty where there is none."""
    if got == want:
        return ""
    for mine, theirs in zip(got, want):
        if mine != theirs:
            return f"{len(got)} and {len(want)} rows; first difference: {mine[:80]!r} and {theirs[:80]!r}"
    return f"{len(got)} and {len(want)} rows; the shorter is the start of the longer"
