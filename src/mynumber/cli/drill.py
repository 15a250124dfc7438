"""`mynumber drill`: attacks on our own stores and wires; each says how much it searched and for what."""

import dataclasses
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.world.demo import telling
from mynumber.world.story.stage import Step
from mynumber.world.town.layout import Town, read_town
from mynumber.world.wiretap import searching
from mynumber.world.wiretap.rights import Found
from mynumber.world.wiretap.searching import Report, Searched

# Doors of docs/spec/doors.md that are not built yet; they say so instead of looking like a typing error.
_LATER = frozenset(["leak", "theft", "weak"])


class _Drills(click.Group):
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _LATER:
            raise click.UsageError(f"`mynumber drill {cmd_name}` is not here yet")
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Drills)
def drill() -> None:
    """Attack our own stores and wires: 0 = nothing found that must not be found, and the planted thing was.

    1 = found, or what was planted was not; 3 = nothing found, but not everything could be searched.

    Example: mynumber drill wiretap
    """


@drill.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="A told town; else one of its own is told.")
@click.option("--residents", type=click.IntRange(50, 10_000), default=200, show_default=True, help="Of its own town.")
@json_option
def wiretap(*, folder: Path | None, residents: int, as_json: bool) -> None:
    """Search all stores, journals and connections for everything that stands for a person.

    Example: mynumber drill wiretap --dir DIR
    """
    with speaking(as_json=as_json), _Bar() as bar, tempfile.TemporaryDirectory(prefix="mynumber-drill-") as scratch:
        if folder is not None:
            report = searching.search(read_town(folder), Path(scratch) / "planted", bar.shows)
        else:
            with _told(Path(scratch) / "town", residents, bar) as town:
                report = searching.search(town, Path(scratch) / "planted", bar.shows)
    if as_json:
        print_json({"bytes": report.bytes, **dataclasses.asdict(report), "ok": report.holds and report.complete})
    else:
        _show(report)
    for place in report.not_searched:
        note(f"not searched: {place}; `mynumber drill wiretap` without --dir, as root, tells a town that has it")
    sys.exit(status(report))


def status(report: Report) -> int:
    """Return the exit status: what was not searched was not found clean, so that is not finished (3)."""
    return 1 if not report.holds else 0 if report.complete else 3


@contextmanager
def _told(folder: Path, residents: int, bar: "_Bar") -> Iterator[Town]:
    """Tell a town with its taps open; it runs while it is searched."""
    options = telling.Options(folder, residents, tapped=True)
    with telling.told(options, bar) as demo:
        yield demo.processes.town


class _Bar:
    """A progress bar on a terminal, nothing in a pipe."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def shows(self, what: str, done: int, total: int) -> None:
        """Show what goes on and how much of it is done; a total of 0 cannot be counted."""
        self._progress.update(self._task, description=what, completed=done, total=total or None)

    def doing(self, what: str, done: int = 0, total: int = 0) -> None:
        """Show what the town does."""
        self.shows(what, done, total)

    def step(self, step: Step) -> None:
        """Say which step of the story failed."""
        if not step.ok:
            note(f"the story broke off: {step.title}: {step.detail}")


def _show(report: Report) -> None:
    for each in report.searched:
        kinds = [f"{one.kind} ({one.count})" for one in report.found if _same(one, each)]
        say(f"{each.institution:<12} {each.place:<18} {each.bytes:>12,} bytes  {', '.join(kinds) or 'nothing'}")
    for planted in report.planted:
        say(f"planted in {planted.where}: {planted.found} of {planted.planted} found")
    for told in report.forbidden:
        say(f"found where it must not be: {told}")
    for told in report.lacking:
        say(f"not found where it must be: {told}")
    rate = report.bytes / 1e6 / report.seconds if report.seconds else 0.0
    say(
        f"{report.bytes:,} bytes searched for {report.needles:,} needles in {report.forms:,} forms,"
        f" {report.seconds} s, {rate:.1f} MB/s: " + _verdict(report)
    )


def _verdict(report: Report) -> str:
    if not report.holds:
        return "NOT as it must be"
    held = "nothing found that must not be found"
    return held if report.complete else f"{held}, but NOT SEARCHED: {', '.join(report.not_searched)}"


def _same(found: Found, searched: Searched) -> bool:
    return (found.institution, found.place) == (searched.institution, searched.place)
