"""`mynumber rights`: the office's admin grants an officer the right for a procedure, takes it back, lists rights."""

from pathlib import Path

import click
import msgspec

from mynumber.cli.officers_options import as_option, when
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient, segment

_officer = click.option("--officer", required=True, metavar="NAME", help="Whose right.")
_procedure = click.option(
    "--procedure", required=True, metavar="PROCEDURE", help="Such as link-107; `acquisition` is to hand in persons."
)


@click.group()
def rights() -> None:
    """Grant and revoke what officers may do; who grants rights cannot inquire."""


@rights.command()
@as_option
@_officer
@_procedure
@json_option
def grant(*, folder: Path, officer: str, procedure: str, as_json: bool) -> None:
    """Grant a right (admin).

    Example: mynumber rights grant --as DIR/city-a/officers/admin --officer hanako --procedure link-107
    """
    with speaking(as_json=as_json):
        body = api.NewRight(officer=officer, procedure=procedure)
        _show(OfficeClient.of(folder).call("POST", "/rights", api.Rights, body), as_json=as_json)


@rights.command()
@as_option
@_officer
@_procedure
@json_option
def revoke(*, folder: Path, officer: str, procedure: str, as_json: bool) -> None:
    """Take a right back (admin)."""
    with speaking(as_json=as_json):
        path = f"/rights/{segment(officer)}/{segment(procedure)}"
        _show(OfficeClient.of(folder).call("DELETE", path, api.Rights), as_json=as_json)


@rights.command("list")
@as_option
@json_option
def list_(*, folder: Path, as_json: bool) -> None:
    """List rights: everybody's for admin, else one's own."""
    with speaking(as_json=as_json):
        _show(OfficeClient.of(folder).call("GET", "/rights", api.Rights), as_json=as_json)


def _show(found: api.Rights, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    for right in found.rights:
        say(f"{right.officer}  {right.procedure}  granted by {right.granted_by}, {when(right.at)}")
    if not found.rights:
        say("no rights")
