"""`mynumber bench`: how fast the town is, and how much of that is the price of what cannot be left out.

Progress goes to standard error; the figures are rows of value, unit and what they are measured against. A bench is
imported only when it is called: that of the law needs no server part.
"""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from mynumber.cli.output import json_option, note, print_json, speaking
from mynumber.world.bench.figures import Report

debug_option = click.option("--debug", is_flag=True, help="Show the traceback of an error.")


class _Later(click.Group):
    """Benches of docs/spec/doors.md whose rooms are measured later say so instead of looking like a typing error."""

    _NAMES = ("log", "register")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._NAMES:
            raise click.UsageError(f"`mynumber bench {cmd_name}` is not here yet")
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Later)
def bench() -> None:
    """Measure speeds against what they cannot be faster than."""


@bench.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of a running town; else one is made for this and removed.",
)
@click.option("--rounds", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option("--seconds", type=click.FloatRange(0.2, 60), default=3.0, show_default=True, help="Of each part.")
@debug_option
@json_option
def exchange(*, folder: Path | None, rounds: int, seconds: float, debug: bool, as_json: bool) -> None:
    """Ask, convert, record and answer: whole exchanges of a town, with all its processes on this machine.

    Example: mynumber bench exchange --json
    """
    with speaking(as_json=as_json, debug=debug):
        from mynumber.world.bench import exchange as exchanges  # noqa: PLC0415

        extent = exchanges.Extent(rounds=rounds, seconds=seconds)
        _show(exchanges.bench(folder, extent, note), as_json=as_json)


@bench.command()
@click.option("--rounds", type=click.IntRange(1, 1000), default=15, show_default=True)
@debug_option
@json_option
def codes(*, rounds: int, debug: bool, as_json: bool) -> None:
    """Make and check the steps of a run in memory, each against its own multiplications.

    Example: mynumber bench codes --json
    """
    with speaking(as_json=as_json, debug=debug):
        from mynumber.world.bench import codes as steps  # noqa: PLC0415

        _show(steps.bench(rounds, lambda _what: None), as_json=as_json)


@bench.command()
@click.option("--seconds", type=click.FloatRange(0.1, 60), default=3.0, show_default=True, help="Of each part.")
@debug_option
@json_option
def law(*, seconds: float, debug: bool, as_json: bool) -> None:
    """Load the law and rule, in one process, each ruling beside a look-up of the same row in a dictionary.

    Example: mynumber bench law --json
    """
    with speaking(as_json=as_json, debug=debug):
        from mynumber.world.bench import law as rulings  # noqa: PLC0415

        _show(rulings.bench(seconds, note), as_json=as_json)


@bench.command()
@click.option("--megabytes", type=click.IntRange(1, 2000), default=64, show_default=True, help="To search.")
@click.option("--rounds", type=click.IntRange(1, 20), default=3, show_default=True)
@debug_option
@json_option
def scan(*, megabytes: int, rounds: int, debug: bool, as_json: bool) -> None:
    """Search files full of decoys: the kernel alone, the whole way by one process and by two, and the memory.

    Example: mynumber bench scan --json
    """
    with speaking(as_json=as_json, debug=debug):
        from mynumber.world.bench import scan as searches  # noqa: PLC0415

        _show(searches.bench(searches.Extent(megabytes, rounds), note), as_json=as_json)


def _show(report: Report, *, as_json: bool) -> None:
    members = report.members()
    if as_json:
        print_json(members)
        return
    table = Table(title=str(members["machine"]), title_justify="left")
    for column in ("what", "value", "unit", "against", "its value", "ratio"):
        table.add_column(column)
    for row in report.rows:
        table.add_row(*("" if each is None else str(each) for each in row.members().values()))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
