"""Configuration files: TOML, typed, unknown names refused; every path is relative to the file's own folder."""

import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from mynumber.plumbing.clock import Clock
from mynumber.plumbing.errors import WrongUse
from mynumber.plumbing.faults import Fault

T = TypeVar("T")

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every table in a configuration."""


class Listen(Section, frozen=True, kw_only=True):
    """Where a listener binds; the url that others use stands beside it."""

    host: str = "127.0.0.1"
    port: Port
    url: str


class ClockSection(Section, frozen=True, kw_only=True):
    """Moves this process's clock, for test towns only."""

    offset_s: int = 0
    file: str = ""
    """A file with seconds more, looked at each time, so that a running town can be moved in time."""

    def at(self, folder: Path) -> Clock:
        """Return the clock of the institution in `folder`."""
        return Clock(self.offset_s, folder / self.file if self.file else None)


class TapSection(Section, frozen=True, kw_only=True):
    """Whether everything received and sent is written down (`tap.py`), for test towns only."""

    on: bool = False


class NodeConfig(Section, frozen=True, kw_only=True):
    """What every institution's file has."""

    role: str
    id: str
    organisation: str
    network: str
    peer: Listen
    store: str = "data.db"
    restored_at: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Unix time of the first start after the whole folder came back from a backup; 0 = never."""
    clock: ClockSection = ClockSection()
    faults: dict[str, Fault] = {}
    tap: TapSection = TapSection()


def load(path: Path, kind: type[T]) -> T:
    """Return the configuration, or raise WrongUse that names the member at fault."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), kind, strict=True)
    except OSError as problem:
        raise WrongUse("NO_CONFIG", f"cannot read {path}", hint="run `mynumber init ROLE --dir DIR` first") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as problem:
        raise WrongUse("BAD_CONFIG", f"{path}: {problem}", hint="correct the file and start again") from problem


class _Role(msgspec.Struct, frozen=True):
    role: str


def require_role(path: Path, role: str) -> None:
    """Raise WrongUse if the file is of an institution of another role, whose members would only look wrong."""
    configured = load(path, _Role).role
    if configured != role:
        hint = f"serve {configured} with it, or name a {role}'s config.toml"
        raise WrongUse("WRONG_ROLE", f"{path} is of role {configured}, not {role}", hint=hint)
