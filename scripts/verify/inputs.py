"""The inputs of `make verify`: generated text, text that others wrote, and files made to break things."""

import glob
import os
import random
import shutil
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Input:
    """`plain`: UTF-8 lines whose tokens are separated by spaces, tabs and line ends; DuckDB can read it too.
    `long_lines`: too long for `grep -o`."""

    name: str
    path: str
    plain: bool = False
    long_lines: bool = False

    @property
    def size(self):
        return os.path.getsize(self.path)


def generated(marvel, folder, size):
    """Generated text, with a vocabulary that grows and with a large fixed one."""
    found = []
    for name, options in [("text", []), ("text-many-words", ["--vocabulary", "1000000", "--seed", "2"])]:
        path = f"{folder}/{name}-{size}.txt"
        if not os.path.exists(path):
            command = [marvel, "generate", "text", "--size", size, "--out", path + ".part"] + options
            if os.path.exists(path + ".part"):
                os.remove(path + ".part")
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            os.rename(path + ".part", path)
        found.append(Input(name, path, plain=True))
    return found


def written_by_others(folder):
    """The King James Bible (Debian's bible-kjv) and Perl's manual (perl-doc). Returns inputs and what is missing."""
    found, missing = [], []
    bible = f"{folder}/bible.txt"
    if shutil.which("bible"):
        with open(bible, "wb") as file:
            subprocess.run(
                ["bible", "-f", "gen1:1-rev22:21"], check=True, stdout=file, stdin=subprocess.DEVNULL,
                env=os.environ | {"PAGER": "cat"})
    if os.path.exists(bible) and os.path.getsize(bible) > 4_000_000:
        found.append(Input("bible-kjv", bible, plain=True))
    else:
        missing.append("bible-kjv")
    manual = f"{folder}/perl-doc.txt"
    pages = sorted(glob.glob("/usr/share/perl/*/pod/perl*.pod"))
    if len(pages) > 100:
        with open(manual, "wb") as file:
            for page in pages:
                with open(page, "rb") as source:
                    shutil.copyfileobj(source, file)
        found.append(Input("perl-doc", manual))
    else:
        missing.append("perl-doc")
    return found, missing


def hostile(folder):
    """Small files, the same bytes at every run."""
    bytes_of = random.Random(7)
    words = [bytes(bytes_of.choices(b"abcdefghijklmnopqrstuvwxyz", k=bytes_of.randint(1, 12))) for _ in range(500)]
    some = [bytes_of.choice(words) for _ in range(60_000)]
    files = {
        "empty": b"",
        "one-newline": b"\n",
        "only-white-space": b" \t\n\v\f\r" * 5000,
        "one-byte": b"x",
        "no-final-newline": b" ".join(some[:2000]) + b"\nthe last thing",
        "crlf": b"\r\n".join(b" ".join(some[at:at + 9]) for at in range(0, 20_000, 9)) + b"\r\n",
        "every-white-space": b"".join(word + bytes([b" \t\n\v\f\r"[at % 6]]) for at, word in enumerate(some)),
        "nul-bytes": b"".join(word + bytes_of.choice([b"\0", b" ", b"\n", b"\0\0\n"]) for word in some[:30_000]),
        "random-bytes": bytes_of.randbytes(1 << 20),
        "not-utf-8": b"".join(word + bytes_of.choice([b"\xff", b"\xc3\x28", b"\xe9 ", b"\n"]) for word in some),
        "one-long-line": b" ".join(some * 14),
        "one-long-word": b"ring" * (1 << 20),
        "all-words-equal": b"singing " * 300_000,
        "all-words-distinct": b"\n".join(b"w%07x" % at for at in range(300_000)) + b"\n",
        "long-words": b"\n".join(b"k" * length + b"ing" for length in range(1, 1500)),
        "json-characters": b"\n".join(
            b'"\\\x01\x1f\x7f\x85 {"key":"%d"} \xf0\x9f\x8d\xb5' % (at % 99) for at in range(9999)),
        "many-empty-lines": b"\n" * 100_000 + b"thing\n" + b"\n" * 100_000,
    }
    return [_written(folder, name, data) for name, data in files.items()]


def long_lines(folder):
    """One line of 100 MB, of many words and of one: longer than a split."""
    bytes_of = random.Random(9)
    words = [bytes(bytes_of.choices(b"aeginrst", k=bytes_of.randint(1, 9))) for _ in range(5000)]
    line = b" ".join(bytes_of.choices(words, k=200_000)) + b" "
    return [
        _written(folder, "line-of-100-MB", (line * (1 + 100_000_000 // len(line)))[:100_000_000], long_lines=True),
        _written(folder, "word-of-100-MB", b"ring" * 25_000_000, long_lines=True)]


def _written(folder, name, data, **kind):
    path = f"{folder}/{name}"
    with open(path, "wb") as file:
        file.write(data)
    return Input(name, path, **kind)
