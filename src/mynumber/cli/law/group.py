"""The group `mynumber law`: which commands there are; each is imported only when it is called."""

import importlib

import click

# One line a command: name -> one-line help; the module has the same name.
_COMMANDS = {
    "ask": "Decide one question; at a terminal you are asked for it.",
    "cases": "Run the test sentences of each FILE.",
    "compare": "Show the general privacy law and this one side by side.",
    "deadlines": "Tell the last days of the reports of a leak.",
    "explain": "Tell everything that the law data hold about an article.",
    "penalties": "List the offences with their maxima and elements.",
    "table": "List rows of a table of the law data.",
}


class _Law(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"mynumber.cli.law.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_Law)
def law() -> None:
    """Ask what the law allows."""
