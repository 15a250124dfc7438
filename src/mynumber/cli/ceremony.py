"""`mynumber ceremony`: how a network begins, and how it changes. The same steps each time, until nobody is missing:

certificate, directory, commit (every operator), sign (every operator, in the order of ids), finish (every party that is
new or changed, every operator, the supervisor). `status` says which one is next.
"""

from pathlib import Path

import click

from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.codes.parties.succession import Changes
from mynumber.exchange import setup
from mynumber.exchange.ceremony import authority, delivery, signing
from mynumber.exchange.ceremony.signing import Progress
from mynumber.network.history import history
from mynumber.plumbing.clock import Clock, in_japan
from mynumber.plumbing.errors import Conflict

_folder = click.Path(path_type=Path, exists=True, file_okay=False)
_ceremony = click.option(
    "--dir", "ceremony_folder", type=click.Path(path_type=Path), required=True, help="The ceremony's own folder."
)
_operator = click.option("--as", "folder", type=_folder, required=True, help="The operator's folder, with its keys.")


@click.group()
def ceremony() -> None:
    """Begin a network, or change a running one: certificates, and one directory that every operator signs.

    The ceremony's folder travels between the parties; its keys/ stays with who began it. Every step can be repeated,
    and `ceremony status` says which one is next. A running network is changed by the same steps while all go on
    working: see `mynumber join --help`.
    """


@ceremony.command()
@_ceremony
@click.option("--network", default="", help="The network's name; the first call decides.  [default: demo]")
@click.argument("hand_ins", nargs=-1, required=True, type=_folder, metavar="HAND-IN...")
def certificate(*, ceremony_folder: Path, network: str, hand_ins: tuple[Path, ...]) -> None:
    """Take hand-ins and issue their node certificates; the first call makes the network's root.

    You vouch for it that each HAND-IN comes from the party that it names. Who is in the network already hands in again
    after a change of its own keys, or to get a new certificate.

    Example: mynumber ceremony certificate --dir ceremony ward/hand-in
    """
    with speaking(as_json=False):
        begun = (ceremony_folder / authority.ROOT).exists()
        named = network or (authority.network_of(ceremony_folder) if begun else "demo")
        for taken in authority.certify(ceremony_folder, named, hand_ins, now=Clock().now()):
            say(f"{taken.role:10} {taken.id:20} {taken.entry.org}")
        note("next, when everybody has handed in: ceremony directory")


@ceremony.command()
@_ceremony
@click.option(
    "--begins", type=int, help="Unix seconds. Without it 4320 s after the last began, 600 s from now at least."
)
@click.option("--close", multiple=True, metavar="OFFICE", help="An office leaves: it asks and answers no more.")
@click.option("--reopen", multiple=True, metavar="OFFICE", help="An office that left comes back.")
@click.option("--new-codes", multiple=True, metavar="OFFICE", help="An office gets a new code epoch beside its own.")
@click.option("--new-records", multiple=True, metavar="OFFICE", help="An office gets a new record epoch to fill.")
@click.option("--keeper", default="", metavar="ID", help="Another keeper takes the place of the one before.")
def directory(
    *,
    ceremony_folder: Path,
    begins: int | None,
    close: tuple[str, ...],
    reopen: tuple[str, ...],
    new_codes: tuple[str, ...],
    new_records: tuple[str, ...],
    keeper: str,
) -> None:
    """Draft the directory: the first from everything that was handed in, a later one from what changed.

    A draft that nobody signed yet is made anew. The last five options are for a running network.

    Example: mynumber ceremony directory --dir ceremony --close ward
    """
    changes = Changes((), frozenset(close), frozenset(reopen), frozenset(new_codes), frozenset(new_records), keeper)
    with speaking(as_json=False):
        drafted = signing.draft(ceremony_folder, now=Clock().now(), begins=begins, changes=changes)
        say(f"directory {drafted.version} of {drafted.network} is drafted for {len(drafted.roles())} parties")
        say(f"it begins at {_when(drafted.not_before)} in Japan ({drafted.not_before})")
        note(f"next, in any order: ceremony commit, by {', '.join(each.id for each in drafted.operators)}")


