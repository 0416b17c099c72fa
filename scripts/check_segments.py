#!/usr/bin/env python3
"""Computes a job's output from its kept segments, by docs/format-segment.md and docs/format-records.md alone.

  check_segments.py FOLDER|FILE... [--partition N] [--summary]
  check_segments.py FOLDER --query scan [--plan paper] [--min-rank N]
  check_segments.py FOLDER --query aggregation [--plan paper] [--prefix-length N] [--delimiter C]
  check_segments.py FOLDER --query join|join-corral [--plan paper|corral] [--limit N]

Reads every segment under FOLDER (files that end in the segment magic; others are named on stderr and skipped unless
given as FILE), checks the CRC32C of footer, directory and runs, that each key lies in its partition and that runs
that say so are sorted, sums the counts of each key and prints KEY<TAB>COUNT, sorted bytewise. --partition prints
only that partition's keys, which is one part of the output. --summary prints segments, records, keys, bytes and the
output's digest instead. With --query the records are a query's, of the plan that is named (default: optimized), and
what is printed is that query's output; of a join's stages (told apart by the files' names) the last shuffle is summed,
and where both sides were shuffled they are joined again and must give the same. The options are those of the job.
Exit status 1, with the file and what is wrong on stderr, where anything is damaged; 64 for wrong usage.
"""
import os
import re
import struct
import sys

from segment_tables import QUERIES, Damaged

MAGIC = b"MBSEGMT1"
FOOTER, ENTRY = 32, 40
MASK = (1 << 64) - 1
JSON_LINE = re.compile(
    rb'\{"key":"((?:[^"\\\x00-\x1f]|\\["\\]|\\u00[01][0-9a-f]|\\udc[89a-f][0-9a-f])*)"'
    rb',"value":"((?:[^"\\\x00-\x1f]|\\["\\]|\\u00[01][0-9a-f]|\\udc[89a-f][0-9a-f])*)"\}\n')


def crc_tables():
    tables = [[]]
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        tables[0].append(value)
    for previous in range(7):
        tables.append([tables[0][c & 255] ^ c >> 8 for c in tables[previous]])
    return tables


T0, T1, T2, T3, T4, T5, T6, T7 = crc_tables()


