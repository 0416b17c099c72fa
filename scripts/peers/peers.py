#!/usr/bin/env python3
"""Times marvel-bench's jobs beside DuckDB, Polars, chdb (ClickHouse) and ripgrep, on this machine.

Every run is a whole process, from its start to its written output, with as many threads as marvel-bench has
workers, on a file that was read just before. In each round every program runs once, in an order drawn anew, so that
a machine that slows down slows all of them down; a ratio compares the two runs of one round.

  wall        seconds, the least and the median of the rounds; `cpu` likewise, user and system, all processes
  times       the program's wall over marvel-bench's, round by round: median (least - greatest)
  less start  the same with the program's own bare start-up taken off (marvel-bench's stays in)
  peak        anonymous and shared memory of all its processes, sampled in one more run

`--check` compares every program's output with that of DuckDB, row by row: queries on tables with DuckDB's on decimals,
marvel-bench's rows exactly, those of programs that add up doubles to nine digits. Exit status: 0 fine, 2 marvel-bench
failed, 3 an output differs.
"""

import argparse
import csv
import datetime
import os
import platform
import random
import shutil
import statistics
import sys
import tempfile

import data
import measure
import queries
import rivals
from rivals import Task

TASKS = ["wordcount", "wordcount-distinct", "grep-suffix", "grep-prefix", "grep-rare"] + queries.NAMES
DISTINCT_WORDS = 2_000_000
COLUMNS = [
    "task", "program", "version", "input_bytes", "workers", "rounds", "wall_min_s", "wall_median_s", "cpu_median_s",
    "throughput_mb_s", "startup_median_s", "ratio_median", "ratio_min", "ratio_max", "ratio_less_startup_median",
    "peak_bytes", "output"]


def task_named(name, settings):
    """The data is made here, when its first task comes up."""
    if name in queries.NAMES:
        return queries.named(name, settings.tables or data.tables(settings.marvel, settings.data, settings.size))
    vocabulary = DISTINCT_WORDS if name == "wordcount-distinct" else None
    source = settings.text or data.text(settings.marvel, settings.data, settings.size, vocabulary)
    if name.startswith("wordcount"):
        return Task(name, source)
    if name == "grep-suffix":
        return Task(name, source, "[a-z]*ing", "ing")
    if name == "grep-prefix":
        return Task(name, source, "th[a-z]+", "th")
    literal = settings.rare or data.rare_literal(source)[0]
    return Task(name, source, literal + "[a-z]*", literal)


