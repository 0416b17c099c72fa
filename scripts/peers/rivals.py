"""The programs that are compared, and how a user who knows each of them would have it do a task.

A program offers a task in one or more forms (with and without a filter by the pattern's literal, say); the fastest
form in a trial run is the one that is timed. Every form writes rows of key TAB count, or of the query's columns with
TABs between.
"""

import glob
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass

import queries
from queries import Query, literal as _sql

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclass(frozen=True)
class Task:
    """A job on one file of text. `literal` is what every match of `pattern` contains."""

    name: str
    source: str
    pattern: str = ""
    literal: str = ""

    @property
    def is_grep(self):
        return bool(self.pattern)

    @property
    def sources(self):
        """The files that the task reads."""
        return [self.source]


class Program:
    """A program under test; `forms` is empty where it has no way to do the task."""

    name = ""

    def __init__(self, settings):
        self.settings = settings

    def available(self):
        return True

    def version(self):
        return ""

    def startup(self):
        """The least it can be asked to do."""
        raise NotImplementedError

    def forms(self, task, output):
        raise NotImplementedError


class MarvelBench(Program):
    name = "marvel-bench"

    def version(self):
        return _first_line([self.settings.marvel, "--version"])

    def startup(self):
        return [self.settings.marvel, "--version"]

    def forms(self, task, output):
        command = [self.settings.marvel, "job"]
        if isinstance(task, Query):
            command += queries.job(task)
        else:
            command += ["grep" if task.is_grep else "wordcount", "--input", task.source]
        if task.is_grep:
            command += ["--pattern", task.pattern]
        command += ["--output", output, "--workers", str(self.settings.workers), "--system", self.settings.system]
        return [command]


def duckdb_statements(task, output, workers):
    """DuckDB's forms of a task. One column of lines: a delimiter that the text has not, no quotes."""
    if isinstance(task, Query):
        return queries.duckdb_statements(task, output, workers)
    lines = (
        f"read_csv({_sql(task.source)}, columns={{'line': 'VARCHAR'}}, delim=E'\\x01', quote='', escape='', "
        "header=false, auto_detect=false, new_line='\\n', max_line_size=16777216)")
    if task.is_grep:
        key = f"regexp_extract_all(line, {_sql(task.pattern)})"
        filters = ["", f" WHERE contains(line, {_sql(task.literal)})"]
    else:
        key, filters = "string_split(line, ' ')", [""]
    return [
        f"SET threads={workers}; SET preserve_insertion_order=false; "
        f"COPY (SELECT key, count(*) FROM (SELECT unnest({key}) AS key FROM {lines}{where}) WHERE key <> '' "
        f"GROUP BY key) TO {_sql(output)} (FORMAT csv, HEADER false, DELIMITER E'\\t', QUOTE '')"
        for where in filters]


class DuckDBCommand(Program):
    name = "duckdb-cli"

    @property
    def path(self):
        found = glob.glob(f"{self.settings.venv}/lib/python*/site-packages/duckdb_cli/duckdb")
        return found[0] if found else shutil.which("duckdb") or ""

    def available(self):
        return bool(self.path)

    def version(self):
        return _first_line([self.path, "--version"]).split(" ")[0].lstrip("v")

    def startup(self):
        return [self.path, "-init", "/dev/null", "-c", "SELECT 1"]

    def forms(self, task, output):
        statements = duckdb_statements(task, output, self.settings.workers)
        return [self._command(text) for text in statements]

    def _command(self, statement):
        return [self.path, "-init", "/dev/null", "-c", statement]

    def exact(self, query, output):
        """What writes the query's exact sums, for the check."""
        return self._command(queries.exact_statement(query, output, self.settings.workers))


