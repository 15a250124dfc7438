"""`mynumber demo`: the model town on this machine, from nothing to the end of its story.

On a terminal the story is told with colour and progress; in a pipe it is plain lines; `--json` prints one object.
Whoever has read it to the end is told what came of it and what to try next.
"""

import shutil
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.plumbing.errors import WrongUse
from mynumber.world.demo import guide
from mynumber.world.demo import telling as world
from mynumber.world.story.script import SCENES
from mynumber.world.story.stage import Lang, Step


class _Teller:
    """Tells the story on standard error, so that standard output stays for the object."""

    def __init__(self, lang: Lang) -> None:
        self._lang = lang
        self._console = Console(stderr=True, highlight=False)
        self._status = Status("", console=self._console) if self._console.is_terminal else None
        self._number = 0

    def doing(self, what: str, done: int = 0, total: int = 0) -> None:
        if self._status is not None:
            said = escape(guide.word(what, self._lang))
            self._status.update(f"{said} {f'{done}/{total}' if total else '...'}")
            self._status.start()

    def step(self, step: Step) -> None:
        self.quiet()
        self._number += 1
        colour, english = ("green", "held  ") if step.ok else ("bold red", "FAILED")
        mark = f"[{colour}]{guide.word(english, self._lang)}[/{colour}]"
        place = f"{self._number:2}/{len(SCENES)}"
        self._console.print(f"{place} {mark} [bold]{escape(step.title)}[/bold]", soft_wrap=True)
        self._console.print(f"             [dim]{escape(step.detail)}[/dim]", soft_wrap=True)

    def quiet(self) -> None:
        if self._status is not None:
            self._status.stop()


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Absent or empty; kept. Else a temporary one.")
@click.option("--residents", type=click.IntRange(50, 10_000), default=1000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Draws the people.")
@click.option("--base-port", type=click.IntRange(1024, 65_000), help="Use N, N+1, ... instead of free ports.")
@click.option("--serve", is_flag=True, help="Stay until Ctrl-C or SIGTERM when the story has ended.")
@click.option("--resume", is_flag=True, help="Start the stopped town of --dir again and serve it.")
@click.option("--lang", type=click.Choice(["en", "ja"]), default="en", show_default=True)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@json_option
def demo(
    *,
    folder: Path | None,
    residents: int,
    seed: int,
    base_port: int | None,
    serve: bool,
    resume: bool,
    lang: Lang,
    debug: bool,
    as_json: bool,
) -> None:
    """Start the model town and play its story: 0 only if every step held.

    Example: mynumber demo --dir /tmp/town --serve
    """
    with speaking(as_json=as_json, debug=debug), ExitStack() as ending:
        _end_on_signal(3)
        if resume and folder is None:
            raise WrongUse("NO_DIR", "--resume needs the folder of a town", hint="add --dir DIR")
        teller = _Teller(lang)
        ending.callback(teller.quiet)
        place = folder or Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="mynumber-"))) / "town"
        options = world.Options(place, residents, seed, base_port, lang)
        town = ending.enter_context(world.resumed(place, teller) if resume else world.told(options, teller))
        teller.quiet()
        if as_json:
            print_json(town.account)
        else:
            _show(town, lang, runs=serve or resume, kept=folder is not None)
        if not town.ok:
            sys.exit(1)
        if serve or resume:
            _end_on_signal(0)
            threading.Event().wait()


def _show(town: world.Demo, lang: Lang, *, runs: bool, kept: bool) -> None:
    """Say what came of the story (a resumed town has none), where the town is reached, and what to try next."""
    if not town.ok:
        note(guide.word("broke off", lang))
        return
    if town.account["steps"]:
        note("\n" + guide.summary(town.account, lang, town.account["duration_s"]))
    else:
        note(f"{guide.word('again', lang)} ({town.account['duration_s']} s)")
    if runs:
        _show_addresses(town, lang)
    program = "mynumber" if shutil.which("mynumber") else sys.argv[0]
    heading, hints = guide.next_steps(town.processes.town, lang, runs=runs, kept=kept, program=program)
    note("\n" + heading)
    for hint in hints:
        note(f"  {hint.what}\n      {hint.shows}")


def _show_addresses(town: world.Demo, lang: Lang) -> None:
    for process in town.processes.listed():
        say(f"{process['name']:<11} {process['url']}")
    for each in town.processes.town.institutions:
        if each.office_url is not None:
            say(f"{each.name:<11} {each.office_url}  ({guide.word('officers', lang)})")
        if each.public_url is not None:
            say(f"{each.name:<11} {each.public_url}  ({guide.word('citizens', lang)})")


def _end_on_signal(status: int) -> None:
    """Let SIGTERM and Ctrl-C end the command in order: the town is stopped on the way out.

    Before the end of the story that is "not finished" (3); a served town that is asked to stop has done its work (0).
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(status)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
