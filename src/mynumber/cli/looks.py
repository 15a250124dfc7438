"""`mynumber looks`: who looked at which case, inquiry or person's data, when."""

from pathlib import Path

import click
import msgspec

from mynumber.cli.officers_options import as_option, when
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient


@click.command()
@as_option
@json_option
def looks(*, folder: Path, as_json: bool) -> None:
    """List every look, the oldest first (admin).

    Example: mynumber looks --as DIR/city-a/officers/admin
    """
    with speaking(as_json=as_json):
        found = _all(OfficeClient.of(folder))
    if as_json:
        print_json({"looks": msgspec.to_builtins(found)})
        return
    for look in found:
        named = (("case", look.case), ("inquiry", look.inquiry), ("person", look.person))
        say(
            f"{when(look.at)}  {look.officer}  {look.what}"
            + "".join(f"  {word} {text}" for word, text in named if text)
        )
    if not found:
        say("no looks")


def _all(client: OfficeClient) -> list[api.ShownLook]:
    found: list[api.ShownLook] = []
    while page := client.call("GET", f"/looks?after={found[-1].id if found else 0}", api.Looks).looks:
        found += page
    return found
