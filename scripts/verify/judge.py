"""What the queries' outputs must be: by DuckDB on decimals, averages divided in whole numbers of any size."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))

import duckdb  # noqa: E402
import queries  # noqa: E402


class Judge:
    """The two tables in DuckDB. Bytes are kept as Latin-1, so that any byte is a character, in the same order."""

    def __init__(self):
        self.connection = duckdb.connect()

    def load(self, rankings, visits):
        """Tables of tuples of bytes."""
        self._create("ranked", queries.RANKINGS, rankings)
        self._create("visited", queries.USERVISITS | {"adRevenue": queries.EXACT}, visits)

    def load_files(self, folder):
        """Tables as `marvel-bench generate` writes them."""
        for name, path, columns in [
                ("ranked", "rankings", queries.RANKINGS),
                ("visited", "uservisits", queries.USERVISITS | {"adRevenue": queries.EXACT})]:
            source = queries.csv_by_duckdb(f"{folder}/{path}.csv", columns)
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM {source}")

    def _create(self, name, columns, rows):
        kinds = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} ({kinds})")
        lists = [[row[at].decode("latin-1") for row in rows] for at in range(len(columns))]
        if rows:
            places = ", ".join(f"CAST(unnest(?::VARCHAR[]) AS {kind})" for kind in columns.values())
            self.connection.execute(f"INSERT INTO {name} SELECT {places}", lists)

    def rows(self, query):
        """Pairs of key and row of output, in the order of the output of one reduce."""
        found = []
        for key, revenue, ranks, count in self.connection.execute(
                queries.exact_sql(query, "ranked", "visited")).fetchall():
            name = key.encode("latin-1" if not key.isascii() else "ascii")
            units = queries.decimal_units(format(revenue, "f").encode()) if revenue is not None else 0
            found.append((name, queries.row(query, name, units, int(ranks or 0), count or 0)))
        return found if query.limit else sorted(found)
