"""The command `mynumber` and its groups; a group is imported only when it is called, so a light install stays light."""

import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from typing import NoReturn

import click

from mynumber.cli.output import note, speaking, tell_wrong_use, while_read

# One line a group: name -> (module, attribute, one-line help).
_GROUPS = {
    "acquire": ("mynumber.cli.acquire", "acquire", "Get the office's codes for its persons."),
    "bench": ("mynumber.cli.bench", "bench", "Measure speeds against what they cannot beat."),
    "card": ("mynumber.cli.card", "card", "A citizen's card: make, inspect, sign in."),
    "case": ("mynumber.cli.case", "case", "Open, list and close an officer's cases."),
    "ceremony": ("mynumber.cli.ceremony", "ceremony", "Begin or change a network: certificates, directory."),
    "codes": ("mynumber.cli.codes", "codes", "Agency codes: run test vectors."),
    "demo": ("mynumber.cli.demo", "demo", "Start the model town and play its story."),
    "drill": ("mynumber.cli.drill", "drill", "Attack our own stores and wires."),
    "history": ("mynumber.cli.history", "history", "Who asked about the holder of a card."),
    "init": ("mynumber.cli.init", "init", "Make the folder of a new institution."),
    "inquire": ("mynumber.cli.inquire", "inquire", "Ask another office."),
    "inquiry": ("mynumber.cli.inquiry", "inquiry", "Fetch what came of an inquiry."),
    "inventory": ("mynumber.cli.inventory", "inventory", "What every store holds, column by column."),
    "join": ("mynumber.cli.join", "join", "Enter a running network, change keys, check the way."),
    "law": ("mynumber.cli.law.group", "law", "Ask what the law allows."),
    "looks": ("mynumber.cli.looks", "looks", "Who looked at what at an office."),
    "number": ("mynumber.cli.number", "number", "Check My Numbers."),
    "officer": ("mynumber.cli.officer", "officer", "Add and remove officers of an office."),
    "oversight": ("mynumber.cli.oversight", "oversight", "The supervisor: block, unblock, hidden records, report."),
    "person": ("mynumber.cli.person", "person", "Withhold a threatened person, and end it."),
    "register": ("mynumber.cli.register", "register", "Bring persons into the register."),
    "rights": ("mynumber.cli.rights", "rights", "Grant and revoke what officers may do."),
    "scan": ("mynumber.cli.scan", "scan", "Find My Numbers in files."),
    "serve": ("mynumber.cli.serve", "serve", "Run an institution."),
}

# As if the accelerator were not installed, for comparing both kernels of the group; a town's processes inherit it.
if os.environ.get("MYNUMBER_GROUP") == "libsodium":
    sys.modules["mynumber_ristretto"] = None  # type: ignore[assignment]  # what Python takes for "no such module"

# Doors of docs/spec/doors.md whose rooms are not built yet; they say so instead of looking like a typing error.
_LATER = frozenset(["log", "misuse"])


class _LazyGroups(click.Group):
    def main(  # type: ignore[override]  # click overloads by whether it ends the process; it always does here
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **options: object
    ) -> NoReturn:
        """Run, and say wrong use in the form that the caller asked for: click alone would not know `--json`."""
        given = list(sys.argv[1:] if args is None else args)
        with while_read():
            try:
                ended = super().main(given, prog_name, **{**options, "standalone_mode": False})  # type: ignore[call-overload]
            except click.Abort:
                note("stopped")
                sys.exit(1)
            except click.ClickException as problem:
                tell_wrong_use(problem, as_json="--json" in given)
                sys.exit(problem.exit_code)
            sys.exit(ended if isinstance(ended, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name in _LATER:
            raise click.UsageError(f"`mynumber {cmd_name}` is not here yet")
        if cmd_name not in _GROUPS:
            return None
        module, attribute, _ = _GROUPS[cmd_name]
        with speaking(as_json="--json" in sys.argv):
            command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, _GROUPS[name][2]) for name in sorted(_GROUPS)])


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Say the version and, where institutions can run, what computes the group."""
    if not wanted:
        return
    click.echo(f"open-mynumber {metadata.version('open-mynumber')}")
    # The light base has no group.
    with speaking(as_json=False), suppress(ModuleNotFoundError):
        click.echo(f"ristretto255: {importlib.import_module('mynumber.codes.group').IN_USE}")
    ctx.exit()


@click.command(cls=_LazyGroups, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
def main() -> None:
    """Offices work on the same person without sharing a number, a database or trust in the middle.

    Example: mynumber demo
    """
