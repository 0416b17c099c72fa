"""What check_segments.py knows of the queries' records (docs/format-records.md, "Records of tables" and what follows).

Each query is a class: it is handed every record of the segments of its last shuffle, and says the output's lines.
"""
from decimal import ROUND_HALF_UP, Decimal, localcontext

ONE = 10 ** 18
RANKING, VISIT, JOINED, OTHER_VISIT, OTHER_JOINED = range(5)
JOIN_HEAD, JOIN_ORDER = b'{"RecordType":', [b'"PageURL":', b'"PageRank":', b'"DestURL":', b'"AdRevenue":', b'"SourceIP":']


class Damaged(Exception):
    pass


def decimal_text(units):
    """A number of 10^-18 without zeros at the end of its fraction."""
    whole, part = divmod(abs(units), ONE)
    fraction = f"{part:018d}".rstrip("0")
    return ("-" if units < 0 else "") + str(whole) + ("." + fraction if fraction else "")


def units_of(text):
    """The other way; only the form that is written."""
    try:
        with localcontext() as context:
            context.prec = 60
            number = Decimal(text.decode("ascii"))
            units = int(number.scaleb(18).to_integral_exact())
    except (ArithmeticError, ValueError):
        raise Damaged(f"{text!r} is no decimal number") from None
    if decimal_text(units).encode() != text:
        raise Damaged(f"{text!r} is not how a decimal number is written")
    return units


def average_text(units, count):
    with localcontext() as context:
        context.prec = 80
        mean = (Decimal(units) / ONE / count).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return "0.000000" if mean == 0 else str(mean)


def signed(data):
    return int.from_bytes(data, "little", signed=True)


def leb128(data, at):
    value = shift = 0
    while True:
        if at >= len(data):
            raise Damaged("a value is cut short")
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def number_fields(value, names):
    """Numbers of a JSON text whose members have just these names, in this order."""
    rest, numbers = value, []
    for index, name in enumerate(names):
        head = (b"{" if index == 0 else b",") + b'"' + name + b'":'
        if not rest.startswith(head):
            raise Damaged(f"{value!r} is no value of a group")
        rest = rest[len(head):]
        end = min(at for at in (rest.find(b","), rest.find(b"}")) if at >= 0)
        numbers.append(rest[:end])
        rest = rest[end:]
    if rest != b"}":
        raise Damaged(f"{value!r} is no value of a group")
    return numbers


def group_value(value, is_json, is_join):
    """Rows, sum of ranks, sum of revenues in 10^-18."""
    if is_json:
        if not is_join:
            return 0, 0, units_of(value)
        revenue, ranks, rows = number_fields(value, [b"AdRevenue", b"PageRank", b"Count"])
        return int(rows), int(ranks), units_of(revenue)
    if len(value) == (41 if is_join else 21) and value[0] == (0 if is_join else 2):
        if not is_join:
            return 0, 0, signed(value[1:])
        return signed(value[1:9]), signed(value[9:21]), signed(value[21:])
    rows = ranks = at = 0
    if is_join:
        rows, at = leb128(value, at)
        zigzag, at = leb128(value, at)
        ranks = zigzag >> 1 ^ -(zigzag & 1)
    if at >= len(value) or value[at] > 1 or len(value) - at > 17:
        raise Damaged(f"{value!r} is no value of a group")
    return rows, ranks, signed(value[at + 1:]) * (10 ** 9 if value[at] else 1)


def join_row(value, is_json, unescaped):
    """Kind, rank, revenue, source of a row of a join; no source of one that is joined."""
    if not is_json:
        kind = value[0] if value else 255
        if kind == RANKING and len(value) == 9:
            return kind, signed(value[1:]), 0, b""
        if kind in (VISIT, OTHER_VISIT) and len(value) >= 17:
            return kind, 0, signed(value[1:17]), value[17:]
        if kind in (JOINED, OTHER_JOINED) and len(value) == 25:
            return kind, signed(value[1:9]), signed(value[9:]), b""
        raise Damaged(f"{value!r} is no row of a join")
    if not value.startswith(JOIN_HEAD) or not value.endswith(b"}"):
        raise Damaged(f"{value!r} is no row of a join")
    kind, rest = value[len(JOIN_HEAD)] - 0x30, value[len(JOIN_HEAD) + 1:-1]
    fields = []
    for name in JOIN_ORDER:
        if not rest.startswith(b"," + name):
            raise Damaged(f"{value!r} is no row of a join")
        rest = rest[len(name) + 1:]
        end = end_of_text(rest) if rest[:1] == b'"' else (rest.find(b",") if b"," in rest else len(rest))
        fields.append(rest[:end])
        rest = rest[end:]
    if rest or kind > OTHER_JOINED or (fields[0] != b'""' and fields[2] != b'""'):
        raise Damaged(f"{value!r} is no row of a join")
    return kind, int(fields[1]), units_of(fields[3]), unescaped(fields[4][1:-1])


