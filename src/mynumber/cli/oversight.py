"""`mynumber oversight`: the supervisor's own staff stops something, discloses a record, or reads what was found."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from mynumber.cli.officers_options import when
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.codes import wire
from mynumber.exchange.view.state import Block
from mynumber.oversight import acts, store
from mynumber.oversight.config import OversightConfig
from mynumber.oversight.hidden import handling, kept, keys
from mynumber.oversight.hidden.kept import Kept
from mynumber.oversight.reconciling import Books
from mynumber.oversight.report import Report, report
from mynumber.plumbing import canonical, database
from mynumber.plumbing import config as configurations
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import WrongUse

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
        with opened.reading() as connection:
            _require_effect(target["party"], acts.parties(connection))
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


def _require_effect(party: str, roles: Mapping[str, str]) -> None:
    """Raise WrongUse for a party that neither asks nor answers: its block would look like a stop and stop nothing."""
    role = roles.get(party, "agency")
    if role != "agency":
        offices = ", ".join(sorted(name for name, each in roles.items() if each == "agency"))
        raise WrongUse(
            "NO_EFFECT",
            f"{party} is the {role}, which neither asks nor answers; nothing was stopped",
            hint=f"block an office ({offices}), a procedure or an item",
        )


@oversight.group()
def hidden() -> None:
    """Records that the person may not see yet: list them, disclose them early, or let them stay hidden longer."""


def _row_options(command: F) -> F:
    """Add what names one hidden record, or all of a permit."""
    for option in (
        click.option("--permit", required=True, help="The permit, as `list` shows it."),
        click.option("--entry", type=click.IntRange(0, 4095), help="Its entry; none means all of the permit."),
        click.option("--article", default="", help="The article that the act rests on."),
    ):
        command = option(command)
    return command


@hidden.command("list")
@_config_option
@json_option
def list_hidden(config: Path, as_json: bool) -> None:
    """Show every hidden record that the supervisor knows, with what it says while it is hidden."""
    with speaking(as_json=as_json):
        with _store(config) as (opened, now), opened.reading() as connection:
            found = kept.rows(connection)
        seals = keys.seals(config.parent)
        shown = [_members(row, seals, now) for row in found]
        if as_json:
            print_json({"rows": shown})
            return
        for each in shown:
            say(" ".join(f"{name} {text}" for name, text in each.items()))
        say(f"{len(shown)} records")


@hidden.command("disclose")
@_config_option
@_row_options
@json_option
def disclose_hidden(config: Path, permit: str, entry: int | None, article: str, as_json: bool) -> None:
    """Disclose now; a running supervisor hands the record to the keeper within a second or two."""
    with speaking(as_json=as_json), _store(config) as (opened, now):
        named = _permit(permit)
        acted = opened.write_now(lambda c: kept.disclose(c, named, entry, at=now, article=article))
        _tell_hidden(acted, as_json=as_json)


@hidden.command("extend")
@_config_option
@_row_options
@click.option("--days", type=click.IntRange(1, 365), help="How many days from now; none means the configured time.")
@json_option
def extend_hidden(
    config: Path, permit: str, entry: int | None, article: str, days: int | None, *, as_json: bool
) -> None:
    """Let a record stay hidden longer; each act adds twelve months from now at most."""
    with speaking(as_json=as_json), _store(config) as (opened, now):
        named = _permit(permit)
        longest = configurations.load(config, OversightConfig).hidden_longest_s
        seconds = longest if days is None else days * 86_400
        acted = opened.write_now(lambda c: kept.extend(c, named, entry, seconds=seconds, at=now, article=article))
        _tell_hidden(acted, as_json=as_json)


def _permit(text: str) -> bytes:
    try:
        return canonical.unb64(text, 32)
    except canonical.NotCanonical as problem:
        raise WrongUse("BAD_PERMIT", "a permit is 43 characters of base64url", hint="see `hidden list`") from problem


def _members(row: Kept, seals: Sequence[bytes], now: int) -> dict[str, Json]:
    state = "disclosed" if row.sealed is None else "due" if row.due <= now else "hidden"
    shown: dict[str, Json] = {
        "permit": canonical.b64(row.permit),
        "entry": row.entry,
        "state": state,
        "issued": row.issued,
        "due": row.due,
    }
    if row.sealed is None:
        return {**shown, "disclosed": row.disclosed}
    _, said = handling.opened(row, seals)
    what: dict[str, Json] = {"from": said.from_, "to": said.to, "procedure": said.procedure}
    return {**shown, **what, "items": list(said.items), "article": said.undisclosed}


def _tell_hidden(acted: list[Kept], *, as_json: bool) -> None:
    shown: list[Json] = [{"permit": canonical.b64(row.permit), "entry": row.entry, "due": row.due} for row in acted]
    if as_json:
        print_json({"rows": shown})
        return
    for row in acted:
        say(f"{handling.name_of(row.permit, row.entry)}: due {when(row.due)}")


@contextmanager
def _store(path: Path) -> Iterator[tuple[database.Store, int]]:
    """Open the supervisor's store beside the process that serves it; the clock is the configured one."""
    configurations.require_role(path, "supervisor")
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
    say(f"act {number} recorded; {'blocked now:' if blocks else 'nothing is blocked now'}")
    for each in blocks:
        say(f"  {_target(each)}")


def _target(stop: Block) -> str:
    return f"{stop.party or 'any party'}, {stop.procedure or 'any procedure'}, {stop.item or 'any item'}"


def _show(made: Report) -> None:
    loud = ", ".join(f"{each.party} ({each.why})" for each in made.hindrances)
    say(f"{made.month} at {when(made.at)}, {f'not quiet: {loud}' if loud else 'quiet'}")
    if made.overdue and made.last_quiet is not None:
        say(f"not quiet since {when(made.last_quiet)}, so the counts of {made.month} were not compared")
    _show_counts(made.books)
    for log in made.logs:
        say(f"log {log.origin}: {log.size} entries{'' if log.up_since else ', does not answer'}")
    for stop in made.blocks:
        say(f"blocked: {_target(stop)} ({stop.article})")
    for at, found in made.findings:
        say(f"found at {when(at)}, {found.party}: {found.kind}, {found.subject}: {found.detail}")
    # Counts of different moments may differ and all be true.
    for each in made.disagreements if made.quiet else ():
        say(f"{each.rule} does not hold for {each.agency}, {each.kind}: {each.detail}")
    if made.clean:
        say("nothing found" if made.quiet else "nothing found so far; counts are compared when all is quiet")
    else:
        say("see above")


def _show_counts(books: Books) -> None:
    for agency, kind in books.lines():
        endorsed = [
            f"{operator} endorsed {counts.get((agency, kind), 0)}" for operator, counts in books.endorsed.items()
        ]
        kept = books.keeper.get((agency, kind))
        shown = (kept.released, kept.refused, kept.rows, kept.hidden) if kept else (0, 0, 0, 0)
        released = "released {}, refused {}, rows {}, hidden {}".format(*shown)
        say(f"counts of {agency}, {kind}: {', '.join(endorsed)}, {released}")
    for pair in sorted({*books.recorded, *books.answered}):
        asker, provider, kind = pair
        both = f"recorded {books.recorded.get(pair, 0)}, answered {books.answered.get(pair, 0)}"
        say(f"counts of {asker} asking {provider}, {kind}: {both}")
