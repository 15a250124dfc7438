"""`mynumber oversight`: the supervisor's own staff stops something, lets it go on, or reads what was found."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from mynumber.cli.officers_options import when
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.codes import wire
from mynumber.exchange.state import Block
from mynumber.oversight import acts, store
from mynumber.oversight.config import OversightConfig
from mynumber.oversight.report import Report, report
from mynumber.plumbing import config as configurations
from mynumber.plumbing import database

F = TypeVar("F", bound=Callable[..., None])

_config_option = click.option(
    "--config", type=click.Path(path_type=Path), required=True, help="The supervisor's config.toml."
)


def _target_options(command: F) -> F:
    """Add what an act names."""
    for option in (
        click.option("--party", default="", help="A party's id; none means any."),
        click.option("--procedure", default="", help="A procedure such as link-107; none means any."),
        click.option("--item", default="", help="An item, with or without its relation; none means any."),
        click.option("--article", required=True, help="The article that the act rests on."),
        click.option("--reason", default="", help="Why, for those who are stopped."),
    ):
        command = option(command)
    return command


@click.group()
def oversight() -> None:
    """Stop what the law no longer carries, and read what was found."""


@oversight.command()
@_config_option
@_target_options
@json_option
def block(config: Path, as_json: bool, **target: str) -> None:
    """Stop a party, a procedure or an item; a running supervisor publishes it within a second."""
    with speaking(as_json=as_json), _store(config) as (opened, now):
        number = opened.write_now(lambda connection: acts.block(connection, Block(**target), now))
        _tell(number, opened, as_json=as_json)


@oversight.command()
@_config_option
@_target_options
@json_option
def unblock(config: Path, as_json: bool, **target: str) -> None:
    """Let go on what was stopped by exactly this party, procedure and item."""
    with speaking(as_json=as_json), _store(config) as (opened, now):
        number = opened.write_now(lambda connection: acts.unblock(connection, Block(**target), now))
        _tell(number, opened, as_json=as_json)


@oversight.command("report")
@_config_option
@json_option
def show_report(config: Path, as_json: bool) -> None:
    """Show counts, logs and findings; 1 if something was ever found, or if the counts of a quiet network disagree."""
    with speaking(as_json=as_json):
        with _store(config) as (opened, now), opened.reading() as connection:
            made = report(connection, acts.parties(connection), now)
        if as_json:
            print_json(made.members())
        else:
            _show(made)
        sys.exit(0 if made.clean else 1)


@contextmanager
def _store(path: Path) -> Iterator[tuple[database.Store, int]]:
    """Open the supervisor's store beside the process that serves it; the clock is the configured one."""
    settings = configurations.load(path, OversightConfig)
    opened = database.Store(
        database.store_url(settings.store, path.parent), store.SCHEMA.metadata, store.SCHEMA.version
    )
    try:
        yield opened, settings.clock.at(path.parent).now()
    finally:
        opened.close()


def _tell(number: int, opened: database.Store, *, as_json: bool) -> None:
    with opened.reading() as connection:
        blocks = store.blocks(connection)
    if as_json:
        print_json({"act": number, "blocks": [wire.plain(each) for each in blocks]})
        return
    say(f"act {number} recorded; blocked now:")
    for each in blocks:
        say(f"  {each.party or 'any party'}, {each.procedure or 'any procedure'}, {each.item or 'any item'}")


def _show(made: Report) -> None:
    say(f"{made.month}, {'quiet' if made.quiet else 'exchanges under way'}")
    if made.overdue and made.last_quiet is not None:
        loud = ", ".join(f"{each.party} ({each.why})" for each in made.hindrances)
        say(f"not quiet since {when(made.last_quiet)}, so the counts of {made.month} were not compared; now: {loud}")
    for log in made.logs:
        say(f"log {log.origin}: {log.size} entries{'' if log.up_since else ', does not answer'}")
    for at, found in made.findings:
        say(f"found at {at}, {found.party}: {found.kind}, {found.subject}: {found.detail}")
    for each in made.disagreements:
        say(f"{each.rule} does not hold for {each.agency}, {each.kind}: {each.detail}")
    say("nothing found" if made.clean else "see above")
