"""Inquiries as an asker keeps them: what was sent, how far it got, what came of it (FLOWS section 5).

A row goes pending -> permitted -> answered, or to refused from either; each step is one transaction. Message, context
and reply secret are there before anything is sent, so a restart goes on with the very same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select, update

from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit.answers import Result
from mynumber.codes.permit.request import Message, open_message
from mynumber.codes.permit.sender import Permit
from mynumber.exchange import reporting
from mynumber.exchange.context import Conditions
from mynumber.gateway.store import CASES, INQUIRIES, INQUIRY_ENTRIES
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFound
from mynumber.plumbing.sealing import Column, column


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


def insert_draft(connection: Connection, draft: Draft, seals: Seals, *, waiting_for: str) -> None:
    """Store a new inquiry, before anything of it is sent; it waits for the first operator."""
    row = {
        "id": draft.id,
        "case": draft.case,
        "officer": draft.officer,
        "provider": draft.provider,
        "procedure": draft.procedure,
        "created": draft.created,
        "state": "pending",
        "waiting_for": waiting_for,
        "directory": draft.directory,
        "request": draft.message.request_hash,
        "message": draft.message.text,
        "context": seals.context.seal(draft.context),
        "reply_secret": seals.reply.seal(draft.reply_secret),
    }
    connection.execute(insert(INQUIRIES).values(row))
    rows = [
        {
            "inquiry": draft.id,
            "position": position,
            "listed": listed,
            "person": entry.person,
            "items": json.dumps(entry.items),
        }
        for position, (entry, listed) in enumerate(zip(draft.entries, draft.listed, strict=True))
    ]
    connection.execute(insert(INQUIRY_ENTRIES), rows)


def load(connection: Connection, inquiry: str, seals: Seals) -> Inquiry:
    """Return an inquiry, or raise NotFound."""
    row = connection.execute(select(INQUIRIES).where(INQUIRIES.c.id == inquiry)).first()
    if row is None:
        raise NotFound("UNKNOWN_INQUIRY", "no such inquiry here", hint="check its id")
    entries = select(INQUIRY_ENTRIES.c["items"]).where(INQUIRY_ENTRIES.c.inquiry == inquiry)
    listed = connection.execute(entries.order_by(INQUIRY_ENTRIES.c.listed)).scalars()
    return Inquiry(
        id=row.id,
        provider=row.provider,
        procedure=row.procedure,
        created=row.created,
        state=row.state,
        waiting_for=row.waiting_for,
        directory=bytes(row.directory),
        message=open_message(canonical.decode(bytes(row.message))),
        context=seals.context.open(bytes(row.context)),
        reply_secret=seals.reply.open(bytes(row.reply_secret)),
        permit=None if row.permit is None else bytes(row.permit),
        bundle=None if row.bundle is None else canonical.decode(bytes(row.bundle)),
        expires=row.expires,
        asked=tuple(frozenset(json.loads(items)) for items in listed),
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
    row = {
        "permit": permit.hash,
        "bundle": canonical.encode(bundle),
        "expires": permit.expires,
        "month": reporting.month_of(permit.issued),
        "waiting_for": INQUIRIES.c.provider,
    }
    change = update(INQUIRIES).where(INQUIRIES.c.id == inquiry, INQUIRIES.c.permit.is_(None)).values(row)
    return connection.execute(change).rowcount == 1


def set_refused(connection: Connection, inquiry: str, *, refusal: dict[str, str], at: int) -> bool:
    """End an inquiry as refused; False if it had ended."""
    row = {"state": "refused", "refusal": json.dumps(refusal), "ended": at, "waiting_for": ""}
    return _end(connection, inquiry, row)


def set_answered(connection: Connection, inquiry: str, results: Sequence[Result], *, at: int, seals: Seals) -> bool:
    """End an inquiry with its results, which stand in the order of the request's list; False if it had ended."""
    if not _end(connection, inquiry, {"state": "answered", "ended": at, "waiting_for": ""}):
        return False
    for listed, result in enumerate(results):
        sealed = seals.result.seal(json.dumps(result.plain()).encode())
        place = (INQUIRY_ENTRIES.c.inquiry == inquiry, INQUIRY_ENTRIES.c.listed == listed)
        connection.execute(update(INQUIRY_ENTRIES).where(*place).values(result=sealed))
    return True


def _end(connection: Connection, inquiry: str, row: Mapping[str, object]) -> bool:
    change = update(INQUIRIES).where(INQUIRIES.c.id == inquiry, INQUIRIES.c.state == "pending").values(row)
    return connection.execute(change).rowcount == 1


def shown(connection: Connection, inquiry: str, seals: Seals) -> dict[str, object]:
    """Return the object that officers and systems get (DOORS, `inquire`)."""
    query = select(INQUIRIES, CASES.c.procedure).join(CASES).where(INQUIRIES.c.id == inquiry)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("UNKNOWN_INQUIRY", "no such inquiry here", hint="check its id")
    entries = select(INQUIRY_ENTRIES).where(INQUIRY_ENTRIES.c.inquiry == inquiry).order_by(INQUIRY_ENTRIES.c.position)
    result: dict[str, object] = {
        "id": row.id,
        "state": row.state,
        "permit": "" if row.permit is None else canonical.b64(bytes(row.permit)),
        # A refused inquiry has no entries: nothing came of any of them.
        "entries": [
            _entry(one.person, one.result, seals) for one in connection.execute(entries) if row.state != "refused"
        ],
    }
    if row.state == "pending":
        result["waiting_for"] = row.waiting_for
    if row.refusal is not None:
        result["refusal"] = json.loads(row.refusal)
    return result


def _entry(person: str, sealed: bytes | None, seals: Seals) -> dict[str, object]:
    if sealed is None:
        return {"person": person, "class": "pending", "data": {}}
    result = json.loads(seals.result.open(bytes(sealed)))
    if result["status"] != "ok":
        return {"person": person, "class": "not-available", "data": {}}
    data = result["data"]
    return {"person": person, "class": "data" if any(data.values()) else "nothing-held", "data": data}
