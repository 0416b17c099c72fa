#!/usr/bin/env python3
"""Compares the outputs of marvel-bench's workloads with those of coreutils and DuckDB, row by row.

On generated text, on text that others wrote and on hostile files; over systems, plans, encodings, layouts, splits,
memory limits and numbers of workers, whose outputs must be the same bytes. Prints one line a comparison that fails,
and how many held for each input. Exit status: 0 all the same, 3 an output differs, 2 a job failed.
"""

import argparse
import csv
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

import inputs
import reference

SYSTEMS = ["ssd", "marvel-hdfs", "marvel-igfs", "ideal"]
# Pattern, match, and whether RE2 (DuckDB) and Perl mean the same by it.
PATTERNS = [
    ("[a-z]*ing", "span", True), ("th[a-z]+", "span", True), ("[a-z]*ing", "word", False),
    ("(?i)lord|king[s]?", "span", True), ("[0-9]{1,3}:[0-9]+", "span", True), (r"\b([a-z])[a-z]*\1\b", "span", False),
    ("q(?=u)[a-z]*", "word", False), (r"\x{e9}|[^ -~\s]+", "span", False)]
# Whatever these change, the output's parts may not: each is laid over `--reducers 3`.
VARIANTS = (
    [["--workers", workers] for workers in "134"]
    + [["--system", system] for system in SYSTEMS]
    + [["--system", "input=ssd,shuffle=ssd,output=ssd", "--encoding", "json"]]
    + [["--layout", "object-per-partition"], ["--starts", "cold"], ["--durable"], ["--memory-limit", "128MiB"]]
    + [["--plan", plan, "--encoding", encoding] for plan in ("corral", "paper") for encoding in ("binary", "json")])


