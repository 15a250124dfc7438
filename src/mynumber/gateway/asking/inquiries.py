"""Inquiries as an asker keeps them: what was sent, how far it got, what came of it (FLOWS section 5).

A row goes pending -> permitted -> answered, or to refused from either; each step is one transaction. Message, context
and reply secret are there before anything is sent, so a restart goes on with the very same bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select, update

from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit.answers import Result
from mynumber.codes.permit.request import Message, open_message
from mynumber.codes.permit.sender import Permit
from mynumber.exchange.context import Conditions
from mynumber.exchange.running import reporting
from mynumber.gateway.store import INQUIRIES, INQUIRY_ENTRIES
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFound
from mynumber.plumbing.sealing import Column, column
from mynumber.plumbing.statements import Prepared, Value


@dataclass(frozen=True, slots=True)
class Seals:
    """The keys of the sealed columns."""

    reason: Column
    context: Column
    reply: Column
    result: Column
    answered: Column

    @classmethod
    def under(cls, key: bytes) -> "Seals":
        """Return the columns' keys under the office's store key."""
        return cls(
            column(key, "cases", "reason"),
            column(key, "inquiries", "context"),
            column(key, "inquiries", "reply_secret"),
            column(key, "inquiry_entries", "result"),
            column(key, "answered", "context"),
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an officer wants to know about one person of a case."""

    person: str
    items: tuple[str, ...]
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Draft:
    """A new inquiry, ready to be stored; `listed[i]` is the place of entry i in the request's list."""

    id: str
    case: str
    officer: str
    provider: str
    procedure: str
    created: int
    directory: bytes
    message: Message
    context: bytes = field(repr=False)
    reply_secret: bytes = field(repr=False)
    entries: tuple[Wanted, ...] = field(repr=False)
    listed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An inquiry as it stands in the store."""

    id: str
    provider: str
    procedure: str
    created: int
    state: str
    waiting_for: str
    directory: bytes
    message: Message
    context: bytes = field(repr=False)
    reply_secret: bytes = field(repr=False)
    permit: bytes | None
    bundle: Json
    expires: int | None
    asked: tuple[frozenset[str], ...]
    """The items of each entry, in the order of the request's list."""


# What runs for every inquiry.
_INSERT = Prepared.insert(
    INQUIRIES,
    *("id", "case", "officer", "provider", "procedure", "created", "state", "waiting_for"),
    *("directory", "request", "message", "context", "reply_secret"),
)
_INSERT_ENTRY = Prepared.insert(INQUIRY_ENTRIES, "inquiry", "position", "listed", "person", "items")
_THIS = INQUIRIES.c.id == bindparam("inquiry")
_LOADED = (
    *("provider", "procedure", "created", "state", "waiting_for", "directory"),
    *("message", "context", "reply_secret", "permit", "bundle", "expires"),
)
_LOAD: Prepared[tuple[str, str, int, str, str, bytes, bytes, bytes, bytes, bytes | None, bytes | None, int | None]] = (
    Prepared(select(*(INQUIRIES.c[name] for name in _LOADED)).where(_THIS))
)
_ENTRIES = INQUIRY_ENTRIES.c
_ITEMS: Prepared[tuple[str]] = Prepared(
    select(_ENTRIES["items"]).where(_ENTRIES.inquiry == bindparam("inquiry")).order_by(_ENTRIES.listed)
)
_PERMIT: Prepared[tuple[()]] = Prepared(
    update(INQUIRIES)
    .where(_THIS, INQUIRIES.c.permit.is_(None))
    .values(
        permit=bindparam("hash"),
        bundle=bindparam("proof"),
        expires=bindparam("until"),
        month=bindparam("issued_in"),
        waiting_for=INQUIRIES.c.provider,
    )
)
_END: Prepared[tuple[()]] = Prepared(
    update(INQUIRIES)
    .where(_THIS, INQUIRIES.c.state == "pending")
    .values(state=bindparam("end"), refusal=bindparam("why"), ended=bindparam("at"), waiting_for="")
)
_RESULT: Prepared[tuple[()]] = Prepared(
    update(INQUIRY_ENTRIES)
    .where(_ENTRIES.inquiry == bindparam("of"), _ENTRIES.listed == bindparam("place"))
    .values(result=bindparam("sealed"))
)
_SHOWN: Prepared[tuple[str, bytes | None, str, str | None]] = Prepared(
    select(*(INQUIRIES.c[name] for name in ("state", "permit", "waiting_for", "refusal"))).where(_THIS)
)
_SHOWN_ENTRIES: Prepared[tuple[str, bytes | None]] = Prepared(
    select(_ENTRIES.person, _ENTRIES.result).where(_ENTRIES.inquiry == bindparam("inquiry")).order_by(_ENTRIES.position)
)


def insert_draft(connection: Connection, draft: Draft, seals: Seals, *, waiting_for: str) -> None:
    """Store a new inquiry, before anything of it is sent; it waits for the first operator."""
    _INSERT.run(
        connection,
        id=draft.id,
        case=draft.case,
        officer=draft.officer,
        provider=draft.provider,
        procedure=draft.procedure,
        created=draft.created,
        state="pending",
        waiting_for=waiting_for,
        directory=draft.directory,
        request=draft.message.request_hash,
        message=draft.message.text,
        context=seals.context.seal(draft.context),
        reply_secret=seals.reply.seal(draft.reply_secret),
    )
    rows: list[dict[str, Value]] = [
        {
            "inquiry": draft.id,
            "position": position,
            "listed": listed,
            "person": entry.person,
            "items": json.dumps(entry.items),
        }
        for position, (entry, listed) in enumerate(zip(draft.entries, draft.listed, strict=True))
    ]
    _INSERT_ENTRY.run_all(connection, rows)


