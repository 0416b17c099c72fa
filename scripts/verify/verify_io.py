#!/usr/bin/env python3
"""Lets the programs that read fio's output read marvel-bench's, unchanged: fio's own fio_jsonplus_clat2csv, fio-plot.

Runs small jobs by `marvel-bench io`, and the same job file by fio where it is installed; compares the two documents'
keys, and what the programs make of each. Puts every option that fio lists to `io check`: each must be known. Prints a line
a check. Exit status: 0 all held, 3 one did not, 2 a run failed.
"""

import argparse
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

JOB = """[global]
bs=4k
size=8m
direct=1
directory={folder}
ioengine=libaio
time_based
runtime=2
group_reporting
[{name}]
rw={rw}
iodepth={depth}
numjobs={jobs}
write_bw_log={name}
write_lat_log={name}
write_iops_log={name}
log_avg_msec=200
"""
# fio-plot reads depths and copies from the jobs' options.
RUNS = [("randread", depth, 1) for depth in (1, 4, 16)] + [("randread", 4, 2), ("randrw", 8, 2)]
bad = 0


def check(what, holds, detail=""):
    global bad
    bad += not holds
    print(f"{'held' if holds else 'DIFFERS'}: {what}{': ' + detail if detail and not holds else ''}")


def run(words, **options):
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode:
        print(f"{' '.join(map(str, words))}: exit status {done.returncode}\n{done.stdout}{done.stderr}", file=sys.stderr)
        sys.exit(2)
    return done


def keys(value, path=""):
    """Each object's keys by path; what are values by nature (options, percentiles, bins) left out."""
    if isinstance(value, list):
        return set().union(*(keys(each, path) for each in value)) if value else set()
    if not isinstance(value, dict) or path.endswith(("options", "percentile", "bins")):
        return set()
    mine = {f"{path}/{key}" for key in value}
    return mine.union(*(keys(each, f"{path}/{key}") for key, each in value.items()))


def read_bins(folder, document, tool):
    """What fio_jsonplus_clat2csv makes of a document: requests by direction, summed over its bins."""
    out = folder / (document.stem + ".csv")
    run([tool, document, out])
    sums = {}
    for file in sorted(folder.glob(document.stem + "_job*.csv")):
        for row in csv.DictReader(file.read_text().splitlines(), skipinitialspace=True):
            for name, text in row.items():
                if name and name.endswith("_count") and text and text.strip():
                    sums[name] = sums.get(name, 0) + int(text)
    return sums


def fio_options(fio):
    """Every option of fio and of its engines, with the other names that it tells."""
    def listed(text):
        return re.findall(r"^ *([a-z][\w-]*) *: ", text, re.MULTILINE)

    names = listed(run([fio, "--cmdhelp=all"]).stdout)
    for name in list(names):
        names += re.findall(r"^ *alias: (\S+)", run([fio, f"--cmdhelp={name}"]).stdout, re.MULTILINE)
    for engine in run([fio, "--enghelp"]).stdout.split("\n")[1:]:
        # An engine without options of its own ends with an error, and so does one whose library is missing.
        if engine.strip():
            names += listed(subprocess.run([fio, f"--enghelp={engine.strip()}"], capture_output=True, text=True).stdout)
    return sorted(set(names))


def check_options(marvel, fio):
    names = fio_options(fio)
    unknown = []
    for name in names:
        done = subprocess.run(
            [marvel, "io", "check", "--name=x", f"--{name}=1"], capture_output=True, text=True)
        if "unknown option" in done.stderr or done.returncode not in (0, 64):
            unknown.append(name)
    check(f"each of {len(names)} options that fio lists is known", len(names) > 250 and not unknown, " ".join(unknown))


