"""What an office writes when it asks: the context that only asker and provider see, and the message for the network."""

import difflib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.hashing import h
from mynumber.codes.keys import AgencyKeys
from mynumber.codes.parties.directory import Directory
from mynumber.codes.permit import request, sender
from mynumber.codes.permit.request import Exchange
from mynumber.exchange import context as contexts
from mynumber.exchange.context import Context, Entry
from mynumber.gateway.asking.inquiries import Draft, Wanted
from mynumber.gateway.desk.cases import Case
from mynumber.plumbing.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, for which department, in which case; `undisclosed` is the article that hides it from the person."""

    officer: str
    department: str
    case: Case = field(repr=False)
    undisclosed: str = ""


def write(
    asker: Asker,
    provider: str,
    entries: tuple[Wanted, ...],
    codes: Sequence[Point | None],
    *,
    keys: AgencyKeys,
    directory: Directory,
    now: int,
    epoch: int | None = None,
) -> Draft:
    """Return the inquiry about `entries`, which stand in the order of the list, with the code of each.

    The items of the request are those of all entries together; which entry wants which stands in the context alone.
    `epoch` is that of the codes, where the office carried them over before the directory uses it.
    """
    if not directory.agency(keys.id).epochs:
        raise Conflict("LEFT_NETWORK", "this office has left the network", hint="its records stay; it asks no more")
    if any(code is None for code in codes):
        raise Conflict("CODE_NOT_ACQUIRED", "a person of this inquiry has no code here yet", hint="acquire it first")
    said = context_of(asker, entries)
    reply = X25519PrivateKey.generate()
    body = Exchange(
        v=1,
        network=directory.network,
        dir=wire.B32(directory.hash),
        id=wire.B16(os.urandom(16)),
        kind="exchange",
        count=len(entries),
        created=now,
        list=request.NO_LIST,
        from_=keys.id,
        to=provider,
        from_epoch=directory.agency(keys.id).epoch if epoch is None else epoch,
        to_epoch=_epoch_of(directory, provider),
        procedure=asker.case.procedure,
        items=tuple(sorted({item for entry in entries for item in entry.items})),
        reply_key=wire.B32(reply.public_key().public_bytes_raw()),
        context=wire.B32(h("context", said)),
        undisclosed=asker.undisclosed,
    )
    by = sender.Encryption(keys.y, os.urandom(32), os.urandom(32))
    values = [code for code in codes if code is not None]
    message = sender.build(body, values, by, signers=[(keys.id, keys.sign)], directory=directory)
    return Draft(
        id=secrets.token_hex(8),
        case=asker.case.id,
        officer=asker.officer,
        provider=provider,
        procedure=asker.case.procedure,
        created=now,
        directory=directory.hash,
        message=message,
        context=said,
        reply_secret=reply.private_bytes_raw(),
        entries=entries,
        listed=tuple(range(len(entries))),
    )


def context_of(asker: Asker, entries: tuple[Wanted, ...]) -> bytes:
    """Return the salted context: officer, department, case, reason, and what is asked for each entry."""
    listed = tuple(Entry(entry.items, entry.conditions) for entry in entries)
    case = asker.case
    said = Context(
        v=1, officer=asker.officer, department=asker.department, case=case.id, reason=case.reason, entries=listed
    )
    return contexts.write(said, os.urandom(contexts.SALT_SIZE))


def _epoch_of(directory: Directory, provider: str) -> int:
    try:
        entry = directory.agency(provider)
    except ProtocolError as problem:
        offices = [each.id for each in directory.body.agencies if each.epoch]
        near = sorted(difflib.get_close_matches(provider, offices, n=5, cutoff=0.0))
        hint = f"offices with the nearest names: {', '.join(near)}"
        raise NotFound("UNKNOWN_PROVIDER", "no such office in the directory", hint=hint) from problem
    if entry.epoch == 0:
        raise NotFound("UNKNOWN_PROVIDER", "this party holds no codes", hint="ask an office")
    if not entry.epochs:
        raise Conflict(
            "PROVIDER_LEFT", f"{provider} has left the network", hint="ask the office that took over its files"
        )
    return entry.epoch
