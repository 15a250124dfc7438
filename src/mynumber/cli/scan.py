"""`mynumber scan`: finds My Numbers in files, alone and offline; digits are shown only with --reveal."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from mynumber.cli.output import note, print_json, say, speaking
from mynumber.plumbing.errors import WrongUse
from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.known.roster import Roster
from mynumber.scanner.reporting import accepted, closing, page, sarif
from mynumber.scanner.reporting.lines import line_of
from mynumber.scanner.reporting.objects import members_of
from mynumber.scanner.reporting.reasons import in_language
from mynumber.scanner.reporting.summing import Summary
from mynumber.scanner.scan import roster_of, scan_history, scan_stream, size_of
from mynumber.scanner.scan import scan as search
from mynumber.scanner.walking import files_of

_STANDARD_INPUT = "-"
_FORMS = ("text", "json", "sarif", "html")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format", "form", type=click.Choice(_FORMS), default="text", help="What is printed; json is one object a line."
)
@click.option("--reveal", is_flag=True, help="Show the digits. Without it nothing that is printed holds a number.")
@click.option("--roster", metavar="FILE", help="A file of any kind with known numbers: hashes of them are found too.")
@click.option("--git", "history", is_flag=True, help="Search all versions of all files of repositories, not the files.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Leave out the finds that this file accepts.")
@click.option("--accept", is_flag=True, help="Accept what is found now: write it into the baseline.")
@click.option("--jobs", type=click.IntRange(1, 64), help="So many processes; by default as many as processors.")
@click.option("--lang", type=click.Choice(["ja", "en"]), default="en", help="Language of the reasons and reports.")
def scan(
    *,
    paths: tuple[str, ...],
    form: str,
    reveal: bool,
    roster: str | None,
    history: bool,
    baseline: Path | None,
    accept: bool,
    jobs: int | None,
    lang: str,
) -> None:
    """Search PATH... (files and folders; `-` is standard input) for My Numbers.

    Ends with 0 if nothing was found and all was read, 1 if something was found, 3 if something could not be read and
    nothing was found.

    Example: mynumber scan . --format sarif > found.sarif
    """
    with speaking(as_json=form == "json", said=partial(in_language, lang=lang)):
        if _STANDARD_INPUT in paths and (len(paths) > 1 or history):
            raise WrongUse("SCAN_INPUT", "standard input is searched alone", hint="give `-` or paths, not both")
        if accept and baseline is None:
            raise WrongUse(
                "SCAN_BASELINE", "--accept needs the file that keeps what is accepted", hint="--baseline FILE"
            )
        summary = Summary()
        how = _How(jobs or os.cpu_count() or 1, roster_of(roster) if roster else None, history)
        results = _results(paths, how, summary)
        if baseline is not None:
            results = _accepting(results, baseline, lang) if accept else _not_accepted(results, baseline)
        _print(_counted(results, summary), summary, form, lang, reveal=reveal)
    sys.exit(summary.exit_status)


@dataclass(frozen=True, slots=True)
class _How:
    """By how many processes, with which roster, and whether the history of repositories is searched."""

    jobs: int
    roster: Roster | None
    history: bool


def _results(paths: tuple[str, ...], how: _How, summary: Summary) -> Iterator[Find | Unread]:
    if paths == (_STANDARD_INPUT,):
        stream = io.FileIO(sys.stdin.fileno(), closefd=False)
        yield from scan_stream(_STANDARD_INPUT, stream, 0, how.roster)
        summary.read(0)
        return
    with nullcontext() if how.history else _bar(paths) as bar:

        def done(size: int) -> None:
            summary.read(size)
            if bar is not None:
                bar.advance(bar.task_ids[0], size)

        searched = scan_history if how.history else search
        yield from searched(paths, jobs=how.jobs, done=done, roster=how.roster)


def _bar(paths: tuple[str, ...]) -> Progress | nullcontext[None]:
    """Return a progress bar over the bytes to read on a terminal, and nothing in a pipe."""
    if not sys.stderr.isatty():
        return nullcontext()
    total = sum(size_of(file) for file in files_of(paths) if isinstance(file, str))
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("scanning", total=total)
    return bar


def _accepting(results: Iterator[Find | Unread], file: Path, lang: str) -> Iterator[Find | Unread]:
    """Accept every find; what could not be read stays to be told."""
    baseline, count = accepted.begun(file), 0
    for result in results:
        if isinstance(result, Unread):
            yield result
        else:
            baseline.add(result)
            count += 1
    baseline.write(file)
    told = f"{count} finds accepted in {file}; its key lies beside it and belongs in no repository"
    note(in_language(told, lang))


def _not_accepted(results: Iterator[Find | Unread], file: Path) -> Iterator[Find | Unread]:
    baseline = accepted.opened(file)
    return (one for one in results if isinstance(one, Unread) or not baseline.accepts(one))


def _counted(results: Iterator[Find | Unread], summary: Summary) -> Iterator[Find | Unread]:
    for result in results:
        summary.take(result)
        yield result


def _print(results: Iterator[Find | Unread], summary: Summary, form: str, lang: str, *, reveal: bool) -> None:
    if form == "sarif":
        print_json(sarif.document(results, version("open-mynumber"), lang))
    elif form == "html":
        say(page.page(results, summary, lang, reveal=reveal))
    elif form == "json":
        for result in results:
            print_json(members_of(result, lang, reveal=reveal))
        print_json(summary.members())
    else:
        for result in results:
            say(line_of(result, lang, reveal=reveal))
        for line in closing.lines_of(summary, lang, reveal=reveal):
            note(line)
