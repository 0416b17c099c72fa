#!/usr/bin/env python3
"""Sequential reads on the ssd tier beside fio, on the same files, past the page cache, interleaved.

The workload `drain` checksums its input and does nothing else. In each round it runs on the ssd tier, and fio reads
the very blocks that it read, with as many processes as there are workers, at the given block size and depth (the
defaults are what the tier does: its read-ahead is block × depth bytes a worker). Rates are GB/s of the input:

  input     bytes over the time that the maps took
  job       bytes over the whole job, which also plans, reduces and writes its output
  fio       bytes over fio's own run time

`--wordcount` adds wordcount from ssd beside the longer of reading alone (`drain`) and computing alone (input in DRAM).
Exit status: 2 where a program failed.
"""

import argparse
import csv
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile


class Failure(Exception):
    pass


def execute(command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-400:]}{done.stderr[-800:]}")
    return done.stdout


def trial(settings, workload, system):
    """One measured repeat: its row of trials.csv."""
    folder = f"{settings.folder}/results"
    shutil.rmtree(folder, ignore_errors=True)
    execute([
        settings.marvel, "run", "--workloads", workload, "--systems", system, "--tier", f"ssd={settings.folder}/tier",
        "--size", settings.size, "--plan", "optimized", "--encoding", "binary", "--workers", str(settings.workers),
        "--repeats", "1", "--warmup", "1", "--cache", "bypassed", "--out", folder])
    with open(f"{folder}/trials.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) != 1 or rows[0]["status"] != "ok":
        raise Failure(f"{workload} on {system}: {[(row['status'], row['reason']) for row in rows]}")
    return rows[0]


def blocks(settings):
    """The files of the dataset that the trial staged, in order."""
    found = sorted(glob.glob(f"{settings.folder}/tier/**/datasets/*/block-*", recursive=True))
    if not found:
        raise Failure(f"no dataset's blocks under {settings.folder}/tier; where does the ssd tier keep them now?")
    return found


def fio(settings, files):
    """Bytes per second of fio's sequential reads: one process a worker, each with its share of the files."""
    lines = ["[global]", "rw=read", "direct=1", "ioengine=libaio", "thread=0", "group_reporting=1",
             f"bs={settings.block}", f"iodepth={settings.depth}", "file_service_type=sequential", "invalidate=1"]
    for worker in range(settings.workers):
        share = files[worker::settings.workers]
        if share:
            lines += [f"[worker{worker}]", "filename=" + ":".join(share), f"nrfiles={len(share)}"]
    job = f"{settings.folder}/drain.fio"
    with open(job, "w") as file:
        file.write("\n".join(lines) + "\n")
    report = json.loads(execute(["fio", "--readonly", "--output-format=json", job]))
    read = report["jobs"][0]["read"]
    want = sum(os.path.getsize(path) for path in files)
    if read["io_bytes"] != want:
        raise Failure(f"fio read {read['io_bytes']} of {want} bytes")
    return want / (read["runtime"] / 1e3)


def spread(values, form="{:.2f}"):
    return f"{form.format(statistics.median(values))} ({form.format(min(values))} - {form.format(max(values))})"


def arguments():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marvel", default=f"{root}/.build-release/release/marvel-bench")
    parser.add_argument("--ssd", default="/var/tmp", help="a folder on the device (default: /var/tmp)")
    parser.add_argument("--size", default="1GiB")
    parser.add_argument("--rounds", type=int, default=6, help="even, so that each reads first as often (default: 6)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--block", default="2m", help="fio's block size (default: 2m)")
    parser.add_argument("--depth", type=int, default=4, help="fio's depth, a process (default: 4)")
    parser.add_argument("--wordcount", action="store_true", help="also wordcount, read and compute overlapped")
    settings = parser.parse_args()
    if not shutil.which("fio"):
        parser.error("fio is missing: scripts/setup.sh drain")
    settings.marvel = os.path.abspath(settings.marvel)
    return settings


def main():
    settings = arguments()
    settings.folder = tempfile.mkdtemp(prefix="bench-drain-", dir=settings.ssd)
    os.mkdir(f"{settings.folder}/tier")
    inputs, jobs, rates, bounds = [], [], [], []
    try:
        engine = trial(settings, "drain", "ssd")["io_engine"].split("/")[0]  # stages the data; not counted
        files = blocks(settings)
        print(f"{settings.size}, {settings.workers} workers, fio libaio {settings.block} x {settings.depth}, "
              f"marvel-bench {engine}; GB/s", flush=True)
        for index in range(settings.rounds):
            # Turn about, so that neither always finds the disk rested (cloud disks pay out burst credit).
            if index % 2:
                rates.append(fio(settings, files) / 1e9)
            row = trial(settings, "drain", "ssd")
            if not index % 2:
                rates.append(fio(settings, files) / 1e9)
            size = int(row["size_bytes"])
            inputs.append(size / int(row["map_ns"]))
            jobs.append(size / int(row["wall_ns"]))
            line = f"round {index}: input {inputs[-1]:.2f}  job {jobs[-1]:.2f}  fio {rates[-1]:.2f}"
            if settings.wordcount:
                whole = int(trial(settings, "wordcount", "input=ssd,shuffle=dram,output=dram")["wall_ns"])
                compute = int(trial(settings, "wordcount", "ideal")["wall_ns"])
                bounds.append(whole / max(int(row["wall_ns"]), compute))
                line += f"  wordcount over the longer of reading and computing: {bounds[-1]:.2f}"
            print(line, flush=True)
    finally:
        shutil.rmtree(settings.folder, ignore_errors=True)
    print(f"input / fio: {spread([mine / theirs for mine, theirs in zip(inputs, rates)])}")
    print(f"job / fio:   {spread([mine / theirs for mine, theirs in zip(jobs, rates)])}")
    if bounds:
        print(f"wordcount / max(read, compute): {spread(bounds)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"bench_drain: {failure}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