class Verification:
    def __init__(self, marvel, scratch):
        self.marvel, self.scratch = marvel, scratch
        self.held = 0
        self.differing, self.failing = [], []

    def job(self, workload, source, options):
        """The output's parts by name, or None where the job failed."""
        output = f"{self.scratch}/output"
        shutil.rmtree(output, ignore_errors=True)
        command = [self.marvel, "job"] + workload + ["--input", source.path, "--output", output] + options
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            self.failing.append(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
            print("FAILED " + self.failing[-1], flush=True)
            return None
        parts = {}
        for path in sorted(glob.glob(f"{output}/part-*")):
            with open(path, "rb") as file:
                parts[os.path.basename(path)] = file.read()
        return parts

    def expect(self, what, got, want):
        if got == want:
            self.held += 1
            return
        self.differing.append(what)
        print(f"DIFFERS {what}: {first_difference(got, want)}", flush=True)

    def check_workload(self, source, workload, rows, variants):
        """One workload on one input: against the reference's rows, then all variants against the first output."""
        base = ["--reducers", "3", "--workers", "2"]
        name = f"{source.name}: {' '.join(workload)}"
        first = self.job(workload, source, base)
        if first is None:
            return
        found = [row for part in first.values() for row in part.split(b"\n")[:-1]]
        self.expect(name, sorted(found), rows)
        for part, data in first.items():
            lines = data.split(b"\n")[:-1]
            keys = [line.rpartition(b"\t")[0] for line in lines]
            self.expect(f"{name}: {part} is sorted, each key once", keys, sorted(set(keys)))
        for variant in variants:
            if "paper" in variant and workload[0] == "grep" and "word" not in workload:
                continue
            options = base if "--workers" not in variant else ["--reducers", "3"]
            parts = self.job(workload, source, options + variant)
            if parts is not None:
                self.expect(f"{name} {' '.join(variant)}", parts, first)

    def check(self, source, patterns, variants):
        start, held = time.monotonic(), self.held
        splits = [["--split", split] for split, most in (("4KiB", 1 << 20), ("64KiB", 1 << 25), ("1MiB", 1 << 28))
                  if source.size <= most]
        variants = variants + splits
        rows = reference.by_coreutils(source.path)
        self.check_workload(source, ["wordcount"], rows, variants)
        if source.plain and (other := reference.by_duckdb(source.path)) is not None:
            self.expect(f"{source.name}: wordcount by DuckDB", other, rows)
        for pattern, match, is_common in patterns:
            by_python = source.long_lines and match == "span"
            rows = (reference.by_python(source.path, pattern) if by_python
                    else reference.by_coreutils(source.path, pattern, match))
            self.check_workload(source, ["grep", "--pattern", pattern, "--match", match], rows, variants)
            if is_common and source.plain and (other := reference.by_duckdb(source.path, pattern)) is not None:
                self.expect(f"{source.name}: grep {pattern} by DuckDB", other, rows)
        print(f"{source.name}: {source.size} bytes, {self.held - held} comparisons held, "
              f"{time.monotonic() - start:.0f} s", flush=True)

    def check_run(self, source, plan, encoding):
        """`run` on every system, with the data staged on its tiers: the digests in its CSV."""
        folder = f"{self.scratch}/results"
        shutil.rmtree(folder, ignore_errors=True)
        workloads = "wordcount,drain" if plan == "paper" else "wordcount,grep,drain"  # span has no paper plan
        command = [self.marvel, "run", "--systems", ",".join(SYSTEMS), "--workloads", workloads]
        command += ["--pattern", "[a-z]*ing", "--input", source.path]
        command += ["--plan", plan, "--encoding", encoding, "--repeats", "1", "--warmup", "0"]
        done = subprocess.run(command + ["--out", folder], capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            self.failing.append(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
            print("FAILED " + self.failing[-1], flush=True)
            return
        want = {
            "wordcount": reference.digest(reference.by_coreutils(source.path)),
            "grep": reference.digest(reference.by_coreutils(source.path, "[a-z]*ing")),
            "drain": reference.digest(reference.drained(source.path))}
        with open(f"{folder}/trials.csv", newline="") as file:
            trials = list(csv.DictReader(file))
        for trial in trials:
            what = f"{source.name}: run {trial['workload']} on {trial['system']}, {plan} {encoding}"
            self.expect(what + ": status", trial["status"], "ok")
            self.expect(what + ": digest", trial["output_digest"], want[trial["workload"]])
        self.expect(f"{source.name}: run {plan} {encoding}: trials", len(trials), 4 * len(workloads.split(",")))


def first_difference(got, want):
    if isinstance(got, dict):
        got, want = ([(name, part) for name, part in sorted(parts.items())] for parts in (got, want))
    if not isinstance(got, list):
        return f"got {got!r}, want {want!r}"
    for mine, theirs in zip(got, want):
        if mine != theirs:
            return f"{len(got)} and {len(want)} rows; first: got {str(mine)[:120]}, want {str(theirs)[:120]}"
    return f"{len(got)} and {len(want)} rows; the shorter is the start of the longer"


def arguments():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marvel", default=f"{root}/.build-release/release/marvel-bench")
    parser.add_argument("--folder", default=f"{root}/.verify", help="where texts are kept (default: .verify)")
    parser.add_argument("--size", default="160MiB", help="of each generated text (default: 160MiB, three splits)")
    parser.add_argument("--only", default="", help="inputs by name, separated by commas")
    settings = parser.parse_args()
    if not os.access(settings.marvel, os.X_OK):
        parser.error(f"{settings.marvel} is no program; run 'make build' first")
    settings.marvel = os.path.abspath(settings.marvel)
    os.makedirs(settings.folder, exist_ok=True)
    return settings


def main():
    settings = arguments()
    only = set(filter(None, settings.only.split(",")))
    scratch = tempfile.mkdtemp(prefix="scratch-", dir=settings.folder)
    verification = Verification(settings.marvel, scratch)
    try:
        texts, missing = inputs.written_by_others(scratch)
        for name in missing:
            verification.failing.append(f"{name} is not installed (scripts/setup.sh verify)")
            print("FAILED " + verification.failing[-1], flush=True)
        small = inputs.hostile(scratch)
        large = inputs.generated(settings.marvel, settings.folder, settings.size) + inputs.long_lines(scratch)
        for source in small + texts + large:
            if only and source.name not in only:
                continue
            is_large = source in large
            variants = VARIANTS if not is_large else VARIANTS[:3] + VARIANTS[-3:]
            verification.check(source, PATTERNS[:3] if is_large else PATTERNS, variants)
            if source in texts:
                for plan, encoding in (("optimized", "binary"), ("corral", "json"), ("paper", "json")):
                    verification.check_run(source, plan, encoding)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{verification.held} comparisons held, {len(verification.differing)} differ, "
          f"{len(verification.failing)} jobs failed")
    return 3 if verification.differing else 2 if verification.failing else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
