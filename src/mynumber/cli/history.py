"""`mynumber history`: signs in at the portal with a card and shows who asked about its holder."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click
import msgspec

from mynumber.card import folder as card_folder
from mynumber.card import visiting
from mynumber.cli.card import card_option, pin_option
from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.plumbing.errors import OwnFault

_JAPAN = timedelta(hours=9)
_UNREADABLE = 3
_SENTENCES: Final = {
    "en": {
        "one": "{at}  {from_} asked {to} for: {items}. Purpose: {procedure}. Outcome: {outcome}.",
        "comma": ", ",
        "gap": "{state}: record number {number} of the fiscal year from April {year}, asked by {agency}",
        "none": "Nobody asked about you.",
        "unreadable": "{number} records or outcomes could not be read; ask the portal's organisation",
    },
    "ja": {
        "one": "{at}  {from_}が{to}に求めた情報：{items}。目的：{procedure}。結果：{outcome}。",
        "comma": "、",
        "gap": "{state}記録：{agency}が求めた記録のうち、{year}年度の{number}番目",
        "none": "あなたの情報のやりとりは、まだありません。",
        "unreadable": "読めない記録または結果が{number}件あります。ポータルの運営機関におたずねください",
    },
}


class _Names(msgspec.Struct, rename={"from_": "from"}):
    from_: str
    to: str
    procedure: str
    items: list[str]
    outcome: str


class _Exchange(msgspec.Struct):
    requested_at: int
    names: _Names


class _GapNames(msgspec.Struct):
    agency: str
    state: str


class _Gap(msgspec.Struct):
    year: int
    number: int
    names: _GapNames


class _Counted(msgspec.Struct):
    unreadable: int = 0


class _History(_Counted, kw_only=True):
    exchanges: list[_Exchange]
    gaps: list[_Gap]


@click.command()
@card_option
@pin_option
@click.option(
    "--lang", type=click.Choice(list(_SENTENCES)), help="Names and sentences in this language; without it en."
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@json_option
def history(*, place: Path, pin: str | None, lang: str | None, debug: bool, as_json: bool) -> None:
    """Show every exchange about the card's holder: when, who asked whom, for what, and what came of it.

    With --json the ids of the wire, and with --lang too their names as the portal's pages have them. Exit status 3
    says that something is there that could not be read.

    Example: mynumber history --card DIR/town/cards/recipient --lang ja
    """
    with speaking(as_json=as_json, debug=debug):
        held = card_folder.load(place)
        path = "/api/history" if as_json and lang is None else f"/{lang or 'en'}/exchanges.json"
        with visiting.signed_in(held, card_folder.pin_of(held, pin)) as visit:
            answer = visit.call("GET", path)
        try:
            found: _Counted = msgspec.convert(answer, _Counted if as_json else _History)
        except msgspec.ValidationError as problem:
            hint = "compare both versions"
            raise OwnFault("UNKNOWN_ANSWER", "the portal answers what this program does not know", hint=hint) from (
                problem
            )
    sentences = _SENTENCES[lang or "en"]
    if isinstance(found, _History):
        _show(found, sentences)
    else:
        print_json(answer)
    if found.unreadable:
        note(sentences["unreadable"].format(number=found.unreadable))
        sys.exit(_UNREADABLE)


def _show(found: _History, sentences: dict[str, str]) -> None:
    for one in found.exchanges:
        asked, names = datetime.fromtimestamp(one.requested_at, UTC) + _JAPAN, one.names
        parts = {"from_": names.from_, "to": names.to, "procedure": names.procedure, "outcome": names.outcome}
        items = sentences["comma"].join(names.items)
        say(sentences["one"].format(at=f"{asked:%Y-%m-%d %H:%M}", items=items, **parts))
    for gap in found.gaps:
        # People count from one, as the portal's pages do.
        number, agency, state = gap.number + 1, gap.names.agency, gap.names.state
        say(sentences["gap"].format(state=state, agency=agency, year=gap.year, number=number))
    if not found.exchanges and not found.gaps:
        say(sentences["none"])
