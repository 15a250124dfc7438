"""Whether an institution reaches its network, and what is to be done where it does not.

  1. The folder: papers of the ceremony, certificate.
  2. The operators: their directory, verified by our own anchors, and the addresses.
  3. Every other party: address, handshake, who it is, whether it is ready, its clock, its directory.
  4. Ourselves: listed, reachable at the address that the operators give, on the newest directory.
  5. The supervisor's law table: the roles that we hold.

Nothing is changed and nothing is asked about a person; every line says `ok` or the next step.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from mynumber.codes import law_table, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties import directory as directories
from mynumber.codes.parties.directory import Directory
from mynumber.exchange import setup
from mynumber.exchange.running.clocks import ALLOWED_SECONDS
from mynumber.exchange.view import anchors
from mynumber.exchange.view.anchors import Network
from mynumber.exchange.view.peers import NodeFiles, Peers
from mynumber.pki import certificates
from mynumber.plumbing import canonical, config
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.clock import Clock, in_japan
from mynumber.plumbing.config import Listen

_SOON_S: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; `hint` says what to do where it is not ok."""

    subject: str
    ok: bool
    said: str
    hint: str = ""


class _Settings(msgspec.Struct, frozen=True):
    """What of any institution's configuration is needed here."""

    id: str
    peer: Listen


@dataclass(frozen=True)
class _Visit:
    """One institution on its way round."""

    id: str
    url: str
    network: Network
    peers: Peers
    clock: Clock


async def check(folder: Path) -> list[Line]:
    """Look at everything from an institution's folder, beside its running process; a line for each thing."""
    settings = config.load(folder / setup.CONFIG, _Settings)
    missing = [name for name in (anchors.FILE, "node.crt", "network.crt") if not (folder / name).exists()]
    if missing:
        first, last = f"bring {folder / setup.HAND_IN} to `mynumber ceremony certificate`", "`mynumber ceremony finish`"
        said = f"not here yet: {', '.join(missing)}"
        return [Line("ceremony", ok=False, said=said, hint=f"{first}; {last} is the last step")]
    network = anchors.load(folder)
    files = NodeFiles(folder / "node.crt", folder / "keys" / "node.key", folder / "network.crt")
    visit = _Visit(settings.id, settings.peer.url, network, Peers(network.network, files), setup.clock(folder))
    visit.peers.learn({operator.id: operator.url for operator in network.operators})
    try:
        # (1) The folder.
        lines = [_certificate(folder)]
        # (2) The operators.
        directory, told = await _operators(visit)
        lines += told
        return lines if directory is None else [*lines, *await _network(visit, directory)]
    finally:
        await visit.peers.close()


def _certificate(folder: Path) -> Line:
    ends = certificates.load_certificate((folder / "node.crt").read_bytes()).not_valid_after_utc
    # Whether a certificate is valid is judged by the machine's own clock, in every handshake.
    left = int(ends.timestamp()) - Clock().now()
    said = f"valid until {in_japan(int(ends.timestamp())):%Y-%m-%d}"
    return Line("certificate", left > _SOON_S, said, "mynumber join rotate certificate, then hand in again")


async def _operators(visit: _Visit) -> tuple[Directory | None, list[Line]]:
    """Step 2: return the newest directory that an operator serves and our anchors bear out."""
    found: list[Directory] = []
    lines = []
    for operator in visit.network.operators:
        subject = f"directory of {operator.id}"
        try:
            found.append(await _directory_at(visit, operator.id))
            lines.append(Line(subject, ok=True, said=f"version {found[-1].body.version}, signed by all operators"))
        except PeerDown as problem:
            lines.append(
                Line(subject, ok=False, said=problem.message, hint="start it, or wait; check the network between")
            )
        except (ProtocolError, canonical.NotCanonical) as problem:
            hint = "mynumber ceremony finish; else compare network.json with what the operators say themselves"
            lines.append(Line(subject, ok=False, said=f"it fails a check ({problem.code})", hint=hint))
    return max(found, key=lambda each: each.body.version, default=None), lines