class Contest:
    """One task, run by every program that can do it."""

    def __init__(self, task, programs, settings, scratch):
        self.task, self.settings, self.scratch = task, settings, scratch
        self.environment = rivals.environment(settings)
        self.programs = [program for program in programs if program.forms(task, "")]
        self.form = {}
        self.runs = {program: [] for program in self.programs}
        self.startups = {program: [] for program in self.programs}
        self.peak = {}
        self.verdict = {}
        self.differs = False
        self.failed = []

    def path(self, program):
        return f"{self.scratch}/{program.name}"

    def command(self, program):
        return program.forms(self.task, self.path(program))[self.form.get(program, 0)]

    def clear(self, program):
        path = self.path(program)
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.remove(path)

    def warm(self):
        for source in self.task.sources:
            measure.warm(source)

    def timed(self, program):
        self.clear(program)
        self.warm()
        return measure.run(self.command(program), self.environment)

    def drop(self, program, run):
        print(f"peers: {self.task.name}: {program.name} ended with {run.status}: {run.error}", file=sys.stderr)
        self.programs.remove(program)
        self.failed.append(program.name)

    def choose_forms(self):
        """Runs each form once; the fastest that works is the one the rounds use. Also the run that is not counted."""
        for program in list(self.programs):
            walls = {}
            for index in range(len(program.forms(self.task, ""))):
                self.form[program] = index
                run = self.timed(program)
                if run.status == 0:
                    walls[index] = run.wall
            if walls:
                self.form[program] = min(walls, key=walls.get)
            else:
                self.drop(program, run)

    def round(self, order):
        """One run of each; a program that fails leaves the contest."""
        order.shuffle(self.programs)
        for program in list(self.programs):
            self.startups[program].append(measure.run(program.startup(), self.environment).wall)
            run = self.timed(program)
            if run.status == 0:
                self.runs[program].append(run)
            else:
                self.drop(program, run)

    def examine(self):
        """Peak memory, in one more run of each; the outputs of that run are compared. No row is held while timing."""
        judges = sorted((p for p in self.programs if p.name.startswith("duckdb")), key=lambda p: p.name)[:1]
        want = self.exact_rows(judges) if self.settings.check and isinstance(self.task, queries.Query) else None
        for program in judges + [p for p in self.programs if p not in judges]:
            self.clear(program)
            self.warm()
            run, self.peak[program] = measure.peak_memory(self.command(program), self.environment)
            if run.status != 0:
                self.verdict[program] = f"the run for memory ended with {run.status}"
            elif not self.settings.check or not judges:
                self.verdict[program] = "unchecked"
            else:
                rows = data.rows(self.path(program))
                want = rows if want is None else want
                self.verdict[program] = self.judged(program, rows, want, program in judges)
            self.clear(program)

    def judged(self, program, rows, want, is_judge):
        """What is said of an output; one that differs is remembered."""
        if isinstance(self.task, queries.Query):
            is_exact = program.name == "marvel-bench"
            found = queries.difference(rows, want, is_exact)
            fine = f"{len(rows)} rows, exact" if is_exact else "same to 9 digits"
        else:
            found = data.difference(rows, want)
            fine = f"{len(rows)} rows" if is_judge else "same"
        self.differs |= bool(found)
        return found or fine

    def exact_rows(self, judges):
        """The rows of a query as marvel-bench must have them, by DuckDB on decimals; None where it is not here."""
        if not judges:
            return None
        path = f"{self.scratch}/exact"
        run = measure.run(judges[0].exact(self.task, path), self.environment)
        if run.status != 0:
            raise SystemExit(f"peers: {self.task.name}: {judges[0].name} on decimals ended with {run.status}: {run.error}")
        rows = queries.exact_rows(self.task, path)
        os.remove(path)
        return rows

    def play(self):
        order = random.Random(self.settings.seed)
        self.choose_forms()
        for _ in range(self.settings.rounds):
            self.round(order)
        self.examine()
        self.programs.sort(key=lambda program: statistics.median(run.wall for run in self.runs[program]))


def summary(contest, settings):
    """One dictionary a program, by the names in COLUMNS."""
    marvel = next((program for program in contest.programs if program.name == "marvel-bench"), None)
    size = sum(map(os.path.getsize, contest.task.sources))
    found = []
    for program in contest.programs:
        runs, startup = contest.runs[program], statistics.median(contest.startups[program])
        walls = [run.wall for run in runs]
        row = dict.fromkeys(COLUMNS, "")
        row |= {
            "task": contest.task.name, "program": program.name, "version": program.known_version,
            "input_bytes": size, "workers": settings.workers, "rounds": len(runs), "wall_min_s": min(walls),
            "wall_median_s": statistics.median(walls), "cpu_median_s": statistics.median(run.cpu for run in runs),
            "throughput_mb_s": size / 1e6 / statistics.median(walls), "startup_median_s": startup,
            "peak_bytes": contest.peak[program], "output": contest.verdict[program]}
        if marvel and program is not marvel:
            pairs = [(run.wall, base.wall) for run, base in zip(runs, contest.runs[marvel])]
            ratios = [wall / base for wall, base in pairs]
            row |= {
                "ratio_median": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios),
                "ratio_less_startup_median": statistics.median((wall - startup) / base for wall, base in pairs)}
        found.append(row)
    return found


def table(contest, found):
    """The rows for people."""
    task, size = contest.task, sum(map(os.path.getsize, contest.task.sources))
    what = f" '{task.pattern}'" if task.is_grep else ""
    heads = [
        "program", "wall min", "median", "cpu", "MB/s", "start-up", "times marvel-bench's", "less start", "peak MiB",
        "output"]
    cells = [heads]
    for row in found:
        pairs = less = ""
        if row["ratio_median"]:
            pairs = f"{row['ratio_median']:.2f} ({row['ratio_min']:.2f} - {row['ratio_max']:.2f})"
            less = f"{row['ratio_less_startup_median']:.2f}"
        cells.append([
            f"{row['program']} {row['version']}", f"{row['wall_min_s']:.3f}", f"{row['wall_median_s']:.3f}",
            f"{row['cpu_median_s']:.3f}", f"{row['throughput_mb_s']:.0f}", f"{row['startup_median_s']:.3f}", pairs,
            less, f"{row['peak_bytes'] / 2**20:.0f}", row["output"]])
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    lines = [f"{task.name}{what}: {size / 2**20:.0f} MiB, {contest.settings.rounds} rounds"]
    for line in cells:
        padded = [text.ljust(width) if column in (0, 9) else text.rjust(width)
                  for column, (text, width) in enumerate(zip(line, widths))]
        lines.append("  ".join(padded).rstrip())
    if contest.failed:
        lines.append("failed: " + ", ".join(contest.failed))
    return "\n".join(lines)


