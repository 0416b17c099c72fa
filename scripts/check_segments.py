#!/usr/bin/env python3
"""Computes a job's output from its kept segments, by docs/format-segment.md and docs/format-records.md alone.

  check_segments.py FOLDER|FILE... [--partition N] [--summary]

Reads every segment under FOLDER (files that end in the segment magic; others are named on stderr and skipped unless
given as FILE), checks the CRC32C of footer, directory and runs, that each key lies in its partition and that runs
that say so are sorted, sums the counts of each key and prints KEY<TAB>COUNT, sorted bytewise. --partition prints
only that partition's keys, which is one part of the output. --summary prints segments, records, keys, bytes and the
output's digest instead. Exit status 1, with the file and what is wrong on stderr, where anything is damaged; 64 for
wrong usage.
"""
import os
import re
import struct
import sys

MAGIC = b"MBSEGMT1"
FOOTER, ENTRY = 32, 40
MASK = (1 << 64) - 1
JSON_LINE = re.compile(
    rb'\{"key":"((?:[^"\\\x00-\x1f]|\\["\\]|\\u00[01][0-9a-f]|\\udc[89a-f][0-9a-f])*)"'
    rb',"value":"([1-9][0-9]{0,19})"\}\n')


class Damaged(Exception):
    pass


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
        if not line or int(line[2]) > MASK:
            raise Damaged(f"no record at byte {at} of its run")
        yield plain_key(line[1]), int(line[2])
        at = line.end()


READERS = {0: binary_records, 1: json_records}


class Output:
    def __init__(self):
        self.counts, self.partitions, self.places = {}, None, {}
        self.segments = self.records = self.bytes = 0

    def place(self, key):
        if key not in self.places:
            self.places[key] = (key_hash(key) >> 32) * self.partitions >> 32
        return self.places[key]

    def add_segment(self, data):
        footer = data[-FOOTER:]
        if len(footer) < FOOTER or footer[20:28] != MAGIC:
            raise Damaged("no segment's footer at its end (torn or truncated?)")
        entries, partitions, encoding, version, directory_crc = struct.unpack("<5I", footer[:20])
        if struct.unpack("<I", footer[28:])[0] != crc32c(footer[:28]):
            raise Damaged("the footer's checksum does not fit")
        if version != 1 or encoding not in READERS or partitions == 0:
            raise Damaged(f"version {version}, encoding {encoding}, {partitions} partitions")
        if self.partitions not in (None, partitions):
            raise Damaged(f"{partitions} partitions, where other segments have {self.partitions}")
        self.partitions = partitions
        start = len(data) - FOOTER - entries * ENTRY
        directory = data[max(start, 0):len(data) - FOOTER]
        if start < 0 or crc32c(directory) != directory_crc:
            raise Damaged("the directory's checksum does not fit")
        for number, entry in enumerate(struct.iter_unpack("<IIQQQII", directory)):
            try:
                self.add_run(data[:start], READERS[encoding], *entry)
            except Damaged as damage:
                raise Damaged(f"run {number}: {damage}") from None
        self.segments += 1

    def add_run(self, data, reader, partition, flags, offset, length, records, crc, zero):
        if partition >= self.partitions or flags > 1 or zero or offset % 64 or offset + length > len(data):
            raise Damaged("its entry in the directory makes no sense")
        run = data[offset:offset + length]
        if crc32c(run) != crc:
            raise Damaged("its checksum does not fit")
        found, previous = 0, None
        for key, count in reader(run):
            if self.place(key) != partition:
                raise Damaged(f"key {key!r} belongs to partition {self.place(key)}, not {partition}")
            if flags & 1 and previous is not None and previous > key:
                raise Damaged(f"key {key!r} is out of order")
            self.counts[key] = self.counts.get(key, 0) + count
            previous = key
            found += 1
        if found != records:
            raise Damaged(f"{found} records, where the directory says {records}")
        self.records += records
        self.bytes += length

    def lines(self, partition=None):
        for key in sorted(self.counts):
            if partition is None or self.place(key) == partition:
                yield key + b"\t%d" % self.counts[key]

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


def main():
    # Without argparse, which Debian's python3-minimal lacks the parts for.
    paths, partition, summary = [], None, False
    rest = sys.argv[1:]
    while rest:
        argument = rest.pop(0)
        if argument in ("-h", "--help"):
            print(__doc__.strip())
            return
        if argument == "--summary":
            summary = True
        elif argument == "--partition" and rest and rest[0].isdigit():
            partition = int(rest.pop(0))
        elif argument.startswith("-"):
            print(f"check_segments.py: {argument}: not understood; see --help", file=sys.stderr)
            sys.exit(64)
        else:
            paths.append(argument)
    if not paths:
        print("check_segments.py: name a folder of segments; see --help", file=sys.stderr)
        sys.exit(64)
    output = Output()
    for file in segment_files(paths):
        try:
            with open(file, "rb") as f:
                output.add_segment(f.read())
        except (Damaged, OSError) as problem:
            sys.exit(f"{file}: {problem}")
    if output.segments == 0:
        sys.exit("no segment found")
    if summary:
        print(f"segments={output.segments} partitions={output.partitions} records={output.records} "
              f"bytes={output.bytes} keys={len(output.counts)} digest={output.digest()}")
        return
    for line in output.lines(partition):
        sys.stdout.buffer.write(line + b"\n")


if __name__ == "__main__":
    main()
