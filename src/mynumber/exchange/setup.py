"""What every institution has from its first minute: keys, a configuration, an empty store, and what it hands in.

  1. Refuse a folder that holds anything.
  2. Make the keys, each in a file of its own with mode 0600.
  3. Write config.toml, for people to read and to change.
  4. Create the empty store; `serve` never creates one, so a store that is gone is lost and cannot look new (O6).
  5. Write hand-in/: what the ceremony needs of this party, and nothing secret.

Rooms add keys and members of their own in between. A crash leaves a folder that a second `init` refuses: remove it and
begin again; nobody has heard of its keys yet.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.codes import wire
from mynumber.codes.parties import entries
from mynumber.exchange.running.node import Schema
from mynumber.pki import certificates, identity, nodes
from mynumber.plumbing import canonical, config, database, durable, keyfiles
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.config import ClockSection, TapSection
from mynumber.plumbing.errors import WrongUse
from mynumber.plumbing.faults import Fault
from mynumber.tlog import checkpoint, note

CONFIG = "config.toml"
HAND_IN = "hand-in"
STORE = "data.db"

_TEST_TOWNS = "# The rest is for test towns only; `mynumber serve` says at its start what is set here.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who an institution is, where it listens and where others reach it."""

    role: str
    id: str
    organisation: str
    network: str
    port: int
    host: str = "127.0.0.1"
    url: str = ""

    @property
    def reached_at(self) -> str:
        """The url that others use."""
        return self.url or f"https://{self.host}:{self.port}"


class Who(msgspec.Struct, frozen=True):
    """The members of any institution's configuration that say who it is."""

    role: str
    id: str
    organisation: str
    network: str


class _Moved(msgspec.Struct, frozen=True):
    clock: ClockSection
    tap: TapSection = TapSection()


@dataclass(frozen=True, slots=True)
class NewFolder:
    """An institution's folder in the making; `sign` is its signing secret."""

    path: Path
    party: Party
    schema: Schema
    sign: bytes = field(repr=False)
    _node_key: ec.EllipticCurvePrivateKey = field(repr=False)
    _log_key: bytes = field(repr=False)

    def secret(self, name: str, data: bytes) -> bytes:
        """Write one more key file and return its bytes."""
        keyfiles.write_secret(self.path / "keys" / name, data)
        return data

    def configure(self, *, members: str = "", tables: str = "", store: str = STORE) -> None:
        """(3) Write config.toml; a room's own members stand before the first table, its tables behind `[peer]`."""
        text = _common(self.party, store) + members + _peer(self.party) + tables + _test_towns(ClockSection(), {})
        (self.path / CONFIG).write_text(text, encoding="utf-8")

    def create(self, store: str = STORE) -> None:
        """(4) Create the empty store."""
        database.create(database.store_url(store, self.path), self.schema.metadata, self.schema.version)

    def hand_in(self, entry: entries.Entry | entries.Operator) -> Path:
        """(5) Write hand-in/ and return it."""
        folder = self.path / HAND_IN
        folder.mkdir()
        (folder / "entry.json").write_bytes(canonical.encode(wire.plain(entry)))
        (folder / "node.csr").write_bytes(nodes.make_csr(self._node_key, self.party.network, self.party.id))
        (folder / "url").write_text(self.party.reached_at + "\n", encoding="ascii")
        if self.schema.journal is not None:
            origin = checkpoint.log_origin(self.party.network, self.party.id)
            (folder / "vkey").write_text(note.note_key(origin, self._log_key).vkey() + "\n", encoding="ascii")
        return folder


def begin(folder: Path, party: Party, schema: Schema) -> NewFolder:
    """Steps 1 and 2: take an empty or absent folder and make the keys that every institution has."""
    # (1) A folder that holds anything may hold somebody's keys.
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse("NOT_EMPTY", f"{folder} is not an empty folder", hint="choose another, or remove it yourself")
    _check(party)
    folder.mkdir(parents=True, exist_ok=True)
    # (2) Keys.
    node_key = ec.generate_private_key(ec.SECP256R1())
    new = NewFolder(folder, party, schema, os.urandom(32), node_key, os.urandom(32))
    new.secret("node.key", certificates.key_pem(node_key))
    new.secret("sign.key", new.sign)
    new.secret("store.key", os.urandom(32))
    if schema.journal is not None:
        new.secret("log.key", new._log_key)
    return new


