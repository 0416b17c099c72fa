#!/usr/bin/env python3
"""Does `marvel-bench ab` cry wolf, and does it find the wolf? On this machine, as noisy as it is.

A set is one whole `ab` of a small experiment. Sets of a binary with itself (A/A) show how often a row is called
different that is not; sets with a planted slowdown (MARVEL_BENCH_SLOWDOWN, every job spins for a share of its own time)
show how often it is found. Both kinds of sets are run in turns. With --record each set is kept as soon as it is done,
and the benchmark, started again, goes on where it stopped.

  flagged   rows with p <= 0.05 before Holm; their share's 95 % Clopper-Pearson interval has to start at or below 5 %
  runs      A/A sets with any row at p <= 0.05 after Holm: 1 in 20 by chance
  found     rows of planted sets that are `regressed` (p <= 0.05 after Holm, and by 5 % or more): 93 % or more, the
            interval reaching 95 %

Exit status: 0 where all holds, 1 where it does not, 2 where a program failed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

EXPERIMENT = """\
name: ab-proof
description: small jobs that are over in a moment
systems: [ideal]
workloads: [wordcount, scan]
sizes: {size}
plans: optimized
encodings: binary
workers: {workers}
repeats: 1
warmup: 0
seed: 1
"""


class Failure(Exception):
    pass


def one_set(settings, kind, number):
    """The rows of one `ab`, as its JSON has them."""
    out = f"{settings.folder}/out"
    shutil.rmtree(out, ignore_errors=True)
    new = settings.marvel if kind == "aa" else f"{settings.folder}/slowed"
    done = subprocess.run(
        [settings.marvel, "ab", "--base", settings.marvel, "--new", new, f"{settings.folder}/proof.yaml",
         "--repeats", str(settings.pairs), "--within", str(settings.within), "--warmup", "0", "--seed", str(number),
         "--metric", settings.metric, "--out", out, "--format", "json", "--no-fail-on-inconclusive"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode not in (0, 1):
        raise Failure(f"ab left with {done.returncode}: {done.stderr[-800:]}")
    report = json.loads(done.stdout)
    return {"kind": kind, "number": number, "pairs": settings.pairs, "exit": done.returncode, "rows": [
        {key: row[key] for key in ("label", "metric", "ratio", "ratio_low", "ratio_high", "p", "p_holm", "verdict")}
        | {"base": row["base"], "new": row["new"]} for row in report["rows"]]}


def interval(settings, hits, count):
    done = subprocess.run([settings.marvel, "bench", "statistics"], input=f"proportion {hits},{count}\n",
                          capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    return answer["low"], answer["high"]


def share(settings, what, hits, count):
    low, high = interval(settings, hits, count)
    print(f"{what}: {hits} of {count} = {100 * hits / count:.1f} % "
          f"(95 % interval {100 * low:.1f} - {100 * high:.1f} %)")
    return low, high


def judge(settings, sets):
    """Prints the shares; true where they are as they have to be."""
    holds = True
    aa = [done for done in sets if done["kind"] == "aa"]
    planted = [done for done in sets if done["kind"] == "planted"]
    if aa:
        rows = [row for done in aa for row in done["rows"]]
        low, _ = share(settings, "A/A rows flagged, p <= 0.05", sum(row["p"] <= 0.05 for row in rows), len(rows))
        holds &= low <= 0.05
        low, _ = share(settings, "A/A runs with a row at p <= 0.05 after Holm",
                       sum(any(row["p_holm"] <= 0.05 for row in done["rows"]) for done in aa), len(aa))
        holds &= low <= 0.05
        share(settings, "A/A runs that failed (regressed)", sum(done["exit"] == 1 for done in aa), len(aa))
        share(settings, "A/A intervals that hold no change",
              sum(row["ratio_low"] <= 1 <= row["ratio_high"] for row in rows), len(rows))
    for metric in settings.metric.split(",") if planted else []:
        rows = [row for done in planted for row in done["rows"] if row["metric"] == metric]
        found = sum(row["verdict"] == "regressed" for row in rows)
        what = f"rows slowed by {100 * settings.slowdown:.0f} % found, {metric}"
        _, high = share(settings, what, found, len(rows))
        holds &= found / len(rows) >= 0.93 and high >= 0.95
        ratios = sorted(row["ratio"] for row in rows)
        print(f"  they came out at {100 * (ratios[len(ratios) // 2] - 1):+.1f} % (median of the estimates)")
    if planted:
        share(settings, "slowed runs that failed", sum(done["exit"] == 1 for done in planted), len(planted))
    return holds


def prepare(settings):
    with open(f"{settings.folder}/proof.yaml", "w") as file:
        file.write(EXPERIMENT.format(size=settings.size, workers=settings.workers))
    with open(f"{settings.folder}/slowed", "w") as file:
        file.write(f'#!/bin/sh\nMARVEL_BENCH_SLOWDOWN={settings.slowdown} exec "{settings.marvel}" "$@"\n')
    os.chmod(f"{settings.folder}/slowed", 0o755)


def arguments():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marvel", default=f"{root}/.build-release/release/marvel-bench")
    parser.add_argument("--sets", type=int, default=100, help="of each kind (default: 100)")
    parser.add_argument("--pairs", type=int, default=15, help="a set (default: 15)")
    parser.add_argument("--within", type=int, default=3, help="measurements a run (default: 3)")
    parser.add_argument("--slowdown", type=float, default=0.10, help="share (default: 0.10)")
    parser.add_argument("--size", default="16MiB", help="of the dataset (default: 16MiB)")
    parser.add_argument("--workers", type=int, default=1,
                        help="one leaves other processors to other users of the machine (default: 1)")
    parser.add_argument("--metric", default="wall_ns", help="as of ab; every one is judged (default: wall_ns)")
    parser.add_argument("--kinds", default="aa,planted", help="which sets (default: aa,planted)")
    parser.add_argument("--record", help="a file to keep sets in, and to go on from: of one binary and one machine")
    parser.add_argument("--seconds", type=float, help="begin no set after this time; go on with the same --record")
    settings = parser.parse_args()
    settings.marvel = os.path.abspath(settings.marvel)
    return settings


def main():
    settings = arguments()
    sets = []
    if settings.record and os.path.exists(settings.record):
        with open(settings.record) as file:
            sets = [json.loads(line) for line in file]
    done = {(one["kind"], one["number"]) for one in sets}
    start = time.monotonic()
    settings.folder = tempfile.mkdtemp(prefix="bench-ab-")
    try:
        prepare(settings)
        for number in range(1, settings.sets + 1):
            for kind in settings.kinds.split(","):
                if (kind, number) in done:
                    continue
                if settings.seconds and time.monotonic() - start > settings.seconds:
                    break
                sets.append(one_set(settings, kind, number))
                if settings.record:
                    with open(settings.record, "a") as file:
                        file.write(json.dumps(sets[-1]) + "\n")
        print(f"{len(sets)} sets of {settings.pairs} pairs, {settings.within} measurements a run, {settings.size}, "
              f"workers {settings.workers}")
        return 0 if judge(settings, sets) else 1
    finally:
        shutil.rmtree(settings.folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"bench_ab: {failure}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
