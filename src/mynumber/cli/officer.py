"""`mynumber officer`: adds and removes officers; the key is made here, and the office's CA signs for it there."""

import re
from pathlib import Path

import click

from mynumber.cli.officers_options import as_option, when
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient, enlist, segment
from mynumber.plumbing.errors import WrongUse

_NAME = re.compile("[a-z0-9-]{1,32}")


@click.group()
def officer() -> None:
    """Add and remove officers of an office."""


@officer.command()
@as_option
@click.option("--name", required=True, help="1 to 32 of a-z, 0-9 and -; a name is given once.")
@click.option("--department", default="", help="Without it the one in charge of the procedure is named.")
@json_option
def add(*, folder: Path, name: str, department: str, as_json: bool) -> None:
    """Add an officer (admin) and write the officer's folder beside admin's.

    Example: mynumber officer add --as DIR/city-a/officers/admin --name hanako --department "Child Support"
    """
    with speaking(as_json=as_json):
        place = folder.resolve().parent / name
        if not _NAME.fullmatch(name) or place.exists():
            raise WrongUse("BAD_NAME", f"{name} is no name, or its folder is there", hint="choose another name")
        enlist(OfficeClient.of(folder), place, name, department)
    if as_json:
        print_json({"officer": name, "dir": str(place)})
    else:
        say(f"{name} is an officer now, without a right: {place}")


@officer.command()
@as_option
@click.option("--name", required=True, help="Whom; the name is not given again.")
@json_option
def remove(*, folder: Path, name: str, as_json: bool) -> None:
    """Remove an officer (admin): all rights go, and the certificate opens nothing any more.

    Example: mynumber officer remove --as DIR/city-a/officers/admin --name hanako
    """
    with speaking(as_json=as_json):
        gone = OfficeClient.of(folder).call("DELETE", f"/officers/{segment(name)}", api.Removed)
    if as_json:
        print_json({"officer": gone.officer, "removed": gone.removed})
    else:
        say(f"{gone.officer} is no officer since {when(gone.removed)}")
