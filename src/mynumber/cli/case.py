"""`mynumber case`: an officer opens a case for persons, lists cases, sees one, closes it."""

from pathlib import Path

import click
import msgspec

from mynumber.cli.officers_options import as_option, when
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient, segment

_id = click.option("--case", required=True, metavar="ID", help="The case.")


@click.group()
def case() -> None:
    """Open, list, show and close cases; who asks another office asks in a case."""


@case.command("open")
@as_option
@click.option("--procedure", required=True, metavar="PROCEDURE", help="Such as link-107.")
@click.option("--person", "persons", required=True, multiple=True, metavar="REF", help="The office's own reference.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; the provider reads it too.")
@json_option
def open_(*, folder: Path, procedure: str, persons: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Open a case.

    Example: mynumber case open --as DIR/city-a/officers/hanako --procedure link-107 --person A-12 --reason "claim 5"
    """
    with speaking(as_json=as_json):
        body = api.NewCase(procedure=procedure, persons=persons, reason=reason)
        opened = OfficeClient.of(folder).call("POST", "/cases", api.CaseId, body)
        _show_id(opened, "open", as_json=as_json)


@case.command("list")
@as_option
@json_option
def list_(*, folder: Path, as_json: bool) -> None:
    """List the cases of one's procedures."""
    with speaking(as_json=as_json):
        found = OfficeClient.of(folder).call("GET", "/cases", api.CaseList)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    for one in found.cases:
        state = "open" if one.closed is None else f"closed {when(one.closed)}"
        say(f"{one.id}  {one.procedure}  {one.count} person(s)  {one.opened_by}, {when(one.opened)}  {state}")
    if not found.cases:
        say("no cases")


@case.command()
@as_option
@_id
@json_option
def show(*, folder: Path, case: str, as_json: bool) -> None:
    """See a whole case; the look is written down."""
    with speaking(as_json=as_json):
        found = OfficeClient.of(folder).call("GET", f"/cases/{segment(case)}", api.ShownCase)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    say(f"{found.id}  {found.procedure}  {found.opened_by} ({found.department}), {when(found.opened)}")
    say(f"reason: {found.reason}")
    say(f"persons: {', '.join(found.persons)}")


@case.command()
@as_option
@_id
@json_option
def close(*, folder: Path, case: str, as_json: bool) -> None:
    """Close a case; nothing can be asked in it afterwards."""
    with speaking(as_json=as_json):
        closed = OfficeClient.of(folder).call("POST", f"/cases/{segment(case)}/close", api.CaseId)
        _show_id(closed, "closed", as_json=as_json)


def _show_id(found: api.CaseId, state: str, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        say(f"case {found.case} is {state}")