class PythonProgram(Program):
    """A rival that is a library for Python; `module` is what is imported."""

    module = ""

    @property
    def python(self):
        return f"{self.settings.venv}/bin/python"

    def available(self):
        return bool(glob.glob(f"{self.settings.venv}/lib/python*/site-packages/{self.module}"))

    def version(self):
        return _first_line(
            [self.python, "-c", f"import importlib.metadata as m; print(m.version('{self.module}'))"])


class DuckDBPython(PythonProgram):
    name, module = "duckdb-python", "duckdb"

    def _command(self, statement):
        return [self.python, "-c", "import duckdb, sys; duckdb.connect().execute(sys.argv[1])", statement]

    def startup(self):
        return self._command("SELECT 1")

    def forms(self, task, output):
        return [self._command(text) for text in duckdb_statements(task, output, self.settings.workers)]

    def exact(self, query, output):
        return self._command(queries.exact_statement(query, output, self.settings.workers))


class Polars(PythonProgram):
    name, module = "polars", "polars"

    def startup(self):
        return [self.python, f"{HERE}/polars_query.py"]

    def forms(self, task, output):
        if isinstance(task, Query):
            rest = {"scan": [str(task.min_rank)], "aggregation": [str(task.prefix_length)]}.get(
                task.name, [task.first, task.last, str(task.limit)])
            return [self.startup() + [task.name if task.name in ("scan", "aggregation") else "join", output]
                    + task.sources + rest]
        if not task.is_grep:
            return [self.startup() + ["wordcount", output, task.source]]
        plain = self.startup() + ["grep", output, task.source, task.pattern]
        return [plain, plain + [task.literal]]


class ClickHouse(PythonProgram):
    """chdb: ClickHouse's engine in one process."""

    name, module = "chdb", "chdb"

    def _command(self, query):
        return [self.python, "-c", "import chdb, sys; chdb.query(sys.argv[1])", query]

    def startup(self):
        return self._command("SELECT 1")

    def forms(self, task, output):
        if isinstance(task, Query):
            return [self._command(text)
                    for text in queries.clickhouse_statements(task, output, self.settings.workers)]
        lines = f"file({_sql(task.source)}, 'LineAsString', 'line String')"
        if task.is_grep:
            key = f"extractAll(line, {_sql(task.pattern)})"
            filters = ["", f" WHERE position(line, {_sql(task.literal)}) > 0"]
        else:
            key, filters = "splitByChar(' ', line)", [""]
        return [
            self._command(
                f"SELECT key, count() FROM (SELECT arrayJoin({key}) AS key FROM {lines}{where}) WHERE key != '' "
                f"GROUP BY key INTO OUTFILE {_sql(output)} TRUNCATE FORMAT TSVRaw "
                f"SETTINGS max_threads={self.settings.workers}")
            for where in filters]


class Ripgrep(Program):
    """ripgrep finds the matches (one file is one thread), mawk counts them."""

    name = "ripgrep"

    def available(self):
        return bool(shutil.which("rg") and shutil.which("mawk"))

    def version(self):
        return _first_line(["rg", "--version"]).split(" ")[1]

    def startup(self):
        return ["sh", "-c", "rg --no-config -c x /dev/null || true"]

    def forms(self, task, output):
        if not task.is_grep:
            return []
        rg = "rg --no-config --no-unicode -aIN"
        only, source = f"{rg} -o -e {shlex.quote(task.pattern)}", shlex.quote(task.source)
        count = "mawk '{ n[$0]++ } END { for (key in n) print key \"\\t\" n[key] }' >" + shlex.quote(output)
        return [
            ["sh", "-c", f"{only} {source} | {count}"],
            ["sh", "-c", f"{rg} -F -e {shlex.quote(task.literal)} {source} | {only} | {count}"]]


ALL = [MarvelBench, DuckDBCommand, DuckDBPython, Polars, ClickHouse, Ripgrep]


def environment(settings):
    """The same for every program; as many threads as marvel-bench has workers."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return keep | {"LC_ALL": "C", "POLARS_MAX_THREADS": str(settings.workers)}


def _first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "?"
