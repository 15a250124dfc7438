"""`mynumber init`: makes the folder of a new institution; the ceremony comes next."""

import importlib
from pathlib import Path

import click

from mynumber.cli.output import json_option, note, print_json, speaking
from mynumber.cli.serve import ROOMS
from mynumber.exchange.setup import CONFIG, HAND_IN, Party
from mynumber.keeper import setup as keeper
from mynumber.plumbing.errors import WrongUse

_OFFICE_PORT = 8444
_PUBLIC_PORT = 8445


@click.command()
@click.argument("role", type=click.Choice(list(ROOMS)))
@click.option("--dir", "folder", type=click.Path(path_type=Path), required=True, help="An absent or empty folder.")
@click.option("--id", default="", help="Id in the network, for ever. Without it the folder's name.")
@click.option("--organisation", default="", help="Who runs it. Without it the id.")
@click.option("--network", default="demo", show_default=True, help="The network to take part in.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8443, show_default=True, help="Port for other institutions."
)
@click.option("--url", default="", help="Where others reach it. Without it https://HOST:PORT.")
@click.option(
    "--office-port", type=click.IntRange(1, 65535), help="A gateway's port for its own people.  [default: 8444]"
)
@click.option("--successor", is_flag=True, help="A keeper that takes over from another: see `join succeed`.")
@click.option("--public-port", type=click.IntRange(1, 65535), help="A portal's port for browsers.  [default: 8445]")
@json_option
def init(
    *,
    role: str,
    folder: Path,
    port: int,
    office_port: int | None,
    public_port: int | None,
    successor: bool,
    as_json: bool,
    **who: str,
) -> None:
    """Make keys, config.toml, empty stores and hand-in/ of an institution.

    ROLE is what it does in the network. Its keys never leave the folder; hand-in/ goes to the ceremony.
    """
    who["id"] = who["id"] or folder.resolve().name
    who["organisation"] = who["organisation"] or who["id"]
    with speaking(as_json=as_json):
        party = Party(role=role, port=port, **who)
        if successor and role != "keeper":
            raise WrongUse("SUCCESSOR", "only a keeper takes over from another", hint="leave --successor out")
        if successor:
            keeper.init(folder, party, successor=True)
        else:
            _make(folder, party, office_port, public_port)
        config, hand_in = folder / CONFIG, folder / HAND_IN
        if as_json:
            print_json({"id": who["id"], "role": role, "config": str(config), "hand_in": str(hand_in)})
        else:
            note(f"{who['id']} is made. Read {config}, then bring {hand_in} to the ceremony.")


def _make(folder: Path, party: Party, office_port: int | None, public_port: int | None) -> None:
    room = importlib.import_module(f"mynumber.{ROOMS[party.role]}.setup")
    if office_port is not None and party.role != "gateway":
        raise WrongUse("OFFICE_PORT", "only a gateway has an office port", hint="leave --office-port out")
    if public_port is not None and party.role != "portal":
        raise WrongUse("PUBLIC_PORT", "only a portal has a public port", hint="leave --public-port out")
    if party.role == "gateway":
        room.init(folder, party, room.Office(port=office_port or _OFFICE_PORT))
    elif party.role == "portal":
        room.init(folder, party, room.Public(port=public_port or _PUBLIC_PORT, host=party.host))
    else:
        room.init(folder, party)
