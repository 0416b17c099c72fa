"""Polars: `polars_query.py wordcount|grep INPUT OUTPUT [PATTERN [LITERAL]]`.

Without arguments it only starts, which is what every run pays.
"""

import sys

import polars as pl


def main(task, source, target, pattern="", literal=""):
    lines = pl.scan_lines(source, name="line")
    if task == "wordcount":
        keys = lines.select(key=pl.col("line").str.split(" ")).explode("key").filter(pl.col("key") != "")
    else:
        if literal:
            lines = lines.filter(pl.col("line").str.contains(literal, literal=True))
        keys = lines.select(key=pl.col("line").str.extract_all(pattern)).explode("key").drop_nulls()
    counts = keys.group_by("key").agg(pl.len())
    counts.sink_csv(target, include_header=False, separator="\t", quote_style="never")


if len(sys.argv) > 1:
    main(*sys.argv[1:])
else:
    pl.LazyFrame({"key": [1]}).collect()
