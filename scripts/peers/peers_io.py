#!/usr/bin/env python3
"""marvel-bench io beside fio: the same job file, the same files, in turn.

Each case runs `--rounds` pairs; who goes first changes from pair to pair. What is compared is the ratio of the two of
each pair, so that what drifts (a cloud disk's credit, neighbours) hits both: the geometric mean of the ratios with its
95 % interval (Student's t over logarithms).

  IOPS      higher is better; not inferior where the interval's lower end is at least the goal
  CPU       user and system time a request, as each program tells it
  p50, p99  completion latency

Cases named `memcpy` have a bare loop of memcpy in fio's place. The disk is read for some seconds first, so that burst credit is spent. Both programs write to a file that neither of them
made. Exit status: 1 where a goal is missed for sure (the whole interval is on the wrong side), 2 where a program failed.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

# Student's t, two-sided 95 %, by degrees of freedom.
QUANTILES = [12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10,
             2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04]


class Failure(Exception):
    pass


@dataclass
class Case:
    name: str
    options: dict
    # Figure: (goal, whether higher is better).
    goals: dict
    memory: bool = False
    # Beside a bare loop of memcpy (memcpy_loop.c) instead of fio.
    memcpy: bool = False
    figures: dict = field(default_factory=dict)


def cases():
    """What issue and README promise, as fio job files."""
    found = []
    for depth in (1, 8, 32):
        for pattern in ("randread", "randwrite"):
            for engine in ("libaio", "io_uring"):
                options = {"ioengine": engine, "rw": pattern, "bs": "4k", "iodepth": depth, "direct": 1, "norandommap": 1}
                found.append(Case(f"{engine} {pattern} depth {depth}", options,
                                  {"iops": (0.97, True), "cpu": (1.0, False), "p50": (1.05, False), "p99": (1.05, False)}))
    for engine in ("libaio", "io_uring"):
        options = {"ioengine": engine, "rw": "randread", "bs": "4k", "iodepth": 32, "direct": 1, "norandommap": 1,
                   "iodepth_batch_submit": 8, "iodepth_batch_complete_min": 8, "iodepth_batch_complete_max": 32}
        found.append(Case(f"{engine} randread depth 32, batches of 8", options, {"iops": (0.97, True), "cpu": (0.9, False)}))
    for block in ("4k", "64k"):
        for pattern, direct in (("randread", 0), ("randwrite", 0), ("randwrite", 1)):
            options = {"ioengine": "libpmem", "rw": pattern, "bs": block, "direct": direct, "norandommap": 1}
            found.append(Case(f"libpmem {pattern} {block}{' direct' if direct else ''}", options, {"iops": (1.0, True)},
                              memory=True))
    for block, more in (("64k", {}), ("4k", {"gtod_reduce": 1})):
        options = {"ioengine": "libpmem", "rw": "randread", "bs": block, "norandommap": 1} | more
        name = f"libpmem randread {block}{' gtod_reduce' if more else ''}, memcpy"
        found.append(Case(name, options, {"iops": (0.9, True)}, memory=True, memcpy=True))
    options = {"ioengine": "psync", "rw": "randread", "bs": "4k", "invalidate": 0, "norandommap": 1}
    found.append(Case("psync cached randread", options, {"iops": (1.0, True), "cpu": (1.0, False)}, memory=True))
    for depth in (1, 32):
        options = {"ioengine": "null", "rw": "randread", "bs": "4k", "iodepth": depth, "norandommap": 1}
        found.append(Case(f"null depth {depth}", options, {"iops": (1.0, True), "cpu": (1.0, False)}, memory=True))
    return found


def job_file(settings, case, path):
    lines = ["[global]", "time_based=1", f"runtime={settings.seconds}", f"size={settings.size}",
             "randrepeat=1", "group_reporting=1", "[case]"]
    lines += [f"{key}={value}" for key, value in case.options.items()]
    if case.options["ioengine"] != "null":
        lines.append(f"filename={path}")
    text = "\n".join(lines) + "\n"
    name = f"{settings.folder}/case.fio"
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def execute(command, environment):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-400:]}{done.stderr[-800:]}")
    try:
        return json.loads(done.stdout[done.stdout.index("{"):])
    except ValueError as error:
        raise Failure(f"{' '.join(command)}: no JSON: {error}\n{done.stdout[:400]}") from error


def measure(settings, program, job, environment):
    if program == "fio":
        command = ["fio", "--output-format=json", job]
    else:
        command = [settings.marvel, "io", "--output-format=json", "--allow-destructive", "--emulated", job]
    report = execute(command, environment)["jobs"][0]
    if report.get("error"):
        raise Failure(f"{program}: error {report['error']} in {job}")
    direction = report["read"] if report["read"]["total_ios"] else report["write"]
    percentiles = direction["clat_ns"].get("percentile", {})
    seconds = report["job_runtime"] / 1e3
    return {
        "iops": direction["iops"],
        "cpu": (report["usr_cpu"] + report["sys_cpu"]) / 100 * seconds / direction["total_ios"] * 1e9,
        "p50": percentiles.get("50.000000", 0),
        "p99": percentiles.get("99.000000", 0),
    }


def copy(settings, case, path):
    """Blocks a second of a bare loop of memcpy over the same file."""
    block = int(case.options["bs"].removesuffix("k")) << 10
    done = subprocess.run([f"{settings.folder}/memcpy_loop", path, str(block), str(settings.seconds)], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise Failure(f"memcpy_loop: exit {done.returncode}: {done.stderr}")
    return {"iops": float(done.stdout)}


def compare(settings, case, path):
    environment = dict(os.environ)
    if case.options["ioengine"] == "libpmem":
        # /dev/shm is no persistent memory: both are told to take it for that.
        environment["PMEM_IS_PMEM_FORCE"] = "1"
    job = job_file(settings, case, path)
    pairs = []
    for index in range(settings.rounds):
        order = ["marvel", "fio"] if index % 2 == 0 else ["fio", "marvel"]
        pair = {program: copy(settings, case, path) if case.memcpy and program == "fio"
                else measure(settings, program, job, environment) for program in order}
        pairs.append(pair)
    for figure, (goal, higher) in case.goals.items():
        if any(pair["fio"][figure] == 0 or pair["marvel"][figure] == 0 for pair in pairs):
            continue
        logs = [math.log(pair["marvel"][figure] / pair["fio"][figure]) for pair in pairs]
        mean = statistics.fmean(logs)
        half = 0.0
        if len(logs) > 1:
            half = QUANTILES[min(len(logs) - 2, len(QUANTILES) - 1)] * statistics.stdev(logs) / math.sqrt(len(logs))
        low, high = math.exp(mean - half), math.exp(mean + half)
        reached = low >= goal if higher else high <= goal
        missed = high < goal if higher else low > goal
        case.figures[figure] = {
            "ratio": math.exp(mean), "low": low, "high": high, "goal": goal,
            "verdict": "reached" if reached else "missed" if missed else "open",
            "marvel": statistics.median(pair["marvel"][figure] for pair in pairs),
            "fio": statistics.median(pair["fio"][figure] for pair in pairs),
        }


def spend_credit(settings, path):
    """Reads the disk at full speed for a while."""
    command = ["fio", "--name=spend", f"--filename={path}", "--readonly", "--rw=read", "--bs=1m", "--direct=1", "--iodepth=8",
               "--ioengine=libaio", "--time_based", f"--runtime={settings.drain}", "--output-format=json"]
    report = execute(command, dict(os.environ))
    print(f"disk read for {settings.drain} s first: {report['jobs'][0]['read']['bw_bytes'] / 1e9:.2f} GB/s", flush=True)


def make_file(path, mebibytes):
    """Bytes that do not compress, written and fsynced."""
    with open(path, "wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(1 << 20))
        file.flush()
        os.fsync(file.fileno())


def number(value):
    return f"{value:,.0f}".replace(",", " ")


def arguments():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marvel", default=f"{root}/.build-release/release/marvel-bench")
    parser.add_argument("--ssd", default="/var/tmp", help="a folder on the device (default: /var/tmp)")
    parser.add_argument("--memory", default="/dev/shm", help="a folder in memory (default: /dev/shm)")
    parser.add_argument("--size", type=int, default=512, help="MiB of a test file (default: 512)")
    parser.add_argument("--rounds", type=int, default=6, help="pairs of a case; even (default: 6)")
    parser.add_argument("--seconds", type=int, default=3, help="of one run (default: 3)")
    parser.add_argument("--drain", type=int, default=10, help="seconds that the disk is read first (default: 10)")
    parser.add_argument("--cases", default="", help="words, separated by commas: only cases whose name has one of them")
    parser.add_argument("--json", help="also write all figures to this file")
    settings = parser.parse_args()
    if not shutil.which("fio"):
        parser.error("fio is missing: scripts/setup.sh drain")
    settings.marvel = os.path.abspath(settings.marvel)
    settings.mebibytes = settings.size
    settings.size = f"{settings.size}m"
    return settings


def main():
    settings = arguments()
    words = [word for word in settings.cases.split(",") if word]
    chosen = [case for case in cases() if not words or any(word in case.name for word in words)]
    if not chosen:
        raise Failure(f"no case has one of {words}")
    settings.folder = tempfile.mkdtemp(prefix="peers-io-", dir=settings.ssd)
    memory = tempfile.mkdtemp(prefix="peers-io-", dir=settings.memory)
    try:
        on_disk, in_memory = f"{settings.folder}/data", f"{memory}/data"
        if any(not case.memory for case in chosen):
            make_file(on_disk, settings.mebibytes)
            spend_credit(settings, on_disk)
        if any(case.memcpy for case in chosen):
            source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "memcpy_loop.c")
            subprocess.run(["cc", "-O2", "-o", f"{settings.folder}/memcpy_loop", source], check=True, stdin=subprocess.DEVNULL)
        if any(case.memory for case in chosen):
            make_file(in_memory, settings.mebibytes)
        print(f"{'case':38} {'figure':6} {'marvel':>11} {'fio':>11}  {'ratio':>5} [95 %]         goal")
        for case in chosen:
            compare(settings, case, in_memory if case.memory else on_disk)
            for figure, found in case.figures.items():
                sign = ">=" if case.goals[figure][1] else "<="
                print(f"{case.name:38} {figure:6} {number(found['marvel']):>11} {number(found['fio']):>11}  "
                      f"{found['ratio']:5.3f} [{found['low']:.3f}, {found['high']:.3f}] {sign} {found['goal']:.2f} "
                      f"{found['verdict']}", flush=True)
    finally:
        shutil.rmtree(settings.folder, ignore_errors=True)
        shutil.rmtree(memory, ignore_errors=True)
    if settings.json:
        with open(settings.json, "w", encoding="utf-8") as file:
            json.dump([{"case": case.name, "options": case.options, "figures": case.figures} for case in chosen], file, indent=1)
    verdicts = [found["verdict"] for case in chosen for found in case.figures.values()]
    print(f"{verdicts.count('reached')} reached, {verdicts.count('open')} open, {verdicts.count('missed')} missed; "
          f"{settings.rounds} pairs of {settings.seconds} s each; IOPS, CPU ns a request, latencies in ns")
    return 1 if "missed" in verdicts else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"peers_io: {failure}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
