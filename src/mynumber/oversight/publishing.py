"""What the supervisor publishes: the law table for the members of each role, and the state of the network.

The law itself is compiled, never written here. The first table begins with the directory; every later one is announced
at least 300 s before it begins, so that all parties hold it in time (FLOWS section 3). A new state is signed at the
start, at every act and every 10 minutes, and is valid for an hour: without a fresh one nothing is allowed any more.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from mynumber.codes import law_table, wire
from mynumber.codes.law_table import LawTables
from mynumber.exchange.running.node import Node
from mynumber.exchange.view import state as states
from mynumber.exchange.view.state import Block, State
from mynumber.law.compiling import compile_table
from mynumber.oversight import store
from mynumber.oversight.config import OversightConfig
from mynumber.plumbing import config, logs
from mynumber.plumbing.clock import in_japan
from mynumber.plumbing.errors import MyNumberError, WrongUse

LEAD_SECONDS: Final = 330  # 300 at least, and some for signing and storing
RENEW_SECONDS: Final = 600
_LOOK_FOR_LAW: Final = 5.0
_LOOK_FOR_ACTS: Final = 0.5


def due_table(settings: OversightConfig, held: LawTables, *, now: int, first: int) -> law_table.Body | None:
    """Return the table to sign and publish now, None if those held say what the law says.

    A later table is compiled for the day on which it begins. While one is announced no other is made: the parties learn
    of one announcement at a time. `first` is when the very first begins.
    """
    if any(table.begins > now for table in held.tables):
        return None
    begins = now + LEAD_SECONDS if held.tables else first
    compiled = compile_table(settings.roles, on=in_japan(max(begins, now)).date(), hide=settings.hide)
    body = wire.read({"v": 1, "network": settings.network, "from": begins, **compiled}, law_table.Body)
    if held.tables and msgspec.structs.replace(held.tables[-1].body, from_=begins) == body:
        return None
    return body


def due_state(
    held: State | None, blocks: tuple[Block, ...], *, network: str, now: int, started: bool, forgotten: int = 0
) -> states.Body | None:
    """Return the state to sign and publish now, None if the one held says what is blocked and is fresh.

    `started` asks for a new one in any case: what was signed before a stop may run out before the next round.
    `forgotten` is how many versions may have been published that a restored store does not know.
    """
    stands = held is not None and held.body.blocks == blocks and 0 <= now - held.body.issued < RENEW_SECONDS
    if stands and not started:
        return None
    version = forgotten + (1 if held is None else held.body.version + 1)
    until = now + states.VALID_SECONDS
    return states.Body(network=network, version=version, issued=now, valid_until=until, blocks=blocks)


async def publish_law(
    node: Node, settings: OversightConfig, sign: Callable[[], bytes], path: Path | None = None
) -> None:
    """Publish law tables as they become due, until cancelled; each is on disk before it is served.

    `sign` gives the signing secret that the current directory lists. Once that is another one, the tables that are held
    are signed with it as well: who comes later finds them under the key that the directory names for us.

    With `path`, roles and hidden procedures are read again each time, so that who holds them changes without a stop.
    What gives a role to a name that nobody has is not followed; after a start no table is made until it is corrected.
    """
    secret, held = b"", None
    while True:
        if node.view.standing is not None:
            held = await asyncio.to_thread(_current, node, path or settings, held)
            before, secret = secret, sign()
            for table in node.view.laws.tables if secret != before else ():
                await node.view.accept_law(law_table.sign_law(table.body, (settings.id, secret)))
            first = node.view.directory.body.not_before
            laws, now = node.view.laws, node.clock.now()
            body = None if held is None else due_table(held, laws, now=now, first=first)
            if body is not None:
                await node.view.accept_law(law_table.sign_law(body, (settings.id, secret)))
                logs.info("law.published", count=len(body.rows))
        await asyncio.sleep(_LOOK_FOR_LAW if node.view.laws.tables else _LOOK_FOR_ACTS)


def _current(node: Node, source: Path | OversightConfig, held: OversightConfig | None) -> OversightConfig | None:
    """Return the configuration as it is now; one that cannot be law changes nothing until it is corrected."""
    try:
        found = config.load(source, OversightConfig) if isinstance(source, Path) else source
        compile_table(found.roles, on=in_japan(node.clock.now()).date(), hide=found.hide)
        # A right of nobody looks like law, and the table that takes it back waits until this one has begun.
        if (wrong := _stray(node, found)) is not None:
            raise WrongUse("NO_SUCH_PARTY", wrong, hint="correct [roles]")
    except MyNumberError as problem:
        logs.trouble("config.refused", problem)
        return held
    return found


def warning(node: Node, path: Path) -> str | None:
    """Say why the configuration is not followed now, None if it is."""
    if node.view.standing is None:
        return None
    try:
        wrong = _stray(node, config.load(path, OversightConfig))
    except MyNumberError as problem:
        wrong = f"the configuration is refused ({problem.code})"
    return wrong and f"{wrong}; no law table is made from it until that is corrected"


def _stray(node: Node, settings: OversightConfig) -> str | None:
    """Say which role of the law is given to whom the directory does not list."""
    listed = dict(node.view.directory.body.roles())
    for role, parties in sorted(settings.roles.items()):
        if strays := [party for party in parties if party not in listed]:
            return f"[roles] gives {role} to {', '.join(strays)}, which the directory does not list"
    return None


async def publish_state(node: Node, sign: Callable[[], bytes]) -> None:
    """Publish states as they become due, until cancelled; acts of other processes are seen in the store."""
    started, signed_with = True, b""
    while True:
        if node.view.standing is not None:
            # A new key asks for a new state, like a new start.
            started, signed_with = started or sign() != signed_with, sign()
            blocks = await node.store.read(store.blocks)
            now, network = node.clock.now(), node.config.network
            missed = forgotten(node)
            body = due_state(node.view.state, blocks, network=network, now=now, started=started, forgotten=missed)
            if body is not None:
                await node.view.accept_state(states.sign(body, (node.config.id, signed_with)))
                logs.info("state.published", version=body.version, count=len(blocks))
                started = False
        await asyncio.sleep(_LOOK_FOR_ACTS)


def forgotten(node: Node) -> int:
    """Return how many states a restored store may have forgotten; nobody takes one that is not newer than his own.

    No more than one a second was published since the one that is held, or since the network began.
    """
    held = node.view.state
    since = node.view.directory.body.not_before if held is None else held.body.issued
    return 0 if node.restored is None else max(0, node.restored - since)


def missing(node: Node) -> str | None:
    """Say what is not published yet."""
    if not any(table.begins <= node.clock.now() for table in node.view.laws.tables):
        return "its first law table, which follows the directory"
    return None if node.view.state is not None else "its first state, which follows the directory"
