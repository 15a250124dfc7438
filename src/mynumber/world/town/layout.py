"""A town as it lies on disk: who is in it, where each institution lives, and town.toml, from which it can be resumed.

town.toml belongs to no institution. A pid in it is that of the last start; 0 says that the institution is not running.
Who serves a folder now, whoever started it, stands in the folder's serving.lock while that is locked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mynumber.exchange.setup import CONFIG, quoted
from mynumber.plumbing import config, durable
from mynumber.plumbing.config import Section
from mynumber.plumbing.errors import WrongUse


@dataclass(frozen=True, slots=True)
class Institution:
    """One institution of the town; an office has a second port for its own people, the portal one for browsers."""

    name: str
    role: str
    organisation: str
    folder: Path
    port: int
    office_port: int | None = None
    public_port: int | None = None

    @property
    def url(self) -> str:
        """Where other institutions reach it."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def office_url(self) -> str | None:
        """Where an office's own people reach it."""
        return None if self.office_port is None else f"https://127.0.0.1:{self.office_port}"

    @property
    def public_url(self) -> str | None:
        """Where citizens' browsers reach the portal."""
        return None if self.public_port is None else f"https://127.0.0.1:{self.public_port}"

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port at which it listens."""
        return tuple(port for port in (self.port, self.office_port, self.public_port) if port is not None)

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.folder / CONFIG

    @property
    def databases(self) -> tuple[Path, ...]:
        """Its stores; an office's business database is among them."""
        names = ("data.db",) if self.office_port is None else ("gateway.db", "vault.db", "business.db")
        return tuple(self.folder / name for name in names)


@dataclass(frozen=True, slots=True)
class Town:
    """A town; `residents` is how many people it has, drawn from `seed`."""

    folder: Path
    network: str
    seed: int
    residents: int
    institutions: tuple[Institution, ...]

    @property
    def ceremony(self) -> Path:
        """The ceremony's folder, with the private key of the town's root."""
        return self.folder / "town" / "ceremony"

    @property
    def visitor(self) -> Path:
        """The valid certificate of a party without rights."""
        return self.folder / "town" / "ca" / "visitor"

    @property
    def cards(self) -> Path:
        """The citizens' cards, each in a folder of its own."""
        return self.folder / "town" / "cards"

    @property
    def wire(self) -> Path:
        """What was captured of all connections, in a town that was told with its taps open."""
        return self.folder / "town" / "wire.pcap"

    @property
    def offices(self) -> tuple[Institution, ...]:
        """The institutions that hold a gateway."""
        return tuple(each for each in self.institutions if each.role == "gateway")

    def institution(self, name: str) -> Institution:
        """Return an institution of the town by its name."""
        return next(each for each in self.institutions if each.name == name)


class _Place(Section, frozen=True, kw_only=True):
    name: str
    role: str
    organisation: str
    port: config.Port
    office_port: config.Port
    public_port: config.Port
    pid: int


class _File(Section, frozen=True, kw_only=True):
    network: str
    seed: int
    residents: int
    institutions: list[_Place]


def write_town(town: Town, pids: Mapping[str, int]) -> None:
    """Write town.toml; who is not in `pids` does not run. Readers see the old file or the new one."""
    lines = [
        "# The town as it was started last. `mynumber demo --resume` reads it; a pid of 0 does not run.",
        f"network = {quoted(town.network)}",
        f"seed = {town.seed}",
        f"residents = {town.residents}",
    ]
    for each in town.institutions:
        lines += [
            "\n[[institutions]]",
            f"name = {quoted(each.name)}",
            f"role = {quoted(each.role)}",
            f"organisation = {quoted(each.organisation)}",
            f"port = {each.port}",
            f"office_port = {each.office_port or 0}",
            f"public_port = {each.public_port or 0}",
            f"pid = {pids.get(each.name, 0)}",
        ]
    path = _file(town.folder)
    path.parent.mkdir(exist_ok=True)
    durable.put(path, ("\n".join(lines) + "\n").encode())


def read_town(folder: Path) -> Town:
    """Return the town in a folder, or raise WrongUse."""
    folder = folder.resolve()
    if not _file(folder).exists():
        raise WrongUse("NO_TOWN", f"{folder} holds no town", hint=f"make one: mynumber demo --dir {folder}")
    read = config.load(_file(folder), _File)
    institutions = tuple(
        Institution(
            each.name,
            each.role,
            each.organisation,
            folder / each.name,
            each.port,
            office_port=each.office_port or None,
            public_port=each.public_port or None,
        )
        for each in read.institutions
    )
    return Town(folder, read.network, read.seed, read.residents, institutions)


def _file(folder: Path) -> Path:
    return folder / "town" / "town.toml"
