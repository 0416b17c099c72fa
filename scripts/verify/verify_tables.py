#!/usr/bin/env python3
"""Compares the outputs of marvel-bench's queries on tables with DuckDB's on decimals: every row, every digit.

On generated tables of several seeds, over plans, encodings, join methods, workers, systems and whatever else may not
change an output; on tables made to break things; and on malformed rows, which stop a job with their place and reason,
or are counted and set aside. Needs the venv of `make peers`. Prints one line a comparison that fails, and how many held
for each input. Exit status: 0 all the same, 3 an output differs, 2 a job failed.
"""

import argparse
import csv
import glob
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace

import judge
import reference
import tables
from judge import queries
from verify import SYSTEMS, first_difference

PLANS = [["--plan", plan, "--encoding", encoding]
         for plan, encoding in itertools.product(("optimized", "corral", "paper"), ("binary", "json"))]
METHODS = [["--join", method] for method in ("auto", "broadcast", "partitioned")]
OTHERS = (
    [["--split", split] for split in ("4KiB", "64KiB")] + [["--layout", "object-per-partition"], ["--durable"]]
    + [["--starts", "cold"], ["--memory-limit", "128MiB"], ["--reducers", "7"], ["--workers", "4"]]
    + [["--system", "input=ssd,shuffle=ssd,output=ssd", "--encoding", "json"]])


