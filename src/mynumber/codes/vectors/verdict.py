"""How a case ends: passed, or with what was expected and what came."""

from collections.abc import Callable
from dataclasses import dataclass

from mynumber.codes.errors import ProtocolError

_SHOWN = 300


class Mismatch(Exception):
    """A case gave something else than expected."""

    def __init__(self, expected: object, got: object, where: str = "") -> None:
        """Say what was expected, what came, and at which part of the case."""
        place = f"{where}: " if where else ""
        super().__init__(f"{place}{shown(expected)}", f"{place}{shown(got)}")


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to check: `check` returns if it holds and raises if not."""

    group: str
    name: str
    expected: str
    check: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a case."""

    group: str
    name: str
    passed: bool
    expected: str = ""
    got: str = ""


def shown(value: object) -> str:
    """Return a value as text, bytes in hex, cut where it gets long."""
    text = str(_readable(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def _readable(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return [_readable(one) for one in value] if isinstance(value, tuple | list) else value


def same(expected: object, got: object, where: str = "") -> None:
    """Raise Mismatch unless the two are equal."""
    if expected != got:
        raise Mismatch(expected, got, where)


def judge(case: Case) -> Verdict:
    """Run a case; whatever it raises is its failure."""
    try:
        case.check()
    except Mismatch as problem:
        return Verdict(case.group, case.name, False, *problem.args)
    except ProtocolError as problem:
        return Verdict(case.group, case.name, False, case.expected, f"refused: {problem.code}")
    except Exception as problem:  # noqa: BLE001
        # A crash is a failure of this case and must not hide the others.
        return Verdict(case.group, case.name, False, case.expected, f"crashed: {type(problem).__name__}: {problem}")
    return Verdict(case.group, case.name, True)