def end_of_text(text):
    at = 1
    while at < len(text) and text[at] != 0x22:
        at += 2 if text[at] == 0x5C else 1
    return at + 1


class Scan:
    """Pages with a rank over a bound; in plan `paper` the reduce leaves the others out."""

    stages, is_join = ("map",), False

    def __init__(self, options):
        self.bound, self.is_paper = options["min-rank"], options["plan"] == "paper"
        self.rows = []

    def add(self, key, value, is_json, stage, unescaped):
        if not self.is_paper and int(value) <= self.bound:
            raise Damaged(f"key {key!r} has rank {int(value)}, which its map should have left out")
        if int(value) > self.bound:
            self.rows.append((key, value))

    def partition_key(self, key):
        return key

    def lines(self):
        return [(key, key + b"\t" + value) for key, value in sorted(self.rows)]


class Sums:
    """Sums by key."""

    def __init__(self, options):
        self.options = options
        self.groups = {}

    def put(self, key, rows, ranks, revenue):
        old = self.groups.get(key, (0, 0, 0))
        self.groups[key] = (old[0] + rows, old[1] + ranks, old[2] + revenue)

    def partition_key(self, key):
        return key

    def lines(self):
        keys, limit = sorted(self.groups), self.options["limit"]
        if limit is not None:
            keys = sorted(keys, key=lambda key: -self.groups[key][2])[:limit]
        return [(key, key + b"\t" + self.text(*self.groups[key]).encode()) for key in keys]


class Aggregation(Sums):
    stages, is_join = ("map",), False

    def add(self, key, value, is_json, stage, unescaped):
        if self.options["plan"] != "paper":
            self.put(key, *group_value(value, is_json, False))
            return
        # A whole row, behind its whole source.
        fields = value.split(self.options["delimiter"])
        if len(fields) != 9 or fields[0] != key:
            raise Damaged(f"{value!r} is no row of uservisits of source {key!r}")
        revenue = fields[3].decode("ascii")
        with localcontext() as context:
            context.prec = 60
            self.put(self.partition_key(key), 0, 0, int(Decimal(revenue).scaleb(18).to_integral_exact()))

    def partition_key(self, key):
        return key[:self.options["prefix-length"]]

    def text(self, rows, ranks, revenue):
        return decimal_text(revenue)


class Join(Sums):
    """What came out of the join, by source: the last stage before the sums. Where both sides were shuffled they are
    joined once more here, and must give the same."""

    stages, is_join, is_corral = None, True, False

    def __init__(self, options):
        super().__init__(options)
        self.ranks, self.visits, self.has_sides = {}, {}, {"rankings": False, "uservisits": False}

    def add(self, key, value, is_json, stage, unescaped):
        if stage in self.has_sides:
            self.add_side(key, value, is_json, stage, unescaped)
        elif stage == "join":
            # What the next stage shuffled; read here for its form.
            join_row(value, is_json, unescaped)
        elif self.options["plan"] == "optimized":
            self.put(key, *group_value(value, is_json, True))
        else:
            kind, rank, revenue, _ = join_row(value, is_json, unescaped)
            if kind not in (JOINED, OTHER_JOINED):
                raise Damaged(f"key {key!r} has a row of type {kind}, where joined rows are")
            if kind == JOINED:
                self.put(key, 1, rank, revenue)

    def add_side(self, key, value, is_json, stage, unescaped):
        self.has_sides[stage] = True
        kind, rank, revenue, source = join_row(value, is_json, unescaped)
        if stage == "rankings" and kind == RANKING:
            self.ranks.setdefault(key, []).append(rank)
        elif stage == "uservisits" and kind in (VISIT, OTHER_VISIT):
            if kind == VISIT:
                self.visits.setdefault(key, []).append((source, revenue))
        else:
            raise Damaged(f"key {key!r} has a row of type {kind} among {stage}")

    def lines(self):
        if all(self.has_sides.values()):
            again = type(self)(self.options)
            for url, visits in self.visits.items():
                for source, revenue in visits:
                    for rank in self.ranks.get(url, []):
                        again.put(source, 1, rank, revenue)
            if again.groups != self.groups:
                raise Damaged("what the join stage left is not what its two sides join to")
        return super().lines()

    def text(self, rows, ranks, revenue):
        if self.is_corral:
            return average_text(ranks * ONE, rows) + "\t" + average_text(revenue, rows)
        return decimal_text(revenue) + "\t" + average_text(ranks * ONE, rows)


class CorralJoin(Join):
    is_corral = True


QUERIES = {"scan": Scan, "aggregation": Aggregation, "join": Join, "join-corral": CorralJoin}
