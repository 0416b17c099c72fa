"""The tables of `make verify`: rows that are made to break things, and how they are written as files.

Rows are tuples of bytes, one for each column. The judge gets the rows themselves, marvel-bench the files, so that no
other reader of CSV has a say in what a file means.
"""

import os
import random
from dataclasses import dataclass, field, replace

FIRST, LAST = b"1980-01-01", b"1980-04-01"
DAYS = [
    FIRST, LAST, b"1979-12-31", b"1980-04-02", b"1980-02-29", b"0001-01-01", b"9999-12-31", b"1999-12-31",
    b"2000-01-01", b"2000-02-29", b"1980-03-15"]
REVENUES = [
    b"0", b"-0", b"0.0", b"1", b"-1", b"0.5", b"-0.25", b"1.50", b"007.125", b"0.000000000000000001",
    b"-0.000000000000000001", b"123456789.123456789012345678", b"-99999.999999", b"0.000001", b"0.123456789"]
RANKS = [b"0", b"1", b"99", b"100", b"101", b"-5", b"007", b"-0", b"4294967296", b"1000000007"]


@dataclass(frozen=True)
class Written:
    """How rows are written. `quotes`: every field is quoted ("all"), or those that must be ("needed"), or none."""

    delimiter: bytes = b","
    newline: bytes = b"\n"
    quotes: str = ""
    header: bool = False
    ends: bool = True
    files: int = 1

    @property
    def options(self):
        names = {b"|": "bar", b"\t": "tab"}
        found = ["--delimiter", names[self.delimiter]] if self.delimiter in names else []
        return found + (["--quoted"] if self.quotes else []) + (["--header"] if self.header else [])

    def line(self, row):
        return self.delimiter.join(self.cell(cell) for cell in row)

    def cell(self, cell):
        special = b'"' in cell or b"\n" in cell or b"\r" in cell or self.delimiter in cell
        if self.quotes == "all" or self.quotes and special:
            return b'"' + cell.replace(b'"', b'""') + b'"'
        return cell

    def text(self, rows, columns):
        lines = ([self.line([b"column"] * columns)] if self.header else []) + [self.line(row) for row in rows]
        return self.newline.join(lines) + (self.newline if self.ends and lines else b"")

    def write(self, path, rows, columns):
        """A file, or a folder of several."""
        if self.files == 1:
            return _write(path, self.text(rows, columns))
        os.makedirs(path, exist_ok=True)
        for at in range(self.files):
            _write(f"{path}/{at}", self.text(rows[at::self.files], columns))


@dataclass(frozen=True)
class Case:
    """Two tables; `prefixes` and `bounds` are what aggregation and scan are run with."""

    name: str
    rankings: list = field(repr=False)
    visits: list = field(repr=False)
    written: Written = Written()
    prefixes: tuple = (8,)
    bounds: tuple = (100,)

    def write(self, folder):
        os.makedirs(folder)
        self.written.write(f"{folder}/rankings.csv", self.rankings, 3)
        self.written.write(f"{folder}/uservisits.csv", self.visits, 9)


def visit(chosen, source, url, day=None, revenue=None):
    """A row of uservisits; what no query reads is anything."""
    rest = [chosen.choice([b"", b"x", b"Mozilla/5.0 (X11)", b"USA"]) for _ in range(5)]
    return (source, url, day or chosen.choice(DAYS), revenue or chosen.choice(REVENUES), *rest)