def load(connection: Connection, inquiry: str, seals: Seals) -> Inquiry:
    """Return an inquiry, or raise NotFound."""
    row = _LOAD.first(connection, inquiry=inquiry)
    if row is None:
        raise NotFound("UNKNOWN_INQUIRY", "no such inquiry here", hint="check its id")
    provider, procedure, created, state, waiting_for, directory, message, context, reply, permit, bundle, expires = row
    return Inquiry(
        id=inquiry,
        provider=provider,
        procedure=procedure,
        created=created,
        state=state,
        waiting_for=waiting_for,
        directory=directory,
        message=open_message(canonical.decode(message)),
        context=seals.context.open(context),
        reply_secret=seals.reply.open(reply),
        permit=permit,
        bundle=None if bundle is None else canonical.decode(bundle),
        expires=expires,
        asked=tuple(frozenset(json.loads(items)) for (items,) in _ITEMS.all(connection, inquiry=inquiry)),
    )


def begun(draft: Draft, *, waiting_for: str) -> Inquiry:
    """Return what `load` returns of a draft that was just stored."""
    asked = dict(zip(draft.listed, (frozenset(entry.items) for entry in draft.entries), strict=True))
    return Inquiry(
        id=draft.id,
        provider=draft.provider,
        procedure=draft.procedure,
        created=draft.created,
        state="pending",
        waiting_for=waiting_for,
        directory=draft.directory,
        message=draft.message,
        context=draft.context,
        reply_secret=draft.reply_secret,
        permit=None,
        bundle=None,
        expires=None,
        asked=tuple(asked[place] for place in sorted(asked)),
    )


def last_moment(connection: Connection, inquiry: str) -> int:
    """Return until when somebody could have answered: the permit's end, or when the message was made."""
    row = connection.execute(select(INQUIRIES.c.created, INQUIRIES.c.expires).where(INQUIRIES.c.id == inquiry)).one()
    return int(row.created if row.expires is None else row.expires)


def check_data(result: Result, asked: frozenset[str]) -> None:
    """Raise BAD_ANSWER unless data has exactly the items asked for, each a list of rows: column -> plain value."""
    if not result.available:
        return
    if not isinstance(result.data, dict) or result.data.keys() != asked:
        raise ProtocolError("BAD_ANSWER")
    for rows in result.data.values():
        if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
            raise ProtocolError("BAD_ANSWER")


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and all(
        value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))
        for value in row.values()
    )


def pending(connection: Connection) -> list[str]:
    """Return the ids of inquiries without an end."""
    return list(connection.execute(select(INQUIRIES.c.id).where(INQUIRIES.c.state == "pending")).scalars())


def set_waiting(connection: Connection, inquiry: str, party: str) -> None:
    """Note which party an inquiry waits for."""
    connection.execute(update(INQUIRIES).where(INQUIRIES.c.id == inquiry).values(waiting_for=party))


def set_permit(connection: Connection, inquiry: str, permit: Permit, bundle: Json) -> bool:
    """Note the permit and the bundle that proves it; False if it was noted before."""
    changed = _PERMIT.run(
        connection,
        inquiry=inquiry,
        hash=permit.hash,
        proof=canonical.encode(bundle),
        until=permit.expires,
        issued_in=reporting.month_of(permit.issued),
    )
    return changed == 1


def set_refused(connection: Connection, inquiry: str, *, refusal: dict[str, str], at: int) -> bool:
    """End an inquiry as refused; False if it had ended."""
    return _END.run(connection, inquiry=inquiry, end="refused", why=json.dumps(refusal), at=at) == 1


def set_answered(connection: Connection, inquiry: str, results: Sequence[Result], *, at: int, seals: Seals) -> bool:
    """End an inquiry with its results, which stand in the order of the request's list; False if it had ended."""
    if _END.run(connection, inquiry=inquiry, end="answered", why=None, at=at) == 0:
        return False
    sealed = [seals.result.seal(json.dumps(result.plain()).encode()) for result in results]
    rows: list[dict[str, Value]] = [{"of": inquiry, "place": i, "sealed": one} for i, one in enumerate(sealed)]
    _RESULT.run_all(connection, rows)
    return True


def shown(connection: Connection, inquiry: str, seals: Seals) -> dict[str, object]:
    """Return the object that officers and systems get (DOORS, `inquire`)."""
    row = _SHOWN.first(connection, inquiry=inquiry)
    if row is None:
        raise NotFound("UNKNOWN_INQUIRY", "no such inquiry here", hint="check its id")
    state, permit, waiting_for, refusal = row
    # A refused inquiry has no entries: nothing came of any of them.
    entries = () if state == "refused" else _SHOWN_ENTRIES.all(connection, inquiry=inquiry)
    result: dict[str, object] = {
        "id": inquiry,
        "state": state,
        "permit": "" if permit is None else canonical.b64(permit),
        "entries": [_entry(person, sealed, seals) for person, sealed in entries],
    }
    if state == "pending":
        result["waiting_for"] = waiting_for
    if refusal is not None:
        result["refusal"] = json.loads(refusal)
    return result


def _entry(person: str, sealed: bytes | None, seals: Seals) -> dict[str, object]:
    if sealed is None:
        return {"person": person, "class": "pending", "data": {}}
    result = json.loads(seals.result.open(bytes(sealed)))
    if result["status"] != "ok":
        return {"person": person, "class": "not-available", "data": {}}
    data = result["data"]
    return {"person": person, "class": "data" if any(data.values()) else "nothing-held", "data": data}
