"""Structured logs, one JSON object a line, that cannot carry a personal value.

Promises that only declared fields leave the process: a value under any other name is dropped and the line says which
name. Errors are logged by type, code and place, never by their text, because a text may repeat what was read. What
libraries log is treated alike: their sentences are left out.

A line that cannot be written, because the disk is full, is lost and nothing else: no step fails because of its log. The
next line that can be written says how many are missing.
"""

import logging
import time
import traceback
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

import structlog
from structlog.typing import FilteringBoundLogger

from mynumber.plumbing.errors import MyNumberError

# What a line may say. None of these carries a person: ids of parties, names of states and checks, counts and times.
_FIELDS = frozenset(
    "event level timestamp role party peer url call status code kind procedure count state waiting_for "
    "version size offset_s point fault version_now path error where seconds listener port".split()
)


def _only_declared(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    dropped = sorted(set(event) - _FIELDS)
    kept: MutableMapping[str, object] = {name: value for name, value in event.items() if name in _FIELDS}
    if dropped:
        kept["dropped"] = dropped
    return kept


class _Libraries(logging.Handler):
    """Takes what libraries log, so that it does not go to standard error with bytes of a request in it."""

    def emit(self, record: logging.LogRecord) -> None:
        problem = record.exc_info[1] if record.exc_info else None
        if problem is not None:
            trouble("library.failed", problem)
        else:
            info("library.warned", where=[f"{record.filename}:{record.lineno}"])


class _Lines:
    """The log file as the logger sees it: a line is written, or counted as lost."""

    def __init__(self, file: FileIO) -> None:
        self._file, self._lost = file, 0

    def write(self, line: str) -> None:
        # A line of which only a part fitted is ended before the next one.
        missing = f'\n{{"event": "lines.lost", "count": {self._lost}}}\n' if self._lost else ""
        data = (missing + line).encode("utf-8")
        # Behind the end of what was served nobody reads it any more: the process ends, or serves another folder.
        if self._file.closed:
            return
        try:
            written = self._file.write(data)
        except OSError:
            written = 0
        self._lost = 0 if written == len(data) else self._lost + 1

    def flush(self) -> None:
        """Nothing is held back."""


_bound: list[FilteringBoundLogger] = []
"""The logger behind `to_file`; making one anew takes as long as half a line."""


def to_file(path: Path) -> FileIO:
    """Send all logs of this process to a file, line by line; the caller closes it at the end."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = path.open("ab", buffering=0)
    if not any(isinstance(handler, _Libraries) for handler in logging.root.handlers):
        logging.root.addHandler(_Libraries())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_declared,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        logger_factory=structlog.WriteLoggerFactory(_Lines(file)),  # type: ignore[arg-type]  # it only writes and flushes
        cache_logger_on_first_use=False,
    )
    _bound[:] = [structlog.get_logger().bind()]
    return file


def _logger() -> FilteringBoundLogger:
    logger: FilteringBoundLogger = _bound[0] if _bound else structlog.get_logger()
    return logger


def info(event: str, **fields: str | int | float | list[str] | None) -> None:
    """Log one event with declared fields."""
    _logger().info(event, **fields)


def trouble(event: str, problem: BaseException, **fields: str | int | None) -> None:
    """Log a failure by its type, code and place."""
    frames = traceback.extract_tb(problem.__traceback__)[-4:]
    where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    code = problem.code if isinstance(problem, MyNumberError) else None
    _logger().warning(event, error=type(problem).__name__, code=code, where=where, **fields)


@dataclass
class OnChange:
    """A line of a loop that tries again and again: said when it changes, every ten minutes, and when it is over.

    A peer that is away for a night costs a few lines, and the journal keeps room for what happens only once.
    """

    event: str
    seconds: float = 600.0
    clock: Callable[[], float] = time.monotonic
    _said: dict[str, tuple[float, str | None]] = field(default_factory=dict)

    def waits(self, code: str | None, *, peer: str = "") -> None:
        """Say why it does not go on (with this peer), unless that was said a while ago."""
        now = self.clock()
        since, before = self._said.get(peer, (-self.seconds, None))
        if code == before and now - since < self.seconds:
            return
        self._said[peer] = (now, code)
        info(self.event, code=code, **({"peer": peer} if peer else {}))

    def goes_on(self, *, peer: str = "") -> None:
        """Say that it goes on, if it was said that it does not."""
        if self._said.pop(peer, None) is not None:
            info(self.event, state="over", **({"peer": peer} if peer else {}))