def _check(party: Party) -> None:
    for name in (party.id, party.organisation, party.network):
        try:
            identity.identifier(name)
        except identity.BadCertificate as problem:
            raise WrongUse("BAD_ID", problem.message, hint="choose another id, organisation or network") from problem
    if not party.reached_at.isascii() or not party.reached_at.startswith("https://"):
        raise WrongUse("BAD_URL", "the url is where others reach it by HTTPS", hint="such as https://127.0.0.1:9001")


def who(folder: Path) -> Who:
    """Return who the institution of a folder is."""
    return config.load(folder / CONFIG, Who)


def clock(folder: Path) -> Clock:
    """Return the clock that the institution of a folder goes by."""
    return config.load(folder / CONFIG, _Moved).clock.at(folder)


def set_test_town(
    path: Path,
    *,
    faults: Mapping[str, Fault],
    offset_s: int | None = None,
    clock_file: Path | None = None,
    tapped: bool | None = None,
) -> None:
    """Replace the fault points, and clock and tap if given, in a configuration that `init` wrote."""
    kept, mark, _ = path.read_text(encoding="utf-8").partition(_TEST_TOWNS)
    if not mark:
        raise WrongUse("BAD_CONFIG", f"{path} has no part for test towns", hint="write [clock] and [faults] by hand")
    said = config.load(path, _Moved)
    held, tap = said.clock, said.tap.on if tapped is None else tapped
    moved = ClockSection(
        offset_s=held.offset_s if offset_s is None else offset_s,
        file=held.file if clock_file is None else str(clock_file.resolve()),
    )
    durable.put(path, (kept.rstrip("\n") + "\n" + _test_towns(moved, faults, tap=tap)).encode())


def quoted(text: str) -> str:
    """Return a text as TOML writes it; the escapes of JSON are among those of TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def table(name: str, members: Mapping[str, str]) -> str:
    """Return a TOML table of texts; names are quoted, so that they may hold anything."""
    return f"[{name}]\n" + "".join(f"{quoted(member)} = {quoted(text)}\n" for member, text in members.items())


def _common(party: Party, store: str) -> str:
    return f"""\
# The configuration of {party.id} in the network {party.network}, made by `mynumber init {party.role}`.
# Every path is relative to this folder. A name that is not known is refused at the start, never ignored.

# What this institution does; `mynumber serve ROLE` must name the same.
role = {quoted(party.role)}
# Its name in the directory, in its certificate and in every message. It cannot be changed later.
id = {quoted(party.id)}
# Who runs it. Nobody runs two operators, and who runs the register runs neither an operator nor the keeper.
organisation = {quoted(party.organisation)}
# The network it takes part in; network.json must name the same.
network = {quoted(party.network)}
# Its database: a SQLite file, in this folder unless its path leads elsewhere.
store = {quoted(store)}
# When this folder first started after it came back from a backup as a whole, in unix seconds; 0 = never. What was made
# before that time and 300 seconds is refused, because the backup may lack what was done with it (PROTOCOL.md O6).
restored_at = 0
"""


def _peer(party: Party) -> str:
    return f"""
# The listener for other institutions; only certificates of the network get further than the handshake.
[peer]
# The address and port to bind.
host = {quoted(party.host)}
port = {party.port}
# Where others reach it. It is handed in at the ceremony; a later change must be told to the operators.
url = {quoted(party.reached_at)}
"""


def _test_towns(clock: ClockSection, faults: Mapping[str, Fault], *, tap: bool = False) -> str:
    points = "".join(f"{quoted(point)} = {quoted(fault)}\n" for point, fault in faults.items())
    return f"""
{_TEST_TOWNS}
# Moves this process's clock by so many seconds, and by as many more as a file says, which may change meanwhile.
[clock]
offset_s = {clock.offset_s}
file = {quoted(clock.file)}

# Whether everything received and sent is written down, after decryption, in journal/tap.
[tap]
on = {str(tap).lower()}

# Places where this process dies ("kill") or stands still ("hang"), by the point's name.
[faults]
{points}"""
