"""Workers end with the process that they work for, however it ends, and also where they cannot be copies of it."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mynumber.scanner.finds import Find
from mynumber.scanner.scan import scan

KILLED = """
import os, signal
from mynumber.scanner.finds import Unread
from mynumber.scanner.workers import Workers

def search(file):
    yield Unread(file, str(os.getpid()))

for one in Workers(3).results(iter("abc"), search, lambda file: None):
    print(one.why, flush=True)
    if one.path == "c":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_of_a_killed_process_end() -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, timeout=60, check=False)
    workers = set(map(int, killed.stdout.split()))
    assert workers, killed.stderr
    deadline = time.monotonic() + 20
    while any(map(runs, workers)):
        assert time.monotonic() < deadline, "a worker outlived its process"
        time.sleep(0.05)


def runs(pid: int) -> bool:
    try:
        # What has ended and is waited for by nobody is in state Z.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_beside_threads_workers_start_anew_and_find_the_same(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("個人番号 123456789018\n", encoding="utf-8")
    over = threading.Event()
    thread = threading.Thread(target=over.wait, args=(60,))
    thread.start()
    try:
        beside = list(scan([str(tmp_path)], jobs=2))
    finally:
        over.set()
        thread.join(10)
    alone = list(scan([str(tmp_path)], jobs=2))
    assert len(beside) == 1
    assert isinstance(beside[0], Find)
    assert beside == alone
