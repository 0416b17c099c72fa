"""The queries on tables: how each program is asked, and what the exact answer is.

`scan` and `aggregation` are the Big Data Benchmark's first two queries, `join-top` its third for three months and with
one row of result, `join-full` the same for thirty years and with all rows. Every program reads the CSV each time.
Programs are timed with adRevenue as a double, as their users have it; the answer that outputs are compared with is
DuckDB's with adRevenue as DECIMAL(38,18), whose sums are exact.
"""

import itertools
from dataclasses import dataclass

NAMES = ["scan", "aggregation", "join-top", "join-full"]
DOUBLE, EXACT = "DOUBLE", "DECIMAL(38,18)"
# Doubles are sums of up to millions of rounded numbers.
TOLERANCE = 1e-9
RANKINGS = {"pageURL": "VARCHAR", "pageRank": "BIGINT", "avgDuration": "VARCHAR"}
USERVISITS = {
    "sourceIP": "VARCHAR", "destURL": "VARCHAR", "visitDate": "DATE", "adRevenue": DOUBLE, "userAgent": "VARCHAR",
    "countryCode": "VARCHAR", "languageCode": "VARCHAR", "searchWord": "VARCHAR", "duration": "VARCHAR"}


@dataclass(frozen=True)
class Query:
    """One query on `rankings.csv` and `uservisits.csv` in `folder`; `join-corral` too, which is not timed."""

    name: str
    folder: str
    min_rank: int = 100
    prefix_length: int = 8
    first: str = "1980-01-01"
    last: str = "1980-04-01"
    limit: int = 0

    is_grep = False

    @property
    def rankings(self):
        return f"{self.folder}/rankings.csv"

    @property
    def uservisits(self):
        return f"{self.folder}/uservisits.csv"

    @property
    def is_join(self):
        return self.name.startswith("join")

    @property
    def sources(self):
        """The files that the query reads."""
        reads = {"scan": [self.rankings], "aggregation": [self.uservisits]}
        return reads.get(self.name, [self.rankings, self.uservisits])


def named(name, folder):
    if name == "join-top":
        return Query(name, folder, limit=1)
    if name == "join-full":
        return Query(name, folder, last="2010-01-01")
    if name == "join-corral":
        return Query(name, folder, first="0001-01-01", last="1999-12-31")
    return Query(name, folder)


def job(query):
    """marvel-bench's arguments behind `job`."""
    if query.name == "scan":
        return ["scan", "--rankings", query.rankings, f"--min-rank={query.min_rank}"]
    if query.name == "aggregation":
        return ["aggregation", "--uservisits", query.uservisits, "--prefix-length", str(query.prefix_length)]
    command = ["join", "--rankings", query.rankings, "--uservisits", query.uservisits]
    if query.name == "join-corral":
        return ["join-corral"] + command[1:]
    command += ["--from", query.first, "--to", query.last]
    return command + (["--limit", str(query.limit)] if query.limit else [])


def csv_by_duckdb(path, columns, is_strict=True):
    """A table function that reads `path` as it is generated: commas, no quotes, no header.

    What is not strict checks less, and is a few hundredths faster.
    """
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return (
        f"read_csv({literal(path)}, columns={{{types}}}, delim=',', quote='', escape='', header=false, "
        f"auto_detect=false, new_line='\\n', strict_mode={str(is_strict).lower()})")


def duckdb_statements(query, output, workers):
    """The query read strictly and not, with days as DATE and, for joins, also as text, which compares the same."""
    forms = []
    for kind, is_strict in itertools.product(["DATE", "VARCHAR"] if query.is_join else ["VARCHAR"], [False, True]):
        visits = csv_by_duckdb(query.uservisits, USERVISITS | {"visitDate": kind}, is_strict)
        rankings = csv_by_duckdb(query.rankings, RANKINGS | {"pageRank": "INTEGER"}, is_strict)
        forms.append(_copy(_timed_sql(query, rankings, visits, "substr"), output, workers))
    return forms


def clickhouse_statements(query, output, workers):
    """Days as text and as Date32; `INTO OUTFILE` writes the rows."""
    forms = []
    for kind in ["Date32", "String"] if query.is_join else ["String"]:
        rankings = f"file({literal(query.rankings)}, 'CSV', 'pageURL String, pageRank Int32, avgDuration Int32')"
        visits = (
            f"file({literal(query.uservisits)}, 'CSV', 'sourceIP String, destURL String, visitDate {kind}, "
            "adRevenue Float64, userAgent String, countryCode String, languageCode String, searchWord String, "
            "duration Int32')")
        forms.append(
            f"{_timed_sql(query, rankings, visits, 'substring')} INTO OUTFILE {literal(output)} TRUNCATE "
            f"FORMAT TSVRaw SETTINGS max_threads={workers}, format_csv_allow_double_quotes=0")
    return forms