class TableVerification:
    def __init__(self, marvel, scratch):
        self.marvel, self.scratch = marvel, scratch
        self.output = f"{scratch}/output"
        self.judge = judge.Judge()
        self.held = 0
        self.differing, self.failing = [], []

    def run(self, arguments, options):
        shutil.rmtree(self.output, ignore_errors=True)
        command = [self.marvel, "job"] + arguments + ["--output", self.output] + options
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
        return done, " ".join(command)

    def parts(self):
        found = []
        for path in sorted(glob.glob(f"{self.output}/part-*")):
            with open(path, "rb") as file:
                found.append(file.read())
        return found

    def expect(self, what, got, want):
        if got == want:
            self.held += 1
            return
        self.differing.append(what)
        print(f"DIFFERS {what}: {first_difference(got, want)}", flush=True)

    def check(self, query, want, options):
        """One job; `want` are the judge's pairs of key and row. Returns what it printed, nothing where it failed."""
        done, command = self.run(queries.job(query), options)
        if done.returncode != 0:
            self.failing.append(f"{command}: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
            print("FAILED " + self.failing[-1], flush=True)
            return b""
        whole = b"".join(row + b"\n" for _, row in want)
        parts = self.parts()
        if len(parts) <= 1:
            self.expect(command, b"".join(parts).split(b"\n"), whole.split(b"\n"))
            return done.stdout
        # Each row once, in some part; each part in the order of the keys. A row of many lines is not cut.
        rows = {row: key for key, row in want}
        self.expect(command, sorted(b"".join(parts).split(b"\n")), sorted(whole.split(b"\n")))
        if all(b"\n" not in row for row in rows):
            for at, part in enumerate(parts):
                keys = [(rows.get(row, b""), row) for row in part.split(b"\n")[:-1]]
                self.expect(f"{command}: part {at} is sorted", keys, sorted(keys))
        return done.stdout

    def check_generated(self, folder, name, is_full):
        start, held = time.monotonic(), self.held
        self.judge.load_files(folder)
        for query in generated_queries(folder):
            want = self.judge.rows(query)
            methods = METHODS if query.is_join else [[]]
            counts = [["--workers", "1"], ["--workers", "3", "--reducers", "3"]]
            grid = itertools.product(PLANS, methods, counts, SYSTEMS if is_full else SYSTEMS[1:3])
            variants = [plan + method + count + ["--system", system] for plan, method, count, system in grid]
            for variant in variants + OTHERS:
                self.check(query, want, ["--split", "1MiB"] * ("--split" not in variant) + variant)
        self.report(name, start, held)

    def check_large(self, folder, name):
        """As users run it: splits of the default size, few variants."""
        start, held = time.monotonic(), self.held
        self.judge.load_files(folder)
        for query in generated_queries(folder):
            want = self.judge.rows(query)
            for variant in PLANS + [["--workers", "1"], ["--memory-limit", "96MiB"]]:
                self.check(query, want, variant)
        self.report(name, start, held)

    def check_case(self, case):
        start, held = time.monotonic(), self.held
        folder = f"{self.scratch}/case"
        shutil.rmtree(folder, ignore_errors=True)
        case.write(folder)
        self.judge.load(case.rankings, case.visits)
        for query in case_queries(case, folder):
            want = self.judge.rows(query)
            for plan, method in itertools.product(PLANS, METHODS if query.is_join else [[]]):
                options = case.written.options + plan + method
                self.check(query, want, options + ["--reducers", "1", "--workers", "3"])
                self.check(query, want, options + ["--split", "4KiB", "--reducers", "3", "--workers", "1"])
            self.check(query, want, case.written.options + ["--system", "ssd", "--workers", "3"])
        self.report(case.name, start, held)

    def check_skipped(self, seed):
        """Malformed rows among others, everywhere in the files: left out, counted and set aside, each once."""
        start, held = time.monotonic(), self.held
        folder = f"{self.scratch}/case"
        shutil.rmtree(folder, ignore_errors=True)
        rankings, visits = tables.rows(seed, 2000)
        case = tables.Case("malformed rows", rankings, visits)
        places = {}
        os.makedirs(folder)
        chosen = random.Random(seed)
        for table, rows in (("rankings", rankings), ("uservisits", visits)):
            mine = [bad for bad in tables.malformed() if bad.table == table]
            lines = [(case.written.line(row), None) for row in rows] + [(bad.line, bad) for bad in mine * 3]
            chosen.shuffle(lines)
            at = 0
            with open(f"{folder}/{table}.csv", "wb") as file:
                for line, bad in lines:
                    if bad:
                        places[(f"{folder}/{table}.csv", at)] = bad
                    file.write(line + b"\n")
                    at += len(line) + 1
        # A row whose day is wrong is a row of aggregation.
        undated = [bad.line.split(b",") for bad in places.values() if bad.queries == tables.DATED]
        undated = [(*row[:2], tables.FIRST, *row[3:]) for row in undated]
        for query in case_queries(case, folder):
            self.judge.load(rankings, visits + (undated if query.name == "aggregation" else []))
            want = self.judge.rows(query)
            bad = {place: row for place, row in places.items()
                   if query.name.split("-top")[0] in row.queries and place[0] in query.sources}
            for plan, method in itertools.product(PLANS, METHODS if query.is_join else [[]]):
                for shape in (["--workers", "3", "--split", "4KiB"], ["--workers", "1"]):
                    options = ["--on-bad-row", "skip", "--json", "--reducers", "2"] + plan + method + shape
                    printed = self.check(query, want, options)
                    what = f"{query.name} {' '.join(options)}: malformed rows"
                    self.expect(f"{what}: bad_rows", json.loads(printed or b"{}").get("bad_rows"), len(bad))
                    self.check_rejects(what, bad)
        self.report(f"malformed rows skipped, seed {seed}", start, held)

    def check_rejects(self, what, bad):
        """The files of rows set aside in the output that was just checked."""
        found = []
        for path in sorted(glob.glob(f"{self.output}/_rejects*")):
            with open(path, "rb") as file:
                found += [line.split(b"\t", 3) for line in file.read().split(b"\n")[:-1]]
        rows = sorted((file.decode(), int(at), line) for file, at, _, line in found)
        self.expect(what, rows, sorted((*place, row.line) for place, row in bad.items()))
        for file, at, reason, _ in found:
            row = bad.get((file.decode(), int(at)))
            if row and row.reason not in reason.decode():
                self.expect(f"{what}: why {row.line!r}", reason.decode(), row.reason)

    def check_stopped(self):
        """Each malformed row ends the job: status 2, its file, line, byte and why; the output holds nothing."""
        start, held = time.monotonic(), self.held
        rankings, visits = tables.rows(11, 300)
        chosen = random.Random(12)
        for bad in tables.malformed() + tables.malformed_quoted():
            folder = f"{self.scratch}/case"
            shutil.rmtree(folder, ignore_errors=True)
            case = tables.Case("", rankings, visits)
            case.write(folder)
            path = f"{folder}/{bad.table}.csv"
            lines = [case.written.line(row) for row in (rankings if bad.table == "rankings" else visits)]
            at = chosen.choice([0, len(lines), chosen.randrange(len(lines))])
            lines.insert(at, bad.line)
            with open(path, "wb") as file:
                file.write(b"".join(line + b"\n" for line in lines))
            byte = sum(len(line) + 1 for line in lines[:at])
            for query in case_queries(case, folder):
                if query.limit or query.name.split("-top")[0] not in bad.queries or path not in query.sources:
                    continue
                options = chosen.choice(PLANS) + (chosen.choice(METHODS) if query.is_join else [])
                options += chosen.choice([["--split", "4KiB"], ["--workers", "1"], []])
                options += ["--quoted"] * bad.is_quoted
                self.check_failure(
                    query, options, f"with {bad.line!r} as line {at + 1}",
                    (path, f"line {at + 1}:", f"byte {byte}:", bad.reason))
        self.report("malformed rows stop jobs", start, held)

    def check_beyond(self):
        """A sum that does not fit ends the job, and never wraps."""
        start, held = time.monotonic(), self.held
        for name, rankings, visits, names in tables.beyond():
            folder = f"{self.scratch}/case"
            shutil.rmtree(folder, ignore_errors=True)
            tables.Case(name, rankings, visits).write(folder)
            for query in case_queries(tables.Case(name, rankings, visits), folder):
                if query.name in names:
                    for plan, method in itertools.product(PLANS, METHODS if query.is_join else [[]]):
                        self.check_failure(query, plan + method, f"with {name} beyond", ("1.7e20", "2^63"))
        self.report("sums beyond their types", start, held)

    def check_between(self):
        """A sum that fits is exact, also where a part of it does not."""
        start, held = time.monotonic(), self.held
        rankings, visits, fitting = tables.between()
        case = tables.Case("sums that fit only at the end", rankings, visits)
        folder = f"{self.scratch}/case"
        shutil.rmtree(folder, ignore_errors=True)
        case.write(folder)
        self.judge.load(rankings, fitting)
        for query in case_queries(case, folder):
            want = self.judge.rows(query)
            for plan, method in itertools.product(PLANS, METHODS if query.is_join else [[]]):
                self.check(query, want, plan + method)
                self.check(query, want, plan + method + ["--split", "4KiB", "--workers", "3"])
        self.report(case.name, start, held)

    def check_run(self, folder, size):
        """`run` on every system, with the same tables staged on its tiers: the digests in its CSV."""
        start, held = time.monotonic(), self.held
        self.judge.load_files(folder)
        asked = [queries.named("aggregation", folder), queries.Query("join", folder),
                 queries.named("join-corral", folder)]
        want = {query.name: reference.digest([row for _, row in self.judge.rows(query)]) for query in asked}
        # `run` gives scan a table of the size that it is told; beside visits it is smaller.
        pages = f"{self.scratch}/pages"
        os.makedirs(pages)
        subprocess.run(
            [self.marvel, "generate", "rankings", "--size", size, "--out", f"{pages}/rankings.csv"], check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        shutil.copy(f"{folder}/uservisits.csv", pages)
        self.judge.load_files(pages)
        want["scan"] = reference.digest([row for _, row in self.judge.rows(queries.named("scan", pages))])
        for plan in PLANS:
            results = f"{self.scratch}/results"
            shutil.rmtree(results, ignore_errors=True)
            command = [self.marvel, "run", "--systems", ",".join(SYSTEMS), "--workloads", ",".join(want)]
            command += ["--size", size, "--repeats", "1", "--warmup", "0", "--out", results] + plan
            done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
            if done.returncode != 0:
                self.failing.append(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
                print("FAILED " + self.failing[-1], flush=True)
                continue
            with open(f"{results}/trials.csv", newline="") as file:
                trials = list(csv.DictReader(file))
            self.expect(f"{' '.join(command)}: trials", len(trials), len(SYSTEMS) * len(want))
            for trial in trials:
                what = f"run {' '.join(plan)}: {trial['workload']} on {trial['system']}"
                self.expect(what + ": status", trial["status"], "ok")
                self.expect(what + ": digest", trial["output_digest"], want[trial["workload"]])
        self.report("run", start, held)

    def check_failure(self, query, options, why, parts):
        """The job ends with status 2, its message has all `parts`, its output folder holds nothing."""
        done, command = self.run(queries.job(query), options)
        error = done.stderr.decode(errors="replace")
        self.expect(f"{command} {why}: status", done.returncode, 2)
        for part in parts:
            self.expect(f"{command} {why}: names '{part}'", part if part in error else error, part)
        left = sorted(os.listdir(self.output)) if os.path.isdir(self.output) else []
        self.expect(f"{command} {why}: output", left, [])

    def report(self, name, start, held):
        print(f"{name}: {self.held - held} comparisons held, {time.monotonic() - start:.0f} s", flush=True)


def generated_queries(folder):
    found = [queries.named(name, folder) for name in queries.NAMES + ["join-corral"]]
    return found + [replace(queries.named("join-full", folder), limit=10), queries.Query("join", folder)]


def case_queries(case, folder):
    found = [queries.Query("scan", folder, min_rank=bound) for bound in case.bounds]
    found += [queries.Query("aggregation", folder, prefix_length=length) for length in case.prefixes]
    join = queries.Query("join", folder)
    return found + [join, replace(join, limit=7), queries.named("join-corral", folder)]


def generate(marvel, folder, size, seed):
    """Tables of one seed, made once and kept."""
    path = f"{folder}/tables-{size}-{seed}"
    if not os.path.exists(path):
        shutil.rmtree(path + ".part", ignore_errors=True)
        subprocess.run(
            [marvel, "generate", "tables", "--size", size, "--seed", str(seed), "--out", path + ".part"], check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.rename(path + ".part", path)
    return path


def arguments():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marvel", default=f"{root}/.build-release/release/marvel-bench")
    parser.add_argument("--folder", default=f"{root}/.verify", help="where tables are kept (default: .verify)")
    parser.add_argument("--size", default="160MiB", help="of the large uservisits (default: 160MiB, three splits)")
    parser.add_argument("--seeds", type=int, default=3, help="of small generated tables (default: 3)")
    parser.add_argument("--only", default="", help="cases, skip, stop, generated, run, large, or cases by name")
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
    verification = TableVerification(settings.marvel, scratch)
    try:
        for case in tables.cases():
            if not only or only & {case.name, "cases"}:
                verification.check_case(case)
        if not only or "skip" in only:
            verification.check_skipped(21)
            verification.check_skipped(22)
        if not only or "stop" in only:
            verification.check_stopped()
            verification.check_beyond()
            verification.check_between()
        if not only or "generated" in only:
            for seed in range(1, settings.seeds + 1):
                folder = generate(settings.marvel, settings.folder, "4MiB", seed)
                verification.check_generated(folder, f"generated tables, seed {seed}", is_full=seed == 1)
        if not only or "run" in only:
            verification.check_run(generate(settings.marvel, settings.folder, "4MiB", 1), "4MiB")
        if not only or "large" in only:
            folder = generate(settings.marvel, settings.folder, settings.size, 1)
            verification.check_large(folder, f"generated tables of {settings.size}")
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
