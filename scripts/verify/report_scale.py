#!/usr/bin/env python3
"""Large results: a report of two million activations within 30 s and 1 GiB, a comparison of thousands of cells within 30 s.

    scripts/verify/report_scale.py --marvel PROGRAM [--activations 2000000] [--cells 5000] [--keep FOLDER]

The rows are made here, in the program's own columns; nothing is measured by a job.
"""
import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

SECONDS = 30
MEBIBYTES = 1024
REPEATS = 5
SYSTEMS = {"ssd": "direct", "marvel-hdfs": "file", "marvel-igfs": "libpmem", "ideal": "memory"}

failures = 0


def check(what, holds, detail=""):
    global failures
    failures += not holds
    print(f"{'ok  ' if holds else 'FAIL'} {what}: {detail}")


def columns(marvel, file):
    """The names of a file's columns, as the program documents them."""
    text = subprocess.run([marvel, "list", "columns", "--markdown"], capture_output=True, text=True, check=True).stdout
    table = text.split(f"\n## {file}\n")[1].split("\n## ")[0]
    return [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]


def cells(count):
    """Id, workload, system and size of each; the systems of a job are beside each other."""
    names = list(SYSTEMS)
    for index in range(count):
        job = index // len(names)
        yield f"{index:016x}", ("wordcount", "scan", "grep")[job % 3], names[index % len(names)], (job // 3 + 1) << 20


def write_trials(path, header, count, repeats, slower=1.0, seed=1):
    draw = random.Random(seed)
    with open(path, "w") as file:
        file.write(",".join(header) + "\n")
        order = 0
        for number in range(1, repeats + 1):
            for trial, (cell, workload, system, size) in enumerate(cells(count), 1):
                order += 1
                wall = int(1e8 * slower * (1 + 0.1 * list(SYSTEMS).index(system)) * draw.gauss(1, 0.02))
                tier = "dram" if system == "ideal" else "ssd" if system == "ssd" else "pmem"
                row = {
                    "format": 1, "experiment": "large", "cell": cell, "parameters": "split=67108864", "trial": trial,
                    "repeat": number, "order": order, "workload": workload, "system": system, "platform": "native",
                    "plan": "optimized", "encoding": "binary", "layout": "segment", "cache": "none", "starts": "warm",
                    "access": "/".join([SYSTEMS[system]] * 3), "workers": 2, "maps": 2, "reduces": 2, "size_bytes": size,
                    "dataset_digest": "d", "durability": "none/none/none", "status": "ok", "wall_ns": wall,
                    "map_ns": wall * 7 // 10, "reduce_ns": wall * 3 // 10, "input_wait_ns": wall // 5,
                    "shuffle_wait_ns": wall // 10, "shuffle_write_wait_ns": wall // 20, "output_wait_ns": wall // 10,
                    "modelled_wait_ns": 0, "cpu_ns": wall * 2, "read_bytes": size, "shuffle_bytes": size // 2,
                    "output_bytes": size // 100, "load_before": 1.5, "steal_share": 0.01, "other_cpu_share": 0.02,
                    "machine_class": "a CPU, 2 cores, 8 GiB", "commit": "c0ffee", "build_mode": "release",
                }
                for role in ("input", "shuffle", "output"):
                    row[f"{role}_tier"] = tier
                    row[f"{role}_provenance"] = "emulated" if tier == "pmem" else "measured"
                file.write(",".join(f'"{row[name]}"' if name == "machine_class" else str(row.get(name, "")) for name in header) + "\n")


def write_activations(path, header, count, repeats, total):
    """`total` rows, the same number for each repeat of each cell."""
    each = total // (count * repeats)
    fields = {name: "0" for name in header}
    fields |= {
        "activation_id": "%(id)032x", "cell": "%(cell)s", "repeat": "%(repeat)d", "action": "map", "task": "%(task)d",
        "start_ns": "%(start)d", "end_ns": "%(end)d", "wait_ns": "%(wait)d", "init_ns": "", "run_ns": "%(run)d",
        "status": "success", "attempt": "1", "worker": "%(worker)d", "start_kind": "warm", "stage": "map",
    }
    line = ",".join(fields[name] for name in header) + "\n"
    draw = random.Random(2)
    written = 0
    with open(path, "w", buffering=1 << 20) as file:
        file.write(",".join(header) + "\n")
        for number in range(1, repeats + 1):
            for cell, *_ in cells(count):
                for task in range(each):
                    run = int(draw.random() * 1e7) + 1000
                    start = 1_000_000_000 + task * 5_000_000
                    written += 1
                    file.write(line % {
                        "id": written, "cell": cell, "repeat": number, "task": task, "start": start,
                        "end": start + run, "wait": run % 1000, "run": run, "worker": task % 2})
    return written


def bounded(what, command, statuses=(0,)):
    """Runs a command and holds its time and its memory against the limits."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=said, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words = said.read().decode(errors="replace")
    seconds, mebibytes = time.monotonic() - start, usage.ru_maxrss / 1024
    check(what, child.returncode in statuses and seconds <= SECONDS and mebibytes <= MEBIBYTES,
          f"status {child.returncode}, {seconds:.1f} s of {SECONDS}, {mebibytes:.0f} MiB of {MEBIBYTES}")
    if child.returncode not in statuses:
        print(words[-2000:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--marvel", required=True)
    parser.add_argument("--activations", type=int, default=2_000_000)
    parser.add_argument("--cells", type=int, default=5000)
    parser.add_argument("--keep", type=pathlib.Path, help="where the rows are made, and left")
    options = parser.parse_args()
    trials, activations = columns(options.marvel, "trials.csv"), columns(options.marvel, "activations.csv")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or pathlib.Path(scratch)
        results = folder / "results"
        results.mkdir(parents=True, exist_ok=True)
        write_trials(results / "trials.csv", trials, 40, 10)
        made = write_activations(results / "activations.csv", activations, 40, 10, options.activations)
        bounded(f"report of {made} activations",
                [options.marvel, "report", results, "--format", "html,md,csv,json,tex", "--out", folder / "report"])
        for name, slower, seed in (("base", 1.0, 3), ("new", 1.2, 4)):
            write_trials(folder / f"{name}.csv", trials, options.cells, REPEATS, slower, seed)
        bounded(f"report of {options.cells} cells",
                [options.marvel, "report", folder / "base.csv", "--format", "html,md,csv,json,tex", "--out", folder / "cells"])
        bounded(f"compare of {options.cells} cells", [options.marvel, "compare", folder / "base.csv", folder / "new.csv",
                "--no-fail-on-inconclusive"] + [word for ending in ("md", "csv", "json", "xml")
                                               for word in ("--output", folder / f"comparison.{ending}")])
    print(f"large results: {'all holds' if not failures else f'{failures} do not hold'}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