def rows(seed, count, odd=b""):
    """Rankings and visits: keys of many lengths, duplicate and missing keys on both sides.

    `odd` are bytes that some keys hold besides.
    """
    chosen = random.Random(seed)

    def name(least, most):
        letters = b"abcdefgh0123456789./-" + (odd if chosen.random() < 0.3 else b"")
        return bytes(chosen.choices(letters, k=chosen.randint(least, most)))

    urls = [b""] + [name(1, 60) for _ in range(count // 4)] + [b"u" * 200, b"u" * 201, b"http://a/\xff\xfe\x80"]
    sources = [b"", b"1", b"1.2.3.4", b"255.255.255.255", b"1.2.3.40", b"s" * 100] + [name(1, 20) for _ in range(99)]
    sources += [b"10.20.30.%d" % at for at in range(0, 255, 9)]
    listed = urls[: len(urls) * 3 // 4] + [b"never-visited-%d" % at for at in range(count // 8)]
    rankings = [(url, chosen.choice(RANKS), b"7") for url in listed for _ in range(chosen.choice([1, 1, 1, 2, 5]))]
    visits = [visit(chosen, chosen.choice(sources), chosen.choice(urls)) for _ in range(count)]
    chosen.shuffle(rankings)
    return rankings, visits


def skewed():
    """One source and one page with half of all visits."""
    rankings, visits = rows(5, 4000)
    chosen = random.Random(6)
    page, source = rankings[0][0], b"9.9.9.9"
    half = [(source, row[1], *row[2:]) if chosen.random() < 0.5 else row for row in visits]
    return rankings, [(row[0], page, *row[2:]) if chosen.random() < 0.5 else row for row in half]


def halves():
    """Averages that lie at a half of the sixth digit, above and below zero."""
    rankings, visits = [], []
    chosen = random.Random(8)
    for at in range(200):
        url, source = b"h%d" % at, b"s%d" % (at // 2)
        rankings.append((url, b"%d" % chosen.choice([-3, -1, 1, 3, 5]), b"1"))
        revenue = b"%s0.%06d%d" % (chosen.choice([b"", b"-"]), at, chosen.choice([4, 5, 6]))
        visits += [visit(chosen, source, url, FIRST, revenue)] * chosen.choice([1, 2, 64])
    return rankings, visits


def cases():
    """Everything that all queries are run on and that no row of is malformed."""
    rankings, visits = rows(1, 2000)
    few = (rankings[:20], visits[:20])
    plain = Case("plain", rankings, visits)
    bounds = (-6, -5, -1, 0, 99, 100, 101, 4294967295, 4294967296, 1000000007, 10**15)
    found = [
        plain,
        Case("no rows at all", [], []), Case("no rankings", [], visits), Case("no visits", rankings, []),
        Case("header only", [], [], Written(header=True)), Case("one row each", rankings[:1], visits[:1]),
        Case("one row each without final newline", rankings[:1], visits[:1], Written(ends=False)),
        Case("few rows", *few), Case("skewed", *skewed()), Case("halves", *halves()),
        replace(plain, name="prefixes and bounds", prefixes=(*range(1, 16), 40, 200), bounds=bounds)]
    ways = {
        "no final newline": Written(ends=False), "crlf": Written(newline=b"\r\n"),
        "crlf without the last": Written(newline=b"\r\n", ends=False), "header": Written(header=True),
        "header and crlf": Written(header=True, newline=b"\r\n"), "bar": Written(b"|"), "tab": Written(b"\t"),
        "bar and header in three files": Written(b"|", header=True, files=3), "five files": Written(files=5, ends=False)}
    found += [replace(plain, name=name, written=way) for name, way in ways.items()]
    bytes_of = rows(2, 2000, bytes(byte for byte in range(256) if byte not in b"\n,"))
    found.append(Case("any bytes", *bytes_of))
    found.append(Case("quotes as plain bytes", *rows(3, 1000, b'"\'"')))
    odd = rows(4, 1500, b'",|"\n\r\\\'')
    for name, way in {
            "quoted": Written(quotes="all"), "quoted where needed": Written(quotes="needed"),
            "quoted and crlf": Written(quotes="needed", newline=b"\r\n"),
            "quoted with bar and header and no final newline": Written(b"|", quotes="all", header=True, ends=False),
            "quoted in three files with header": Written(quotes="needed", header=True, files=3)}.items():
        found.append(Case(name, *odd, written=way))
    return found


@dataclass(frozen=True)
class Malformed:
    """A row that is none in the table's file, and by which queries that is seen."""

    table: str
    line: bytes
    reason: str
    queries: tuple
    is_quoted: bool = False


RANKED = ("scan", "join", "join-corral")
VISITED = ("aggregation", "join", "join-corral")
DATED = ("join", "join-corral")


def malformed():
    """One of each kind. Days are in the range of both joins: a row of another day is left out before its revenue."""
    found = [
        Malformed("rankings", line, reason, RANKED)
        for line, reason in [
            (b"", "1 field, not 3"), (b"a", "1 field, not 3"), (b"a,5", "2 fields, not 3"),
            (b"a,5,6,7", "4 fields, not 3"), (b"a,,6", "pageRank"), (b"a,x,6", "pageRank"), (b"a,5.0,6", "pageRank"),
            (b"a,+5,6", "pageRank"), (b"a,5 ,6", "pageRank"), (b"a,-,6", "pageRank"),
            (b"a,9223372036854775808,6", "pageRank"), (b"a,12345678901234567890123,6", "pageRank")]]
    tail = b",agent,US,en,word,5"
    found += [
        Malformed("uservisits", line, reason, VISITED)
        for line, reason in [
            (b"", "1 field, not 9"), (b"1.2.3.4,u,1980-01-01,1", "4 fields, not 9"),
            (b"1.2.3.4,u,1980-01-01,1,a,b,c,d,e,f", "10 fields, not 9")]]
    for revenue in [
            b"", b"x", b".5", b"5.", b"1e5", b"+1", b"--1", b"1.2.3", b"0.0000000000000000001", b"9" * 22, b"1 ", b"NaN"]:
        found.append(Malformed("uservisits", b"1.2.3.4,u,1980-01-01," + revenue + tail, "adRevenue", VISITED))
    for day in [
            b"", b"1980-1-1", b"1980-13-01", b"1980-02-30", b"1981-02-29", b"1900-02-29", b"1980-00-10", b"1980-04-31",
            b"0000-01-01", b"1980/01/01", b"19800101", b"1980-01-01T00:00", b"x980-01-01", b"1980-01-00"]:
        found.append(Malformed("uservisits", b"1.2.3.4,u," + day + b",1" + tail, "visitDate", DATED))
    return found


def malformed_quoted():
    """Rows that are none where fields may be quoted; the last one never ends."""
    return [
        Malformed("rankings", line, reason, RANKED, is_quoted=True)
        for line, reason in [
            (b'"a"b,5,6', "goes on behind its closing quote"), (b'"a" ,5,6', "goes on behind its closing quote"),
            (b'a"b,5,6', "a quote inside but none in front"), (b'a,5""5,6', "a quote inside but none in front"),
            (b'"a,5,6"', "1 field, not 3"), (b'"a","x""y",6', "pageRank"), (b'"a,5,6', "no closing quote")]]


def beyond():
    """Tables with sums that their types cannot hold: name, rankings, visits, queries."""
    chosen = random.Random(9)
    most = [visit(chosen, b"1.2.3.4", b"u", FIRST, b"9" * 20) for _ in range(3)]
    least = [visit(chosen, b"1.2.3.4", b"u", FIRST, b"-" + b"9" * 20) for _ in range(3)]
    ones = [visit(chosen, b"1.2.3.4", b"u", FIRST, b"1") for _ in range(3)]
    return [
        ("revenue", [(b"u", b"1", b"1")], most, VISITED), ("revenue below", [(b"u", b"1", b"1")], least, VISITED),
        ("ranks", [(b"u", b"9223372036854775807", b"1")], ones, DATED),
        ("ranks below", [(b"u", b"-9223372036854775808", b"1")], ones, DATED)]


def between():
    """Sums that fit their type at the end but not halfway: the rows in the file's order, and in one that always fits."""
    chosen = random.Random(10)
    signs = (b"", b"-")
    more, less = ([visit(chosen, b"1.2.3.4", b"u", FIRST, sign + b"9" * 20) for _ in range(300)] for sign in signs)
    last = [visit(chosen, b"1.2.3.4", b"u", FIRST, b"0.125")]
    return [(b"u", b"1", b"1")], more + less + last, [row for pair in zip(more, less) for row in pair] + last


def _write(path, data):
    with open(path, "wb") as file:
        file.write(data)
