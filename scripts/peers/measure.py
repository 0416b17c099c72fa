"""Runs one program as a whole process: wall and CPU time, or (in a run of its own) peak memory of its process tree."""

import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

TIME_LIMIT_SECONDS = 1800
SAMPLE_SECONDS = 0.01


@dataclass
class Run:
    """One run. `cpu` counts the process and every descendant that was waited for; `error` is the end of its stderr."""

    status: int
    wall: float
    cpu: float
    error: str


def run(argv, environment, watch=None):
    """Runs `argv` to its end. `watch(pid)`, where given, runs beside it until the process ends."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(
            argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
            start_new_session=True)
        limit = threading.Timer(TIME_LIMIT_SECONDS, _kill_group, [child.pid])
        limit.start()
        watcher = threading.Thread(target=watch, args=[child.pid]) if watch else None
        if watcher:
            watcher.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            _kill_group(child.pid)
            raise
        finally:
            wall = time.perf_counter() - start
            limit.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)  # so that Popen does not wait for it again
        if watcher:
            watcher.join()
        errors.seek(0)
        text = errors.read().decode(errors="replace").strip()
    return Run(child.returncode, wall, usage.ru_utime + usage.ru_stime, text[-400:])


def peak_memory(argv, environment):
    """Peak bytes of anonymous and shared memory of the whole process tree, sampled; file pages are not counted.

    Walking page tables costs time, so a run that is sampled is not one that is timed.
    """
    peak = 0

    def watch(root):
        nonlocal peak
        while (now := sum(_private_bytes(pid) for pid in _tree(root))) or os.path.exists(f"/proc/{root}/maps"):
            peak = max(peak, now)
            time.sleep(SAMPLE_SECONDS)
            if _ended(root):
                return

    return run(argv, environment, watch), peak


def warm(path):
    """Reads a file through, so that the page cache holds it: kernels may drop what lay untouched for a minute."""
    buffer = bytearray(1 << 22)
    with open(path, "rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def _kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _ended(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


def _tree(pid):
    """`pid` and all its descendants."""
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                found += map(int, pathlib.Path(f"/proc/{parent}/task/{task}/children").read_text().split())
        except OSError:
            continue
    return found


def _private_bytes(pid):
    """Proportional share of anonymous and shared memory: shared pages are counted once over the tree."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))
