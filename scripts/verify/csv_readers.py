#!/usr/bin/env python3
"""Reads a run's CSV files with pandas, DuckDB, R and gnuplot, each without a single option (gnuplot is
told that commas separate), and compares what they find with
Python's csv module (RFC 4180): rows, columns, sums of the numbers, empty fields that are no zeros, awkward texts.

    scripts/verify/csv_readers.py --marvel PROGRAM [--results FOLDER]
"""
import argparse
import csv
import pathlib
import shutil
import subprocess
import sys
import tempfile

import duckdb
import pandas

failures = 0


def check(what, holds, detail=""):
    global failures
    failures += not holds
    print(f"{'ok  ' if holds else 'FAIL'} {what}" + (f": {detail}" if detail and not holds else ""))


def truth(path, column):
    """Header, count of rows, count and sum of a column's numbers, and the texts of `reason` or of the first column."""
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    header, rows = rows[0], rows[1:]
    assert all(len(row) == len(header) for row in rows), path
    numbers = [int(row[header.index(column)]) for row in rows if row[header.index(column)] != ""]
    word = "reason" if "reason" in header else header[0]
    texts = sorted({row[header.index(word)] for row in rows if row[header.index(word)] != ""})
    return header, len(rows), len(numbers), sum(numbers), word, texts


def by_pandas(path, column, word):
    table = pandas.read_csv(path)
    numbers = table[column].dropna()
    return list(table.columns), len(table), len(numbers), int(numbers.sum()), sorted(map(str, table[word].dropna().unique()))


def by_duckdb(path, column, word):
    table = duckdb.sql(f"SELECT * FROM '{path}'")
    rows, numbers, total = duckdb.sql(f"SELECT count(*), count({column}), sum({column})::HUGEINT FROM '{path}'").fetchall()[0]
    texts = duckdb.sql(f"SELECT DISTINCT {word} FROM '{path}' WHERE {word} IS NOT NULL AND {word}::VARCHAR <> ''").fetchall()
    return table.columns, rows, numbers, int(total), sorted(str(text) for (text,) in texts)


R_PROGRAM = """
arguments <- commandArgs(TRUE)
table <- read.csv(arguments[1])
numbers <- table[[arguments[2]]]
numbers <- numbers[!is.na(numbers)]
words <- sort(unique(as.character(table[[arguments[3]]])))
words <- words[!is.na(words) & words != ""]
cat(paste(names(table), collapse = "\\t"), nrow(table), length(numbers), format(sum(as.numeric(numbers)), digits = 15, scientific = FALSE), "", sep = "\\n")
cat(words, sep = "\\001")
"""


def by_r(path, column, word):
    said = subprocess.run(["Rscript", "-e", R_PROGRAM, path, column, word], capture_output=True, text=True, check=True).stdout
    header, rows, numbers, total, _, texts = said.split("\n", 5)
    # R calls a column that is a word of its language, as `repeat`, by that word and a dot.
    return [name.rstrip(".") for name in header.split("\t")], int(rows), int(numbers), int(total), sorted(t for t in texts.rstrip("\n").split("\x01") if t)


def by_gnuplot(path, column, header):
    place = header.index(column) + 1
    script = f"set datafile separator comma; stats '{path}' using {place} skip 1 nooutput; print sprintf('%d %.17g', STATS_records, STATS_sum)"
    said = subprocess.run(["gnuplot", "-e", script], capture_output=True, text=True, check=True).stderr.split()
    return int(said[0]), float(said[1])


def examine(path, column, broken_lines=False):
    """All readers; gnuplot knows no line break within a field, which the program never writes."""
    header, rows, numbers, total, word, texts = truth(path, column)
    name = path.name
    expected = (header, rows, numbers, total, texts)
    check(f"{name}: pandas", by_pandas(str(path), column, word) == expected, by_pandas(str(path), column, word)[1:])
    check(f"{name}: DuckDB", by_duckdb(str(path), column, word) == expected, by_duckdb(str(path), column, word)[1:])
    if shutil.which("Rscript"):
        check(f"{name}: R", by_r(str(path), column, word) == expected, by_r(str(path), column, word)[1:])
    else:
        print("skip R is not installed (Debian: apt-get install r-base-core)")
    if broken_lines:
        return
    found = by_gnuplot(str(path), column, header)
    close = abs(found[1] - total) <= 1e-9 * max(1, total)
    check(f"{name}: gnuplot", found[0] == numbers and close, found)


def awkward(source, target):
    """The same rows with what RFC 4180 is there for in `reason`, and other letters in `system`."""
    with open(source, newline="") as file:
        rows = list(csv.DictReader(file))
    texts = ['a, "quoted" one', "two\nlines", "größer 漢字 🚀", "it's 50 %; #5", "ends in \\", ""]
    for row, text in zip(rows, texts):
        row["reason"] = text
        row["system"] = "größe-漢字"
    with open(target, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--marvel", required=True)
    parser.add_argument("--results", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        results = options.results
        if not results:
            results = scratch / "results"
            # A system that is not there makes rows with empty fields and a reason.
            subprocess.run([options.marvel, "run", "figure1", "--size", "4MiB", "--repeats", "2", "--warmup", "0",
                            "--out", results], check=True, capture_output=True)
        subprocess.run([options.marvel, "report", results, "--format", "csv", "--out", scratch / "report"],
                       check=True, capture_output=True)
        for name in ("trials.csv", "stages.csv", "activations.csv"):
            examine(results / name, "run_ns" if name.startswith("act") else "wall_ns")
        examine(scratch / "report" / "report.csv", "wall_ns")
        awkward(results / "trials.csv", scratch / "awkward.csv")
        examine(scratch / "awkward.csv", "wall_ns", broken_lines=True)
        with open(results / "trials.csv", newline="") as file:
            check("no field has a line break", not any("\n" in field for row in csv.reader(file) for field in row))
        if (results / "io.csv").exists():
            examine(results / "io.csv", "block_bytes")
    print(f"CSV by other readers: {'all holds' if not failures else f'{failures} do not hold'}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
