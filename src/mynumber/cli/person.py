"""`mynumber person`: the office's admin withholds a threatened person from every other office, and lets go again.

The person is named by the office's own reference alone.
"""

from pathlib import Path

import click
import msgspec

from mynumber.cli.officers_options import as_option
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient, segment

_person = click.option("--person", required=True, metavar="REF", help="The office's own reference.")


@click.group()
def person() -> None:
    """Withhold a threatened person from other offices, and end it."""


@person.command()
@as_option
@_person
@json_option
def withhold(*, folder: Path, person: str, as_json: bool) -> None:
    """Withhold a person (admin): from now on whoever asks gets what there is about somebody unknown.

    What was asked before and is still under way or asked for again is answered like that too.

    Example: mynumber person withhold --as DIR/city-b/officers/admin --person b-207
    """
    with speaking(as_json=as_json):
        found = OfficeClient.of(folder).call("POST", "/shields", api.Shield, api.NewShield(person=person))
    _show(found, as_json=as_json)


@person.command()
@as_option
@_person
@json_option
def release(*, folder: Path, person: str, as_json: bool) -> None:
    """End the withholding of a person (admin).

    Example: mynumber person release --as DIR/city-b/officers/admin --person b-207
    """
    with speaking(as_json=as_json):
        found = OfficeClient.of(folder).call("DELETE", f"/shields/{segment(person)}", api.Shield)
    _show(found, as_json=as_json)


def _show(found: api.Shield, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        say(f"{found.person} is " + ("withheld from every other office" if found.withheld else "not withheld any more"))
