"""`mynumber history`: signs in at the portal with a card and shows who asked about its holder."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from mynumber.card import folder as card_folder
from mynumber.card import visiting
from mynumber.cli.card import card_option, pin_option
from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.plumbing.errors import OwnFault

_JAPAN = timedelta(hours=9)
_UNREADABLE = 3


class _Exchange(msgspec.Struct, rename={"from_": "from"}):
    requested_at: int
    provided_at: int | None
    from_: str
    to: str
    procedure: str
    items: list[str]
    outcome: str
    permit: str


class _Gap(msgspec.Struct):
    agency: str
    year: int
    number: int


class _History(msgspec.Struct):
    exchanges: list[_Exchange]
    gaps: list[_Gap]
    unreadable: int = 0


@click.command()
@card_option
@pin_option
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@json_option
def history(*, place: Path, pin: str | None, debug: bool, as_json: bool) -> None:
    """Show every exchange about the card's holder: when, who asked whom, for what, and what came of it.

    Exit status 3 says that something is there that could not be read.
    """
    with speaking(as_json=as_json, debug=debug):
        held = card_folder.load(place)
        with visiting.signed_in(held, card_folder.pin_of(held, pin)) as visit:
            answer = visit.call("GET", "/api/history")
        try:
            found = msgspec.convert(answer, _History)
        except msgspec.ValidationError as problem:
            hint = "compare both versions"
            raise OwnFault("UNKNOWN_ANSWER", "the portal answers what this program does not know", hint=hint) from (
                problem
            )
    if as_json:
        print_json(answer)
    else:
        _show(found)
    if found.unreadable:
        note(f"{found.unreadable} records or outcomes could not be read; ask the portal's organisation")
        sys.exit(_UNREADABLE)


def _show(found: _History) -> None:
    for one in found.exchanges:
        asked = datetime.fromtimestamp(one.requested_at, UTC) + _JAPAN
        items = ", ".join(one.items)
        say(f"{asked:%Y-%m-%d %H:%M}  {one.from_} asked {one.to}: {items}  ({one.procedure}, {one.outcome})")
    for gap in found.gaps:
        say(f"a record is missing: asked by {gap.agency}, fiscal year {gap.year}, number {gap.number}")
    if not found.exchanges and not found.gaps:
        say("Nobody asked about you.")