def crc32c(data):
    crc = 0xFFFFFFFF
    whole = len(data) // 8 * 8
    for low, high in struct.iter_unpack("<II", data[:whole]):
        low ^= crc
        crc = (T7[low & 255] ^ T6[low >> 8 & 255] ^ T5[low >> 16 & 255] ^ T4[low >> 24]
               ^ T3[high & 255] ^ T2[high >> 8 & 255] ^ T1[high >> 16 & 255] ^ T0[high >> 24])
    for byte in data[whole:]:
        crc = T0[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def fold(a, b):
    product = a * b
    return (product & MASK) ^ (product >> 64)


def key_hash(key, low_seed=0x9E3779B97F4A7C15, high_seed=0xC2B2AE3D27D4EB4F):
    state = 0
    for at in range(0, max(len(key), 1), 16):
        block = key[at:at + 16].ljust(16, b"\0")
        low, high = struct.unpack("<QQ", block)
        state = fold(low ^ state ^ low_seed, high ^ len(key) ^ high_seed)
    return state


def leb128(data, at):
    value = shift = 0
    while True:
        if at >= len(data):
            raise Damaged("a record is cut short")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            if (byte == 0 and shift) or value > MASK:
                raise Damaged("a number is not in its shortest form or over 64 bits")
            return value, at
        shift += 7


def binary_records(data):
    at = 0
    while at < len(data):
        length, at = leb128(data, at)
        key = data[at:at + length]
        if len(key) < length:
            raise Damaged("a record is cut short")
        count, at = leb128(data, at + length)
        if count == 0:
            raise Damaged("a count is 0")
        yield key, count


ESCAPE = re.compile(rb'\\(["\\])|\\u(00[01][0-9a-f]|dc[89a-f][0-9a-f])')


def plain_key(text):
    """The bytes of a key: escapes undone, and all bytes between them whole UTF-8 sequences."""
    key, at = b"", 0
    for escape in [*ESCAPE.finditer(text), None]:
        raw = text[at:escape.start() if escape else len(text)]
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Damaged("a key has raw bytes that are no UTF-8") from None
        key += raw
        if escape:
            key += escape[1] or bytes([int(escape[2][2:], 16)])
            at = escape.end()
    return key


def json_records(data):
    at = 0
    while at < len(data):
        line = JSON_LINE.match(data, at)
        if not line:
            raise Damaged(f"no record at byte {at} of its run")
        yield plain_key(line[1]), line[2]
        at = line.end()


def count_of(text):
    if not text.isdigit() or text[:1] == b"0" or int(text) > MASK:
        raise Damaged(f"{text!r} is no count")
    return int(text)


def binary_rows(data):
    at = 0
    while at < len(data):
        length, at = leb128(data, at)
        size, value = leb128(data, at + length)
        if value + size > len(data):
            raise Damaged("a record is cut short")
        yield data[at:at + length], data[value:value + size]
        at = value + size


def line_rows(data):
    """Corral's lines between its two jobs."""
    if data and data[-1:] != b"\n":
        raise Damaged("a line is cut short")
    for line in data.split(b"\n")[:-1]:
        key, tab, value = line.partition(b"\t")
        if not tab:
            raise Damaged(f"{line!r} is no line of a joined row")
        yield plain_key(key), value


COUNTS = {0: binary_records, 1: lambda data: ((key, count_of(text)) for key, text in json_records(data))}
ROWS = {
    0: binary_rows,
    1: lambda data: ((key, plain_key(text)) for key, text in json_records(data)),
    2: line_rows,
}


class Counting:
    """The output of wordcount, grep and drain: counts by key."""

    def __init__(self):
        self.counts = {}

    def add(self, key, count, is_json, stage, unescaped):
        self.counts[key] = self.counts.get(key, 0) + count

    def partition_key(self, key):
        return key

    def lines(self):
        return [(key, key + b"\t%d" % self.counts[key]) for key in sorted(self.counts)]


class Output:
    def __init__(self, job, readers):
        self.job, self.readers, self.partitions, self.places = job, readers, None, {}
        self.segments = self.records = self.bytes = 0

    def place(self, key, partitions):
        if (key, partitions) not in self.places:
            self.places[key, partitions] = (key_hash(key) >> 32) * partitions >> 32
        return self.places[key, partitions]

    def add_segment(self, data, stage=None):
        """Takes a segment; `stage` is None where it is of the shuffle whose keys are the output's."""
        footer = data[-FOOTER:]
        if len(footer) < FOOTER or footer[20:28] != MAGIC:
            raise Damaged("no segment's footer at its end (torn or truncated?)")
        entries, partitions, encoding, version, directory_crc = struct.unpack("<5I", footer[:20])
        if struct.unpack("<I", footer[28:])[0] != crc32c(footer[:28]):
            raise Damaged("the footer's checksum does not fit")
        if version != 1 or encoding not in self.readers or partitions == 0:
            raise Damaged(f"version {version}, encoding {encoding}, {partitions} partitions")
        if stage is None:
            if self.partitions not in (None, partitions):
                raise Damaged(f"{partitions} partitions, where other segments have {self.partitions}")
            self.partitions = partitions
        start = len(data) - FOOTER - entries * ENTRY
        directory = data[max(start, 0):len(data) - FOOTER]
        if start < 0 or crc32c(directory) != directory_crc:
            raise Damaged("the directory's checksum does not fit")
        for number, entry in enumerate(struct.iter_unpack("<IIQQQII", directory)):
            try:
                self.add_run(data[:start], encoding, partitions, stage, *entry)
            except Damaged as damage:
                raise Damaged(f"run {number}: {damage}") from None
        self.segments += 1

    def add_run(self, data, encoding, partitions, stage, partition, flags, offset, length, records, crc, zero):
        if partition >= partitions or flags > 1 or zero or offset % 64 or offset + length > len(data):
            raise Damaged("its entry in the directory makes no sense")
        run = data[offset:offset + length]
        if crc32c(run) != crc:
            raise Damaged("its checksum does not fit")
        found, previous = 0, None
        for key, value in self.readers[encoding](run):
            place = self.place(self.job.partition_key(key) if stage is None else key, partitions)
            if place != partition:
                raise Damaged(f"key {key!r} belongs to partition {place}, not {partition}")
            if flags & 1 and previous is not None and previous > key:
                raise Damaged(f"key {key!r} is out of order")
            self.job.add(key, value, encoding != 0, stage, plain_key)
            previous = key
            found += 1
        if found != records:
            raise Damaged(f"{found} records, where the directory says {records}")
        self.records += records
        self.bytes += length

    def lines(self, partition=None):
        for key, line in self.job.lines():
            if partition is None or self.place(key, self.partitions) == partition:
                yield line

    def digest(self):
        first = second = rows = 0
        for line in self.lines():
            first = first + key_hash(line) & MASK
            second = second + key_hash(line, 0xA0761D6478BD642F, 0x165667B19E3779F9) & MASK
            rows += 1
        return f"{first:016x}{second:016x}{rows:016x}"


def segment_files(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, files in os.walk(path):
            folders.sort()
            for name in sorted(files):
                file = os.path.join(folder, name)
                with open(file, "rb") as f:
                    f.seek(max(0, os.path.getsize(file) - FOOTER))
                    if f.read(FOOTER)[20:28] == MAGIC:
                        yield file
                    else:
                        print(f"{file}: skipped, no segment's footer at its end", file=sys.stderr)


STAGE = re.compile(r"(?:(\w+)\.)?(map|reduce)-\d+\.segment$")


def join_files(files, plan):
    """Files of a join's stages that hold rows or groups, with the side they are of; None for the last shuffle."""
    named = {}
    for file in files:
        match = STAGE.search(os.path.basename(file))
        if match and match[1]:
            named.setdefault((match[1], match[2]), []).append(file)
    last = next((stage for stage in (("aggregate", "map"), ("probe", "map"), ("join", "reduce")) if stage in named), None)
    if last is None:
        sys.exit("no segments of a join found")
    if (plan == "optimized") != (last[0] != "aggregate"):
        sys.exit(f"the last shuffle is {'.'.join(last)}, which is not of plan {plan}; name its plan with --plan")
    for file in named[last]:
        yield file, None
    for side in ("rankings", "uservisits"):
        # Of a broadcast join only one side is rows by URL.
        for file in named.get((side, "map"), []) if last[0] != "probe" else []:
            yield file, side
    if plan != "optimized":
        for file in named.get(("join", "reduce"), []):
            yield file, "join"


def arguments():
    # Without argparse, which Debian's python3-minimal lacks the parts for.
    paths, options = [], {
        "partition": None, "query": None, "plan": "optimized", "min-rank": 100, "prefix-length": 8, "limit": None,
        "delimiter": b",", "summary": False}
    rest = sys.argv[1:]
    while rest:
        argument = rest.pop(0)
        name = argument[2:]
        if argument in ("-h", "--help"):
            print(__doc__.strip())
            sys.exit(0)
        if argument == "--summary":
            options["summary"] = True
        elif name in ("query", "plan") and argument.startswith("--") and rest:
            options[name] = rest.pop(0)
        elif argument == "--delimiter" and rest:
            options[name] = rest.pop(0).encode().replace(b"tab", b"\t")
        elif argument.startswith("--") and name in options and rest and rest[0].lstrip("-").isdigit():
            options[name] = int(rest.pop(0))
        elif argument.startswith("-"):
            print(f"check_segments.py: {argument}: not understood; see --help", file=sys.stderr)
            sys.exit(64)
        else:
            paths.append(argument)
    query = options["query"]
    if not paths or (query and query not in QUERIES) or options["plan"] not in ("paper", "corral", "optimized"):
        print("check_segments.py: name a folder of segments, and a query and plan that there are; see --help",
              file=sys.stderr)
        sys.exit(64)
    return paths, options


def main():
    paths, options = arguments()
    query = QUERIES.get(options["query"])
    output = Output(query(options), ROWS) if query else Output(Counting(), COUNTS)
    files = segment_files(paths)
    stages = join_files(list(files), options["plan"]) if query and query.is_join else ((file, None) for file in files)
    for file, stage in stages:
        try:
            with open(file, "rb") as f:
                output.add_segment(f.read(), stage)
        except (Damaged, OSError) as problem:
            sys.exit(f"{file}: {problem}")
    if output.segments == 0:
        sys.exit("no segment found")
    try:
        if options["summary"]:
            print(f"segments={output.segments} partitions={output.partitions} records={output.records} "
                  f"bytes={output.bytes} keys={len(output.job.lines())} digest={output.digest()}")
            return
        for line in output.lines(options["partition"]):
            sys.stdout.buffer.write(line + b"\n")
    except Damaged as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
