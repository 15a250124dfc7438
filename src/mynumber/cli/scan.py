"""`mynumber scan`: finds My Numbers in files, alone and offline; digits are shown only with --reveal."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from mynumber.cli.output import note, print_json, say, speaking
from mynumber.plumbing.errors import WrongUse
from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.reporting.lines import line_of, members_of
from mynumber.scanner.reporting.summing import Summary
from mynumber.scanner.scan import scan as search
from mynumber.scanner.scan import scan_stream, size_of
from mynumber.scanner.walking import files_of

_STANDARD_INPUT = "-"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Lines for people, or JSON lines."
)
@click.option("--reveal", is_flag=True, help="Show the digits. Without it nothing that is printed holds a number.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="So many processes; as many as there are processors by default."
)
def scan(paths: tuple[str, ...], form: str, jobs: int | None, *, reveal: bool) -> None:
    """Search PATH... (files and folders; `-` is standard input) for My Numbers.

    Ends with 0 if nothing was found and all was read, 1 if something was found, 3 if something could not be read and
    nothing was found.

    Example: mynumber scan . --format json
    """
    with speaking(as_json=form == "json"):
        if _STANDARD_INPUT in paths and len(paths) > 1:
            raise WrongUse("SCAN_INPUT", "standard input is searched alone", hint="give `-` or paths, not both")
        summary = Summary()
        for result in _results(paths, jobs or os.cpu_count() or 1, summary):
            summary.take(result)
            _show(result, form, reveal=reveal)
    if form == "json":
        print_json(summary.members())
    else:
        _conclude(summary, reveal=reveal)
    sys.exit(summary.exit_status)


def _results(paths: tuple[str, ...], jobs: int, summary: Summary) -> Iterator[Find | Unread]:
    if paths == (_STANDARD_INPUT,):
        stream = io.FileIO(sys.stdin.fileno(), closefd=False)
        yield from scan_stream(_STANDARD_INPUT, stream, 0)
        summary.read(0)
        return
    with _bar(paths) as bar:

        def done(size: int) -> None:
            summary.read(size)
            if bar is not None:
                bar.advance(bar.task_ids[0], size)

        yield from search(paths, jobs=jobs, done=done)


def _bar(paths: tuple[str, ...]) -> Progress | nullcontext[None]:
    """Return a progress bar over the bytes to read on a terminal, and nothing in a pipe."""
    if not sys.stderr.isatty():
        return nullcontext()
    total = sum(size_of(file) for file in files_of(paths) if isinstance(file, str))
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("scanning", total=total)
    return bar


def _show(result: Find | Unread, form: str, *, reveal: bool) -> None:
    if form == "json":
        print_json(members_of(result, reveal=reveal))
    else:
        say(line_of(result, reveal=reveal))


def _conclude(summary: Summary, *, reveal: bool) -> None:
    counts = ", ".join(
        f"{count} {one.name.lower()}" for one, count in sorted(summary.by_confidence.items(), reverse=True)
    )
    note(f"{summary.files} files, {summary.bytes_read / 1e6:.1f} MB: {counts or 'nothing found'}")
    if summary.persons:
        note(f"{summary.persons} different numbers are certain or likely: so many persons are concerned")
    if summary.unread:
        note(f"{summary.unread} were not read, or not wholly; nothing is known of these")
    if summary.finds and not reveal:
        note("hint: --reveal shows the digits")
