"""Acts of the supervisor: stop what the law no longer carries, and let it go on (Act arts. 28(6), 33 to 36).

An act names a party, a procedure, an item, or several of them; what it leaves out stands for any. It is written into
the supervisor's store and kept for ever; the serving process sees it within a second and signs a new state.

A name that nobody has would stop nothing and look like a stop, so unknown names are refused.
"""

import re
from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection

from mynumber.codes import jws, wire
from mynumber.codes.parties import entries
from mynumber.exchange.view.state import Block
from mynumber.law import wire as law_wire
from mynumber.law.statute import RelationId, current
from mynumber.oversight import store
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import NotFinished, NotFound, WrongUse

_LOCAL: Final = re.compile(r"local-[a-z0-9-]{1,122}")
_LONGEST: Final = 1000


def block(connection: Connection, stop: Block, at: int) -> int:
    """Stop what `stop` names; the same target again takes the new article and reason. Return the act's number."""
    _check(connection, stop)
    return store.add_act(connection, "block", stop, at)


def unblock(connection: Connection, stop: Block, at: int) -> int:
    """Let go on what exactly this target stopped, or raise NotFound. Return the act's number."""
    _check(connection, stop)
    if not any(_target(held) == _target(stop) for held in store.blocks(connection)):
        raise NotFound("NO_SUCH_BLOCK", "nothing is blocked by exactly this target", hint="see `oversight report`")
    return store.add_act(connection, "unblock", stop, at)


def parties(connection: Connection) -> dict[str, entries.Role]:
    """Return every party of the directory that the supervisor accepted last, with its role."""
    newest = store.SCHEMA.papers.newest(connection, "directory")
    if not newest:
        raise NotFinished("NO_DIRECTORY", "the supervisor has no directory yet", hint="serve it once, then repeat")
    # Our own store holds it because it passed D1 to D8; only its members are read here.
    parsed = jws.parse(canonical.decode(newest[0]), entries.TYP, wire.MAX_LARGE_PAYLOAD)
    return dict(wire.read(parsed.value, entries.Body).roles())


def _target(stop: Block) -> tuple[str, str, str]:
    return stop.party, stop.procedure, stop.item


def _check(connection: Connection, stop: Block) -> None:
    _known("party", stop.party, parties(connection))
    if stop.procedure != law_wire.SELF_INFORMATION and not _LOCAL.fullmatch(stop.procedure):
        known = law_wire.row_of(stop.procedure) is not None
        _known("procedure", stop.procedure, [stop.procedure] if known else [])
    info, slash, relation = stop.item.partition("/")
    _known("item", info, current().information)
    if slash:
        _known("item", relation, [word for word in current().relations if word == RelationId(relation)])
    if not 1 <= len(stop.article) <= _LONGEST or len(stop.reason) > _LONGEST:
        raise WrongUse("BAD_ACT", f"article and reason have at most {_LONGEST} characters, an article at least one")


def _known(what: str, name: str, names: Collection[str]) -> None:
    if name and name not in names:
        raise WrongUse("BAD_ACT", f"there is no such {what}", hint=f"correct --{what}; nothing was stopped")
