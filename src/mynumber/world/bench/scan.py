"""`bench scan`: how many megabytes a second are searched, by the kernel, by one process and by two, in how much memory.

  1. Write files of decoys of which about half the bytes are digits, and one large file of the same.
  2. The kernel: tokens of all spellings with their check digits, in blocks that lie in memory.
  3. The whole way from the files to the finds, by one process, and by two with their start.
  4. The large file by two processes; meanwhile the memory of this process and of its workers is added up, what they
     share counted in each.

Beside the kernel and the whole way stands, in the same round, Presidio's pattern recogniser for the same spellings with
the same check digit, on a part of the same text, if it is installed. It knows no groups and no labels.
"""

import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from mynumber.number.check_digits import my_number_check_digit
from mynumber.plumbing.errors import OwnFault
from mynumber.scanner.finding.marks import Marks
from mynumber.scanner.finding.tokens import tokens_of
from mynumber.scanner.scan import scan
from mynumber.world.bench.decoys import write, write_file
from mynumber.world.bench.figures import Report, Row, middle

_MB = 1e6
_BLOCK = 1 << 19
# So much of the text is given to Presidio, which is some thirty times slower.
_PART = 1 << 22
_PEER = "Presidio's pattern recogniser"
_SPELLINGS = r"(?<!\d)(?:\d{12}|\d{4}([ ./_-])\d{4}\1\d{4}|\d([ ./_-])(?:\d\2){10}\d|\d{4}%20\d{4}%20\d{4})(?!\d)"
_ENTITY = "MY_NUMBER"
_JOBS = 2
_LIMIT = 300
_LOOK = 0.05
_TICK = 0.01
# Rows of a log.
_KIND = 1


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is searched, and how often."""

    megabytes: int
    rounds: int


class _Recogniser(Protocol):
    def analyze(self, text: str, entities: list[str]) -> Sequence[object]: ...


def bench(extent: Extent, progress: Callable[[str], None]) -> Report:
    """Measure; if two processes do not find what one finds, that breaks it off."""
    recogniser = _recogniser()
    with tempfile.TemporaryDirectory() as name:
        folder, large = Path(name) / "files", Path(name) / "large.txt"
        progress(f"writing {extent.megabytes} MB of decoys, twice")
        size = write(folder, int(extent.megabytes * _MB))
        write_file(large, size, np.random.default_rng(2), _KIND)
        rounds = []
        for number in range(extent.rounds):
            progress(f"round {number + 1} of {extent.rounds}")
            rounds.append(_round(folder, size, large.read_bytes()[:_PART], recogniser))
        with _memory() as most:
            _count(large, _JOBS)
    return Report(tuple(_rows(rounds, max(most) / _MB, skipped=recogniser is None)))


@dataclass(frozen=True, slots=True)
class _Round:
    """Megabytes of a second by the clock, and of a second of the processors that were kept busy."""

    kernel: "_Speed"
    peer: "_Speed"
    one: "_Speed"
    two: "_Speed"


class _Speed(NamedTuple):
    clock: float
    busy: float


def _round(folder: Path, size: int, part: bytes, recogniser: _Recogniser | None) -> _Round:
    kernel = _speed(len(part), lambda: _kernel(part))
    peer = _Speed(0.0, 0.0)
    if recogniser is not None:
        text = part.decode("utf-8", "ignore")
        peer = _speed(len(part), lambda: recogniser.analyze(text, [_ENTITY]))
    found: list[int] = []
    one = _speed(size, lambda: found.append(_count(folder, 1)))
    two = _speed(size, lambda: found.append(_count(folder, _JOBS)))
    if found[0] != found[1]:
        raise OwnFault("BENCH", "two processes did not find what one process finds")
    return _Round(kernel, peer, one, two)


def _rows(rounds: Sequence[_Round], memory: float, *, skipped: bool) -> Iterator[Row]:
    peer = f"{_PEER} (skipped: presidio-analyzer is not installed)" if skipped else _PEER
    peer_busy = None if skipped else middle(each.peer.busy for each in rounds)
    kernel, one_busy = (middle(getattr(each, name).busy for each in rounds) for name in ("kernel", "one"))
    yield Row("kernel: spellings and check digits", kernel, "MB a second of a core", peer, peer_busy)
    yield Row("the whole way", one_busy, "MB a second of a core", peer, peer_busy)
    two_busy = middle(each.two.busy for each in rounds)
    yield Row("the whole way by two processes", two_busy, "MB a second of a core", "one process", one_busy)
    one, two = middle(each.one.clock for each in rounds), middle(each.two.clock for each in rounds)
    yield Row("one process, by the clock", one, "MB/s")
    yield Row("two processes with their start, by the clock", two, "MB/s", "one process", one)
    yield Row("memory of two processes and this one, one large file", memory, "MB", "limit", _LIMIT)


def _kernel(part: bytes) -> None:
    for begin in range(0, len(part), _BLOCK):
        tokens_of(Marks(part[begin : begin + _BLOCK]))


def _count(path: Path, jobs: int) -> int:
    return sum(1 for _ in scan([str(path)], jobs=jobs))


def _speed(size: int, step: Callable[[], object]) -> _Speed:
    """Return megabytes of a second by the clock, and of a second of the processors that were kept busy."""
    begun, busy = time.perf_counter(), _busy()
    step()
    return _Speed(size / _MB / (time.perf_counter() - begun), size / _MB / max(_busy() - busy, _TICK))


def _busy() -> float:
    """Return the processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])


@contextmanager
def _memory() -> Iterator[list[int]]:
    """Look at the memory of this process and its children again and again, and give what was seen."""
    seen, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK):
            pids = [os.getpid(), *(one.pid for one in multiprocessing.active_children() if one.pid)]
            seen.append(sum(map(_resident, pids)))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _recogniser() -> _Recogniser | None:
    """Return Presidio's recogniser for the spellings of the kernel, if it is installed."""
    try:
        from presidio_analyzer import Pattern, PatternRecognizer  # noqa: PLC0415  # a peer, never needed
    except ModuleNotFoundError:
        return None

    class Checked(PatternRecognizer):
        def validate_result(self, pattern_text: str) -> bool:
            return _is_right(pattern_text)

    return Checked(supported_entity=_ENTITY, patterns=[Pattern("twelve", _SPELLINGS, 0.5)])


def _is_right(text: str) -> bool:
    digits = "".join(filter(str.isdigit, text.replace("%20", "")))
    return digits[-1] == str(my_number_check_digit(digits[:-1]))
