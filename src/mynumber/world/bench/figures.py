"""The figures of a bench: rows beside what they are measured against, medians, percentiles, processor time.

Promises that a value is never shown without its unit, and that a ratio is computed from the two values beside it.
"""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `peer` names what it is measured against, empty where there is nothing."""

    what: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None

    def members(self) -> dict[str, object]:
        """Return the row as DOORS shows it."""
        ratio = self.value / self.peer_value if self.peer_value else None
        return {
            "what": self.what,
            "value": _short(self.value),
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": None if self.peer_value is None else _short(self.peer_value),
            "ratio": None if ratio is None else _short(ratio),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one bench says."""

    rows: tuple[Row, ...]

    def members(self) -> dict[str, object]:
        """Return the object of DOORS."""
        return {"machine": machine(), "rows": [row.members() for row in self.rows]}


def machine() -> str:
    """Return what the figures were measured on: processor, cores, system, Python."""
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def middle(values: Iterable[float]) -> float:
    """Return the median, 0 for nothing."""
    known = list(values)
    return float(median(known)) if known else 0.0


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which `part` (0 to 1) of the values lie, 0 for nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used so far, in user space and in the system for it."""
    # The second field is a name in brackets that may hold blanks; user and system time stand behind it.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _short(value: float) -> float:
    """Return four significant digits; more would pretend."""
    return float(f"{value:.4g}")


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