async def _directory_at(visit: _Visit, operator: str) -> Directory:
    addresses = await visit.peers.fetch(operator, "/addresses.json")
    if addresses is not None:
        visit.peers.learn(msgspec.json.decode(addresses, type=dict[wire.Ident, str]))
    body = await visit.peers.fetch(operator, "/directory/current")
    if body is None:
        raise PeerDown(operator, "it has no directory yet")
    value, network = canonical.decode(body), visit.network
    believed = network.believed(anchors.version_of(value))
    return directories.load_directory(value, network=network.network, anchors=believed, now=None, last=None)


async def _network(visit: _Visit, directory: Directory) -> list[Line]:
    """Steps 3 to 5."""
    others = [party for party, _ in directory.body.roles() if party != visit.id]
    # (3) Everybody else.
    lines = list(await asyncio.gather(*(_party(visit, party, directory) for party in others)))
    # (4) Ourselves.
    if directory.signing_key(visit.id) is None:
        hint = "wait until the directory that lists it begins: `mynumber ceremony status`"
        return [*lines, Line("ourselves", ok=False, said=f"no directory lists {visit.id} yet", hint=hint)]
    told = visit.peers.addresses.get(visit.id, "nowhere")
    hint = "let the operators repeat `mynumber ceremony finish`, or correct [peer] url"
    lines.append(Line("our address", told == visit.url, f"the operators say {told}", hint))
    lines.append(await _party(visit, visit.id, directory))
    # (5) The law.
    return [*lines, await _law(visit, directory)]


async def _party(visit: _Visit, party: str, directory: Directory) -> Line:
    before = visit.clock.now()
    try:
        answer = await visit.peers.look(party, "/health")
        told = msgspec.json.decode(answer.body, type=_Health)
    except PeerDown as problem:
        return Line(party, ok=False, said=problem.message, hint="its people start it, or open the way to it")
    except msgspec.MsgspecError:
        return Line(party, ok=False, said="it answers something else than its health", hint="tell its people")
    # The answer was made at some time between the question and now.
    apart = max(before - told.time, told.time - visit.clock.now(), 0)
    if apart > ALLOWED_SECONDS:
        return Line(
            party, ok=False, said=f"its clock is {apart} s apart from ours", hint="let both follow a time server"
        )
    if told.waiting_for:
        return Line(party, ok=False, said=f"it waits for {told.waiting_for[0]}", hint="wait; its people see /health")
    if told.directory is None or told.directory.hash != directory.hash.hex():
        return Line(party, ok=False, said="it stands on another directory", hint="wait ten seconds, then look again")
    return Line(party, ok=True, said=f"ready, directory {told.directory.version}, clock within {ALLOWED_SECONDS} s")


class _Named(msgspec.Struct, frozen=True):
    version: int
    hash: str


class _Health(msgspec.Struct, frozen=True):
    waiting_for: list[str]
    time: int
    directory: _Named | None = None


async def _law(visit: _Visit, directory: Directory) -> Line:
    supervisor = directory.body.supervisor.id
    tables = []
    try:
        for path in ("/law/current", "/law/next"):
            body = await visit.peers.fetch(supervisor, path)
            if body is not None:
                signer = directory.signer(supervisor)
                tables.append(law_table.load_law(canonical.decode(body), directory.network, signer))
    except (PeerDown, ProtocolError, canonical.NotCanonical) as problem:
        return Line("law table", ok=False, said=problem.message, hint="wait for the supervisor")
    role = directory.role_of(visit.id)
    if role != "agency" and tables:
        return Line("law table", ok=True, said="in force")
    for table in tables:
        roles = sorted(role for role, members in table.body.roles.items() if visit.id in members)
        begun = table.begins <= visit.clock.now()
        if roles:
            when = "in force" if begun else f"begins in {table.begins - visit.clock.now()} s"
            return Line("law table", begun, f"we hold {', '.join(roles)}; {when}", "wait until it begins")
    hint = f"let the supervisor add {visit.id} to a role under [roles] of its config.toml"
    return Line("law table", ok=False, said="we hold no role, so we may neither ask nor answer", hint=hint)
