"""Polars: `polars_query.py TASK OUTPUT ARGUMENTS`, where TASK and ARGUMENTS are one of

    wordcount    INPUT
    grep         INPUT PATTERN [LITERAL]
    scan         RANKINGS MIN_RANK
    aggregation  USERVISITS PREFIX_LENGTH
    join         RANKINGS USERVISITS FIRST_DAY LAST_DAY LIMIT

Without arguments it only starts, which is what every run pays.
"""

import sys

import polars as pl

VISITS = {
    "sourceIP": pl.String, "destURL": pl.String, "visitDate": pl.String, "adRevenue": pl.Float64,
    "userAgent": pl.String, "countryCode": pl.String, "languageCode": pl.String, "searchWord": pl.String,
    "duration": pl.Int32}
RANKINGS = {"pageURL": pl.String, "pageRank": pl.Int32, "avgDuration": pl.Int32}


def table(path, schema):
    return pl.scan_csv(path, has_header=False, quote_char=None, schema=schema)


def counts(keys):
    return keys.group_by("key").agg(pl.len())


def wordcount(source):
    lines = pl.scan_lines(source, name="line")
    return counts(lines.select(key=pl.col("line").str.split(" ")).explode("key").filter(pl.col("key") != ""))


def grep(source, pattern, literal=""):
    lines = pl.scan_lines(source, name="line")
    if literal:
        lines = lines.filter(pl.col("line").str.contains(literal, literal=True))
    return counts(lines.select(key=pl.col("line").str.extract_all(pattern)).explode("key").drop_nulls())


def scan(rankings, least):
    return table(rankings, RANKINGS).filter(pl.col("pageRank") > int(least)).select("pageURL", "pageRank")


def aggregation(uservisits, length):
    key = pl.col("sourceIP").str.slice(0, int(length))
    return table(uservisits, VISITS).group_by(key).agg(pl.col("adRevenue").sum())


def join(rankings, uservisits, first, last, limit):
    # Days as text: they compare as days do, and nothing is parsed.
    visits = table(uservisits, VISITS).filter(pl.col("visitDate").is_between(pl.lit(first), pl.lit(last)))
    rows = visits.join(table(rankings, RANKINGS), left_on="destURL", right_on="pageURL").group_by("sourceIP")
    rows = rows.agg(totalRevenue=pl.col("adRevenue").sum(), averageRank=pl.col("pageRank").mean())
    return rows.sort("totalRevenue", descending=True).limit(int(limit)) if int(limit) else rows


def main(task, target, *rest):
    tasks = {"wordcount": wordcount, "grep": grep, "scan": scan, "aggregation": aggregation, "join": join}
    tasks[task](*rest).sink_csv(target, include_header=False, separator="\t", quote_style="never")


if len(sys.argv) > 1:
    main(*sys.argv[1:])
else:
    pl.LazyFrame({"key": [1]}).collect()