def machine():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    model = names[0] if names else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {len(os.sched_getaffinity(0))} CPUs, {memory:.0f} GiB, Linux {platform.release()}"


def arguments():
    root = os.path.dirname(os.path.dirname(rivals.HERE))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    program = f"{root}/.build-release/release/marvel-bench"
    parser.add_argument("--marvel", default=program, help="the program (make build)")
    parser.add_argument("--venv", default=f"{root}/.peers/venv", help="the rivals (scripts/peers/setup.sh)")
    parser.add_argument("--data", default=f"{root}/.peers/data", help="where generated data is kept")
    parser.add_argument("--text", default="", help="a text of your own for every task, instead of generated ones")
    parser.add_argument("--tables", default="", help="a folder with your own rankings.csv and uservisits.csv")
    parser.add_argument("--size", default="1GiB", help="of each generated text, and of uservisits (default: 1GiB)")
    parser.add_argument("--tasks", default=",".join(TASKS), help=f"default: {','.join(TASKS)}")
    parser.add_argument("--programs", default="", help="default: " + ",".join(kind.name for kind in rivals.ALL))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2, help="also the rivals' threads (default: 2)")
    parser.add_argument("--system", default="marvel-igfs", help="marvel-bench's (default: marvel-igfs)")
    parser.add_argument("--rare", default="", help="the literal of grep-rare (default: found in the text)")
    parser.add_argument("--seed", type=int, default=1, help="of the order within the rounds")
    parser.add_argument("--out", default="", help="results folder (default: results/<utc>-peers)")
    parser.add_argument("--check", action="store_true", help="compare every output with DuckDB's")
    settings = parser.parse_args()
    if settings.rounds < 1:
        parser.error("--rounds: at least 1")
    for name in settings.tasks.split(","):
        if name not in TASKS:
            parser.error(f"unknown task '{name}'; known here: {', '.join(TASKS)}")
    names = [kind.name for kind in rivals.ALL]
    for name in filter(None, settings.programs.split(",")):
        if name not in names:
            parser.error(f"unknown program '{name}'; known here: {', '.join(names)}")
    if not os.access(settings.marvel, os.X_OK):
        parser.error(f"{settings.marvel} is no program; run 'make build' first, or name it by --marvel")
    settings.marvel = os.path.abspath(settings.marvel)
    utc = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    settings.out = settings.out or f"{root}/results/{utc}-peers"
    return settings


def competitors(settings):
    wanted = settings.programs.split(",") if settings.programs else [kind.name for kind in rivals.ALL]
    found = []
    for kind in rivals.ALL:
        program = kind(settings)
        if kind.name in wanted and not program.available():
            print(f"peers: {kind.name} is not here (make peers installs it); left out", file=sys.stderr)
        elif kind.name in wanted:
            program.known_version = program.version()
            found.append(program)
    return found


def write_csv(path, columns, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def main():
    settings = arguments()
    programs = competitors(settings)
    os.makedirs(settings.out, exist_ok=True)
    os.makedirs(settings.data, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix="outputs-", dir=settings.data)
    results, raw, status = [], [], 0
    report = [machine()]
    print(report[0])
    try:
        for name in settings.tasks.split(","):
            contest = Contest(task_named(name, settings), programs, settings, scratch)
            contest.play()
            found = summary(contest, settings)
            results += found
            raw += [
                [name, program.name, index, run.wall, run.cpu, contest.startups[program][index]]
                for program in contest.programs for index, run in enumerate(contest.runs[program])]
            report.append(table(contest, found))
            print("\n" + report[-1], flush=True)
            if "marvel-bench" in contest.failed:
                status = 2
            elif contest.differs:
                status = status or 3
            write_csv(f"{settings.out}/summary.csv", COLUMNS, [[row[key] for key in COLUMNS] for row in results])
            columns = ["task", "program", "round", "wall_s", "cpu_s", "startup_s"]
            write_csv(f"{settings.out}/rounds.csv", columns, raw)
            with open(f"{settings.out}/summary.txt", "w") as file:
                file.write("\n\n".join(report) + "\n")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"\n{settings.out}")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