@ceremony.command()
@_ceremony
@_operator
def commit(*, ceremony_folder: Path, folder: Path) -> None:
    """Add an operator's commitments to the factors of every office."""
    with speaking(as_json=False):
        say(f"{signing.commit(ceremony_folder, folder)} has committed")
        note(f"next: {_next(signing.progress(ceremony_folder))}")


@ceremony.command()
@_ceremony
@_operator
def sign(*, ceremony_folder: Path, folder: Path) -> None:
    """Check the directory (D1 to D8) and sign it as an operator, after all have committed, in the order of ids.

    What changes is said first: compare it with what the parties told you themselves. An operator signs one payload of
    a version, ever.
    """
    with speaking(as_json=False):
        known, held, own = history(folder), signing.progress(ceremony_folder), setup.who(folder).id
        if own in held.signed:
            say(f"{own} has signed already")
        else:
            _require_turn(held, own)
            for line in signing.changes_to_sign(ceremony_folder, known):
                say(f"  {line}")
            signed = signing.sign(ceremony_folder, folder, now=setup.clock(folder).now(), history=known)
            say(f"directory {signed.version} is signed: {signed.hash.hex()}")
            note("every operator must read out the same hash")
        note(f"next: {_next(signing.progress(ceremony_folder))}")


@ceremony.command()
@_ceremony
@click.argument("folders", nargs=-1, required=True, type=_folder, metavar="PARTY...")
def finish(*, ceremony_folder: Path, folders: tuple[Path, ...]) -> None:
    """Check what came of a party's hand-in and put its papers into its folder; PARTY is an institution's folder.

    An operator that is served takes directory and addresses up from its folder and serves them to all others, the
    directory from its beginning on. Each party runs this on its own machine.

    Example: mynumber ceremony finish --dir ceremony op1
    """
    with speaking(as_json=False):
        for folder in folders:
            found = delivery.finish(ceremony_folder, folder, now=setup.clock(folder).now())
            say(f"{folder} may be served; directory {found.hash.hex()}")


@ceremony.command()
@_ceremony
@json_option
def status(*, ceremony_folder: Path, as_json: bool) -> None:
    """Say how far the newest version of the directory has come, and what is next."""
    with speaking(as_json=as_json):
        authority.network_of(ceremony_folder)
        held = signing.progress(ceremony_folder)
        version = 0 if held.drafted is None else held.drafted.version
        begins = 0 if held.drafted is None else held.drafted.not_before
        if as_json:
            shown = {"version": version, "begins": begins, "committed": held.committed, "signed": held.signed}
            print_json({**shown, "complete": held.complete, "undrafted": held.undrafted, "next": _next(held)})
            return
        if held.drafted is not None:
            say(f"directory {version}, begins at {_when(begins)} in Japan ({begins})")
            say(f"committed: {', '.join(held.committed) or 'nobody'}; signed: {', '.join(held.signed) or 'nobody'}")
        say(f"next: {_next(held)}")
        if held.undrafted:
            late = "" if held.complete else f", where the draft of {version} stays"
            say(f"then{late}: ceremony directory, for {', '.join(held.undrafted)}, who handed in and is not in it")


def _require_turn(held: Progress, own: str) -> None:
    """Raise Conflict for an operator that signs before another one has."""
    operators = [] if held.drafted is None else [each.id for each in held.drafted.operators]
    if own in operators and own != operators[len(held.signed)]:
        raise Conflict("NOT_YOUR_TURN", f"others sign before {own}", hint=f"next: {_next(held)}")


def _next(held: Progress) -> str:
    """Say which step is next, and whose."""
    if held.drafted is None:
        return "ceremony directory"
    operators = [each.id for each in held.drafted.operators]
    waiting = [each for each in operators if each not in held.committed]
    if waiting and not held.signed:
        return f"ceremony commit, by {', '.join(waiting)}"
    if not held.complete:
        return f"ceremony sign, by {operators[len(held.signed)]}"
    if held.everybody:
        return "ceremony finish, by who has not finished yet: everybody, because an operator changes its signing key"
    return "ceremony finish, by who has not finished yet: every operator, the supervisor, and who is new or changed"


def _when(seconds: int) -> str:
    return in_japan(seconds).strftime("%Y-%m-%d %H:%M:%S")
