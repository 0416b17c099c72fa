#!/usr/bin/env python3
"""How the jobs' time grows with the size of their input, and how it falls with a second worker.

Every run is a whole process on files that were read just before. In each round each size is run once with each number
of workers, in an order drawn anew; speed-ups and ratios compare runs of one round.

  s/GiB       seconds for each GiB of the input, the median of the rounds
  fit         wall = a + b x size through the sizes' least times (the most workers)
  speed-up    the time with one worker over that with the most, round by round: median (least - greatest)

A program of one's own can run beside it: `--reference wordcount='wc_ref simd {workers} {text} {output}'`; `{text}`,
`{tables}` (the folder), `{rankings}`, `{uservisits}`, `{output}`, `{workers}` are replaced. Then every line also has
marvel-bench's time over the program's, round by round. Exit status: 2 where a program failed.
"""

import argparse
import os
import random
import shlex
import shutil
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"))
import data  # noqa: E402
import measure  # noqa: E402
import queries  # noqa: E402

TEXTS = {"wordcount": [], "grep": ["--pattern", "[a-z]*ing"]}
TASKS = list(TEXTS) + queries.NAMES


class Input:
    """The files of one size of one task."""

    def __init__(self, task, size, settings):
        self.task, self.size = task, size
        if task in TEXTS:
            self.text = data.text(settings.marvel, settings.data, size, settings.vocabulary)
            self.names = {"text": self.text}
            self.sources, self.job = [self.text], [task, "--input", self.text, *TEXTS[task]]
        else:
            query = queries.named(task, data.tables(settings.marvel, settings.data, size))
            self.names = {"tables": query.folder, "rankings": query.rankings, "uservisits": query.uservisits}
            self.sources, self.job = query.sources, queries.job(query)
        self.bytes = sum(map(os.path.getsize, self.sources))

    def command(self, program, workers, output, settings):
        if program == "marvel-bench":
            return [settings.marvel, "job", *self.job, "--output", output, "--workers", str(workers)]
        template = settings.references[self.task]
        return [part.format(output=output, workers=workers, **self.names) for part in shlex.split(template)]


def timed(command, given, output):
    if os.path.isdir(output):
        shutil.rmtree(output)
    elif os.path.exists(output):
        os.remove(output)
    for source in given.sources:
        measure.warm(source)
    run = measure.run(command, dict(os.environ))
    if run.status != 0:
        print(f"growth: {' '.join(command)}: exit {run.status}\n{run.error}", file=sys.stderr)
        raise SystemExit(2)
    return run.wall


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} - {max(values):.2f})"


def fit(points):
    """Least squares: wall = a + b x GiB."""
    mean_x, mean_y = statistics.mean(x for x, _ in points), statistics.mean(y for _, y in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return mean_y - slope * mean_x, slope


def report(task, inputs, walls, programs, workers):
    most = max(workers)
    print(f"\n{task}")
    for given in inputs:
        gib = given.bytes / 2**30
        line = [f"  {given.size:>8}"]
        for program in programs:
            line.append(f"{program} {statistics.median(walls[program, given.size, most]) / gib:.3f} s/GiB")
            if len(workers) > 1:
                pairs = zip(walls[program, given.size, min(workers)], walls[program, given.size, most])
                line.append(f"speed-up {spread([one / many for one, many in pairs])}")
        if len(programs) > 1:
            pairs = zip(*(walls[program, given.size, most] for program in programs))
            line.append(f"ratio {spread([ours / theirs for ours, theirs in pairs])}")
        print("  ".join(line))
    if len(inputs) > 1:
        for program in programs:
            least = [(given.bytes / 2**30, min(walls[program, given.size, most])) for given in inputs]
            a, b = fit(least)
            print(f"  fit {program}: {a:.3f} s + {b:.3f} s/GiB; least times " + ", ".join(f"{y:.3f}" for _, y in least))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marvel", default=".build-release/release/marvel-bench")
    parser.add_argument("--data", default=".peers/data", help="where generated files are kept")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--sizes", default="256MiB,512MiB,1GiB,2GiB,4GiB")
    parser.add_argument("--workers", default="2", help="numbers of workers, as 1,2")
    parser.add_argument("--vocabulary", type=int, default=200_000, help="words of the texts, at every size")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reference", action="append", default=[], metavar="TASK=COMMAND")
    settings = parser.parse_args()
    settings.references = dict(word.split("=", 1) for word in settings.reference)
    workers = sorted(map(int, settings.workers.split(",")))
    order = random.Random(settings.seed)
    for task in settings.tasks.split(","):
        if task not in TASKS:
            parser.error(f"unknown task '{task}'; known here: {', '.join(TASKS)}")
        inputs = [Input(task, size, settings) for size in settings.sizes.split(",")]
        programs = ["marvel-bench"] + (["reference"] if task in settings.references else [])
        walls = {}
        with tempfile.TemporaryDirectory(dir=settings.data) as scratch:
            for number in range(settings.rounds + 1):
                runs = [(g, p, w) for g in inputs for p in programs for w in workers]
                order.shuffle(runs)
                runs.sort(key=lambda run: inputs.index(run[0]))  # one size's files at a time stay in the page cache
                for given, program, count in runs:
                    output = f"{scratch}/output"
                    wall = timed(given.command(program, count, output, settings), given, output)
                    if number:  # the first round is not counted
                        walls.setdefault((program, given.size, count), []).append(wall)
        report(task, inputs, walls, programs, workers)


if __name__ == "__main__":
    main()
