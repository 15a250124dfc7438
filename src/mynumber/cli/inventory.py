"""`mynumber inventory`: what every store of a town or of one institution holds, and that no common database exists."""

import dataclasses
import sys
from pathlib import Path

import click

from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.world.inventory import apart, found, listing
from mynumber.world.inventory.apart import Apart
from mynumber.world.inventory.listing import Inventory, ShownStore
from mynumber.world.inventory.words import Lang

_MARK: dict[Lang, str] = {"en": "[My Number]", "ja": "［個人番号］"}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["en", "ja"]), default="en", show_default=True)
@json_option
def inventory(*, folder: Path, lang: Lang, as_json: bool) -> None:
    """List every store, owner, table and column of DIR, a town or one institution; 1 if anything is undeclared.

    Example: mynumber inventory DIR --lang ja
    """
    with speaking(as_json=as_json):
        owners = found.owners(folder)
        taken = listing.take(folder, owners, lang)
        looked = apart.look(folder, owners, lang)
    if as_json:
        print_json({**dataclasses.asdict(taken), "common_database": dataclasses.asdict(looked)})
    else:
        _show(taken, looked, lang)
    for each in taken.undeclared:
        note(f"undeclared: {each}")
    for each in taken.missing:
        note(f"declared, but not there: {each}")
    sys.exit(1 if taken.undeclared or taken.missing or looked.found else 0)


def _show(taken: Inventory, looked: Apart, lang: Lang) -> None:
    for store in taken.stores:
        _show_store(store, lang)
    columns = [column for store in taken.stores for table in store.tables for column in table.columns]
    counting = sum(column.my_number for column in columns)
    owners = len({store.owner for store in taken.stores})
    if lang == "ja":
        say(
            f"{owners}機関、{len(taken.stores)}個の保存領域、{len(columns)}列。個人番号に当たる列は{counting}（法2条9項）"
        )
    else:
        say(
            f"{owners} owners, {len(taken.stores)} stores, {len(columns)} columns;"
            f" {counting} count as a My Number (Act art. 2(9))"
        )
    _show_common(looked, lang)


def _show_store(store: ShownStore, lang: Lang) -> None:
    say(f"{store.path}  ({store.owner}, {store.role})")
    for table in store.tables:
        say(f"  {table.name}  {table.purpose}  ({table.rows})")
        for column in table.columns:
            say(f"    {column.name:<24} {column.meaning}" + (f"  {_MARK[lang]}" if column.my_number else ""))
            if column.my_number:
                say(f"    {'':<24}   {column.why}")
    say("")


def _show_common(looked: Apart, lang: Lang) -> None:
    ja = lang == "ja"
    if looked.persons:
        say(
            f"{looked.persons}人について何かを持つ機関"
            if ja
            else f"who holds anything about the {looked.persons} persons"
        )
    for holders in looked.holders:
        say(f"  {holders.persons:>6}  {', '.join(holders.owners)}")
    for each in looked.everybody:
        say(f"{each.path} ({each.rows}): {each.why}")
    for trouble in looked.two_owners:
        say(f"{'二者のデータ' if ja else 'data of two owners'}: {trouble}")
    if not looked.found:
        say("二つの機関のデータを持つ保存領域はない" if ja else "no store holds data of two owners")