def _timed_sql(query, rankings, visits, substring):
    if query.name == "scan":
        return f"SELECT pageURL, pageRank FROM {rankings} WHERE pageRank > {query.min_rank}"
    if query.name == "aggregation":
        return (
            f"SELECT {substring}(sourceIP, 1, {query.prefix_length}) AS source, sum(adRevenue) FROM {visits} "
            "GROUP BY source")
    rows = (
        f"SELECT sourceIP, sum(adRevenue) AS totalRevenue, avg(pageRank) AS averageRank FROM {visits} AS v "
        f"JOIN {rankings} AS r ON r.pageURL = v.destURL "
        f"WHERE v.visitDate BETWEEN '{query.first}' AND '{query.last}' GROUP BY sourceIP")
    return rows + (f" ORDER BY totalRevenue DESC LIMIT {query.limit}" if query.limit else "")


def exact_sql(query, rankings, visits):
    """Key, exact sum of adRevenue, exact sum of pageRank, rows: whatever the query's rows are made of."""
    if query.name == "scan":
        return f"SELECT pageURL, NULL, pageRank, NULL FROM {rankings} WHERE pageRank > {query.min_rank}"
    if query.name == "aggregation":
        return (
            f"SELECT substr(sourceIP, 1, {query.prefix_length}) AS source, sum(adRevenue), NULL, NULL FROM {visits} "
            "GROUP BY source")
    rows = (
        f"SELECT sourceIP, sum(adRevenue) AS totalRevenue, sum(pageRank), count(*) FROM {visits} AS v "
        f"JOIN {rankings} AS r ON r.pageURL = v.destURL "
        f"WHERE v.visitDate BETWEEN DATE '{query.first}' AND DATE '{query.last}' GROUP BY sourceIP")
    return rows + (f" ORDER BY totalRevenue DESC, sourceIP LIMIT {query.limit}" if query.limit else "")


def exact_statement(query, output, workers):
    """DuckDB's statement that writes what `exact_sql` finds."""
    visits = csv_by_duckdb(query.uservisits, USERVISITS | {"adRevenue": EXACT})
    return _copy(exact_sql(query, csv_by_duckdb(query.rankings, RANKINGS), visits), output, workers)


def _copy(sql, output, workers):
    return (
        f"SET threads={workers}; SET preserve_insertion_order=false; "
        f"COPY ({sql}) TO {literal(output)} (FORMAT csv, HEADER false, DELIMITER E'\\t', QUOTE '')")


def exact_rows(query, path):
    """marvel-bench's rows, from what `exact_statement` wrote, sorted."""
    with open(path, "rb") as file:
        found = [line.split(b"\t") for line in file.read().split(b"\n") if line]
    return sorted(
        row(query, key, decimal_units(revenue), int(ranks or 0), int(count or 0))
        for key, revenue, ranks, count in found)


def row(query, key, units, ranks, count):
    """One row of output: `units` is the sum of adRevenue in 1e-18, `ranks` that of pageRank (or one) over `count`."""
    if query.name == "scan":
        return key + b"\t%d" % ranks
    if query.name == "aggregation":
        return key + b"\t" + trimmed(units)
    averages = average(ranks * 10**18, count)
    if query.name == "join-corral":
        return key + b"\t" + averages + b"\t" + average(units, count)
    return key + b"\t" + trimmed(units) + b"\t" + averages


def decimal_units(text):
    """A number of DECIMAL(38,18) as text, in units of 1e-18; 0 where it is empty."""
    whole, _, part = text.partition(b".")
    return int(whole + part.ljust(18, b"0")) if text else 0


def trimmed(units):
    """The exact number with no more digits than it needs."""
    whole, part = divmod(abs(units), 10**18)
    text = f"{whole}.{part:018}".rstrip("0").rstrip(".")
    return (("-" if units < 0 else "") + text).encode()


def average(units, count):
    """`units / count` with six digits, halves away from zero; whole numbers throughout, so nothing is rounded twice."""
    divisor = count * 10**12
    whole, part = divmod((2 * abs(units) + divisor) // (2 * divisor), 10**6)
    return f"{'-' if units < 0 and whole + part else ''}{whole}.{part:06}".encode()


def difference(rows, want, is_exact):
    """Where sorted rows are not the wanted ones, in words; numbers of doubles may differ by `TOLERANCE`."""
    if rows == want:
        return ""
    if not is_exact and len(rows) == len(want) and all(map(_near, rows, want)):
        return ""
    for mine, theirs in zip(rows, want):
        if mine != theirs and (is_exact or not _near(mine, theirs)):
            return f"{len(rows)} and {len(want)} rows; first difference: {mine[:80]!r} and {theirs[:80]!r}"
    return f"{len(rows)} and {len(want)} rows; the shorter is the start of the longer"


def _near(mine, theirs):
    (key, *numbers), (wanted, *others) = mine.split(b"\t"), theirs.split(b"\t")
    if key != wanted or len(numbers) != len(others):
        return False
    # marvel-bench's averages have six digits, which is the half of a millionth besides.
    return all(
        abs(float(a) - float(b)) <= TOLERANCE * abs(float(b)) + (5.1e-7 if at else 0)
        for at, (a, b) in enumerate(zip(numbers, others)))


def literal(text):
    """A string of SQL."""
    return "'" + text.replace("'", "''") + "'"
