"""What a citizen takes away: the list as JSON and as CSV, and a receipt of one exchange that others can check.

CSV is RFC 4180 in UTF-8 with a byte order mark, because spreadsheets read Japanese only then. A cell that a spreadsheet
would take for a formula begins with an apostrophe, so that a name in the list can never act.
"""

import csv
import io
from collections.abc import Sequence
from typing import Final

from mynumber.plumbing.canonical import Json
from mynumber.portal.citizens import Gap, History, Seen
from mynumber.portal.pages.telling.naming import Naming, iso

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_BYTE_ORDER_MARK: Final = "\ufeff"
_COLUMNS: Final = (
    *("requested_at", "provided_at", "from", "from_name", "to", "to_name", "procedure", "procedure_name"),
    *("items", "item_names", "outcome", "outcome_name", "permit"),
)


def as_csv(exchanges: Sequence[Seen], naming: Naming) -> bytes:
    """Return exchanges as a table with a row of headings."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([naming.words.say(f"csv.{column}") for column in _COLUMNS])
    for seen in exchanges:
        writer.writerow([harmless(cell) for cell in _cells(seen, naming)])
    return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def as_json(exchanges: Sequence[Seen], history: History, naming: Naming) -> Json:
    """Return exchanges with their names, and what the whole history says about missing and unreadable records."""
    return {
        "exchanges": [_members(seen, naming) for seen in exchanges],
        "gaps": [_gap(gap, naming) for gap in history.gaps],
        "unreadable": history.unreadable,
    }


def receipt(seen: Seen, naming: Naming, *, made_at: int, directory: str) -> Json:
    """Return the record and the signed outcome of an exchange with how to check them, in the reader's language.

    `directory` is the hash of the directory in force, in hexadecimal; the keys of all parties stand in it.
    """
    words = naming.words
    return {
        "v": 1,
        "type": "mynumber-receipt",
        "made_at": made_at,
        "language": words.language,
        "permit": seen.permit,
        "entry": seen.entry,
        "record": seen.row,
        "outcome": seen.outcome_jws,
        "directory": directory,
        # Others read a receipt, who are not the person.
        "names": _names(seen, naming) | {"from": naming.party(seen.from_)},
        "how_to_check": [words.say(f"receipt.check.{number}") for number in range(1, 6)],
        "what_it_does_not_prove": [words.say(f"receipt.limit.{number}") for number in range(1, 4)],
    }


def _cells(seen: Seen, naming: Naming) -> list[str]:
    return [
        iso(seen.requested_at),
        "" if seen.provided_at is None else iso(seen.provided_at),
        *(seen.from_, naming.asker(seen), seen.to, naming.party(seen.to)),
        *(seen.procedure, naming.procedure(seen.procedure)),
        *(";".join(seen.items), "; ".join(map(naming.item, seen.items))),
        *(seen.outcome, naming.outcome(seen)),
        seen.permit,
    ]


def _gap(gap: Gap, naming: Naming) -> Json:
    names: dict[str, Json] = {"agency": naming.party(gap.agency), "state": naming.words.say(f"gap.{gap.state}")}
    return {"agency": gap.agency, "year": gap.year, "number": gap.number, "state": gap.state, "names": names}


def _names(seen: Seen, naming: Naming) -> dict[str, Json]:
    return {
        "from": naming.asker(seen),
        "to": naming.party(seen.to),
        "procedure": naming.procedure(seen.procedure),
        "items": list(map(naming.item, seen.items)),
        "outcome": naming.outcome(seen),
    }


def _members(seen: Seen, naming: Naming) -> dict[str, Json]:
    return {
        "requested_at": seen.requested_at,
        "provided_at": seen.provided_at,
        "from": seen.from_,
        "to": seen.to,
        "procedure": seen.procedure,
        "items": list(seen.items),
        "outcome": seen.outcome,
        "permit": seen.permit,
        "names": _names(seen, naming),
    }
