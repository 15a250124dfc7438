"""`mynumber join`: an office enters a running network, and a party changes its keys; nobody else stops."""

import asyncio
import sys
from pathlib import Path

import click

from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.exchange import checking
from mynumber.exchange.ceremony import hand_ins, renewing
from mynumber.exchange.ceremony.renewing import Epochs
from mynumber.exchange.setup import CONFIG, HAND_IN
from mynumber.gateway.acquiring import maintenance
from mynumber.keeper import succeeding

_folder = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="The party's folder.",
)


_KINDS = ("layer", "transport", "release", "sign", "seal", "codes", "records", "wrap", "certificate")


@click.group()
def join() -> None:
    """Enter a running network, and change the keys of a party in it; docs/operators/join.md has the whole session.

    An office enters by the steps of the first ceremony, while everybody goes on working:

    \b
      the office     mynumber init gateway --dir ward --port 9001 --office-port 9002
      authority      mynumber ceremony certificate --dir ceremony ward/hand-in
      authority      mynumber ceremony directory --dir ceremony
      each operator  mynumber ceremony commit --dir ceremony --as op1
      in their order mynumber ceremony sign --dir ceremony --as op1
      each operator  mynumber ceremony finish --dir ceremony op1
      the office     mynumber ceremony finish --dir ceremony ward
      the office     mynumber serve gateway --config ward/config.toml
      supervisor     add it to [roles] in config.toml; mynumber ceremony finish --dir ceremony supervisor
      the office     mynumber join check --dir ward

    `mynumber ceremony status` says which step is next. An office leaves by `ceremony directory --close OFFICE`.
    """  # noqa: D301  # \b keeps the lines as they stand


@join.command()
@_folder
@json_option
def check(*, folder: Path, as_json: bool) -> None:
    """Look whether an institution reaches its network: 0 all is well, 3 something is still to be done.

    Certificate, operators' directory, every party's TLS, health and clock, our own address, our roles in the law table.

    \b
    Example: mynumber join check --dir ward
    """  # noqa: D301  # \b keeps the lines as they stand
    with speaking(as_json=as_json):
        lines = asyncio.run(checking.check(folder))
        ok = all(line.ok for line in lines)
        if as_json:
            shown = [{"subject": each.subject, "ok": each.ok, "said": each.said} for each in lines]
            hints = ["" if each.ok else each.hint for each in lines]
            print_json({"ok": ok, "lines": [{**one, "hint": hint} for one, hint in zip(shown, hints, strict=True)]})
        for line in () if as_json else lines:
            say(f"{'ok  ' if line.ok else 'WAIT'}  {line.subject}: {line.said}")
            if not line.ok:
                say(f"      -> {line.hint}")
        sys.exit(0 if ok else 3)


@join.command()
@click.option(
    "--from",
    "before",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="The folder of the keeper before, or the copy of it that was brought; it is not changed.",
)
@_folder
def succeed(*, before: Path, folder: Path) -> None:
    """Take over as the new keeper from the one before; both are stopped.

    Everything that the one before has stored comes over, and the key under which it knows persons and rows again. Do it
    when the directory that names the new keeper begins, then serve the new one; nothing is released in between.

    \b
    Example: mynumber join succeed --from keeper --dir keeper-2
    """  # noqa: D301  # \b keeps the lines as they stand
    with speaking(as_json=False):
        count = succeeding.succeed(before, folder)
        say(f"{count} releases came over, with all members and rows")
        note(f"next: mynumber serve keeper --config {folder / CONFIG}")


@join.command()
@click.argument("kind", type=click.Choice(_KINDS))
@_folder
def rotate(*, kind: str, folder: Path) -> None:
    """Make the next key of a party and hand in anew; what is in use stays until a directory lists the next one.

    \b
    layer        an operator's layer key             transport   an office's, a portal's or the keeper's transport key
    release      the keeper's release key            seal        the supervisor's key for hidden records
    sign         anybody's signing key; after an operator's, every party runs `mynumber ceremony finish`
    certificate  anybody's node certificate
    codes        use the code epoch that `ceremony directory --new-codes` listed
    records      use the record epoch that `ceremony directory --new-records` listed
    wrap         the key of an office's codes at rest; the gateway must be stopped, and nobody else hears of it

    After all but wrap, bring hand-in/ to `mynumber ceremony certificate` and go on as for an office that enters. The
    old secret serves messages that name the directory before, for 4320 s, and is then overwritten.

    \b
    Example: mynumber join rotate transport --dir ward
    """  # noqa: D301  # \b keeps the lines as they stand
    with speaking(as_json=False):
        who = renewing.require(folder, kind)
        if kind == "wrap":
            say(f"{maintenance.rewrap(folder)} codes of {who.id} lie under a new key")
            note("next: start the gateway again")
            return
        if kind == "codes":
            entry = hand_ins.read(folder / HAND_IN, who.network).entry
            used = Epochs(code=maintenance.carried(folder, getattr(entry, "epoch", 0)))
            renewing.hand_in_anew(folder, who, used)
        elif kind == "records":
            renewing.hand_in_anew(folder, who, Epochs(record=maintenance.filled(folder)))
        else:
            renewing.renew(folder, kind)
        say(f"{folder / HAND_IN} is new")
        note("next: mynumber ceremony certificate with it, then directory, commit, sign, finish")
