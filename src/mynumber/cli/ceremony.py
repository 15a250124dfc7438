"""`mynumber ceremony`: how a network begins. The steps in order, each repeated until nobody is missing:

certificate, directory, commit (every operator), sign (every operator, in the order of ids), finish (every party).
"""

from pathlib import Path

import click

from mynumber.cli.output import note, say, speaking
from mynumber.exchange.ceremony import authority, delivery, signing
from mynumber.plumbing.clock import Clock

_folder = click.Path(path_type=Path, exists=True, file_okay=False)
_ceremony = click.option(
    "--dir", "ceremony_folder", type=click.Path(path_type=Path), required=True, help="The ceremony's own folder."
)
_operator = click.option("--as", "folder", type=_folder, required=True, help="The operator's folder, with its keys.")


@click.group()
def ceremony() -> None:
    """Begin a network: certificates, and one directory that every operator signs.

    The ceremony's folder travels between the parties; its keys/ stays with who began it.
    """


@ceremony.command()
@_ceremony
@click.option("--network", default="demo", show_default=True, help="The network's name.")
@click.argument("hand_ins", nargs=-1, required=True, type=_folder, metavar="HAND-IN...")
def certificate(*, ceremony_folder: Path, network: str, hand_ins: tuple[Path, ...]) -> None:
    """Take hand-ins and issue their node certificates; the first call makes the network's root.

    You vouch for it that each HAND-IN comes from the party that it names.
    """
    with speaking(as_json=False):
        for taken in authority.certify(ceremony_folder, network, hand_ins, now=Clock().now()):
            say(f"{taken.role:10} {taken.id:20} {taken.entry.org}")


@ceremony.command()
@_ceremony
def directory(*, ceremony_folder: Path) -> None:
    """Draft the first directory from everything that was handed in."""
    with speaking(as_json=False):
        drafted = signing.draft(ceremony_folder, now=Clock().now())
        say(f"directory {drafted.version} of {drafted.network} is drafted for {len(drafted.roles())} parties")
        note(f"next, in any order: ceremony commit, by {', '.join(each.id for each in drafted.operators)}")


@ceremony.command()
@_ceremony
@_operator
def commit(*, ceremony_folder: Path, folder: Path) -> None:
    """Add an operator's commitments to the factors of every office."""
    with speaking(as_json=False):
        say(f"{signing.commit(ceremony_folder, folder)} has committed")


@ceremony.command()
@_ceremony
@_operator
def sign(*, ceremony_folder: Path, folder: Path) -> None:
    """Check the directory (D1 to D8) and sign it as an operator, after all have committed, in the order of ids."""
    with speaking(as_json=False):
        signed = signing.sign(ceremony_folder, folder, now=Clock().now())
        say(f"directory {signed.version} is signed: {signed.hash.hex()}")
        note("every operator must read out the same hash")


@ceremony.command()
@_ceremony
@click.argument("folders", nargs=-1, required=True, type=_folder, metavar="PARTY...")
def finish(*, ceremony_folder: Path, folders: tuple[Path, ...]) -> None:
    """Check what came of a party's hand-in and put its papers into its folder; PARTY is an institution's folder."""
    with speaking(as_json=False):
        for folder in folders:
            found = delivery.finish(ceremony_folder, folder, now=Clock().now())
            say(f"{folder} may be served; directory {found.hash.hex()}")