def check_verified_reads(marvel, fio, folder):
    """256 blocks, some read in the mix and the others as they are verified: each counts as one read."""
    words = ["--name=v", "--rw=randrw", "--bs=4k", "--size=1m", "--verify=crc32c", f"--directory={folder}",
             "--output-format=json", f"--output={folder}/v.json"]
    counts = {}
    for name, command in {"fio": [fio], "marvel-bench": [marvel, "io"]}.items():
        run(command + words, cwd=folder)
        read = json.loads((folder / "v.json").read_text())["jobs"][0]["read"]
        counts[name] = read["total_ios"], read["io_bytes"], read["clat_ns"]["N"]
        for left in folder.glob("v*"):
            left.unlink()
    check("reads that verify count as fio's", set(counts.values()) == {(256, 1 << 20, 256)}, str(counts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--marvel", required=True)
    parser.add_argument("--folder", default="/var/tmp", help="where the test files lie (a block device)")
    arguments = parser.parse_args()
    marvel = str(pathlib.Path(arguments.marvel).resolve())
    tool = shutil.which("fio_jsonplus_clat2csv")
    fio = shutil.which("fio")
    plot = pathlib.Path(sys.executable).with_name("fio-plot")
    if not tool or not fio or not plot.exists():
        sys.exit("verify_io: fio, fio_jsonplus_clat2csv or fio-plot is missing (make verify installs them)")
    work = pathlib.Path(tempfile.mkdtemp(prefix="marvel-verify-io-", dir=arguments.folder))
    try:
        check_options(marvel, fio)
        check_verified_reads(marvel, fio, work)
        compare(work, marvel, fio, tool, plot)
    finally:
        shutil.rmtree(work)
    print(f"{bad} checks failed" if bad else "all held")
    sys.exit(3 if bad else 0)


def compare(work, marvel, fio, tool, plot):
    ours, theirs, files = work / "ours", work / "theirs", work / "files"
    for folder in (ours, theirs, files):
        folder.mkdir()
    for rw, depth, jobs in RUNS:
        # As bench-fio calls them: fio-plot finds logs by these names.
        name = f"{rw}-iodepth-{depth}-numjobs-{jobs}"
        job = work / f"{name}.fio"
        job.write_text(JOB.format(folder=files, name=name, rw=rw, depth=depth, jobs=jobs))
        run([marvel, "io", job, "--output-format=json+", f"--output={ours / name}.json", "--eta=never"], cwd=ours)
        run([fio, job, "--output-format=json+", f"--output={theirs / name}.json"], cwd=theirs)
        for left in files.iterdir():
            left.unlink()
        mine = json.loads((ours / f"{name}.json").read_text())
        other = json.loads((theirs / f"{name}.json").read_text())
        missing = sorted(keys(other) - keys(mine))
        check(f"{name}: every key of fio's JSON is there", not missing, " ".join(missing))
        added = sorted(keys(mine) - keys(other))
        check(f"{name}: no key beside fio's but notes", added == ["/notes"], " ".join(added))
        counts = read_bins(ours, ours / f"{name}.json", tool)
        for direction in ("read", "write"):
            total = sum(each[direction]["total_ios"] for each in mine["jobs"])
            check(
                f"{name}: fio_jsonplus_clat2csv finds all {direction}s in the bins",
                counts.get(f"{direction}_clat_ns_count", 0) == total, f"{counts} against {total}")
        logs = {file.name for file in theirs.glob(f"{name}_*.log")}
        here = {file.name for file in ours.glob(f"{name}_*.log")}
        check(f"{name}: logs have fio's names", here == logs and logs, f"{sorted(here)} against {sorted(logs)}")
        for file in sorted(ours.glob(f"{name}_*.log")):
            lines = file.read_text().splitlines()
            check(f"{file.name}: five numbers a line", lines and all(
                len(line.split(",")) == 5 and all(part.strip().isdigit() for part in line.split(","))
                for line in lines))
    documents = work / "documents"
    documents.mkdir()
    for file in ours.glob("*.json"):
        shutil.copy(file, documents)
    for what, words in {
        "2D bars over depths": ["-l", "-i", documents, "-r", "randread", "-n", "1", "-d", "1", "4", "16"],
        "2D bars over jobs": ["-N", "-i", documents, "-r", "randread", "-d", "4", "-n", "1", "2"],
        "a histogram of latencies": ["-H", "-i", documents, "-r", "randread", "-d", "4", "-n", "1"],
        "a graph of the logs": ["-g", "-i", ours, "-r", "randrw", "-t", "bw", "iops", "lat", "-d", "8", "-n", "2"],
    }.items():
        picture = work / "picture.png"
        picture.unlink(missing_ok=True)
        done = subprocess.run(
            [plot, "-T", what, "-o", picture, *words], capture_output=True, text=True, cwd=work,
            env=dict(os.environ, MPLBACKEND="Agg", COLUMNS="200"))
        drawn = picture.exists() and picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        check(f"fio-plot draws {what}", done.returncode == 0 and drawn, done.stdout[-600:] + done.stderr[-600:])


main()
