"""`mynumber serve`: runs one institution until SIGTERM or Ctrl-C."""

import importlib
from pathlib import Path

import click

from mynumber.cli.output import speaking
from mynumber.plumbing import config

# Role -> the room that makes it (`setup.init`) and runs it (`app.serve`).
ROOMS = {
    "register": "register",
    "operator": "network",
    "keeper": "keeper",
    "gateway": "gateway",
    "portal": "portal",
    "supervisor": "oversight",
}


@click.command()
@click.argument("role", type=click.Choice(list(ROOMS)))
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, help="Its config.toml.")
@click.option("--debug", is_flag=True, help="Show a traceback on failure.")
def serve(*, role: str, path: Path, debug: bool) -> None:
    """Run an institution in the foreground; it stops in order on SIGTERM and Ctrl-C."""
    with speaking(as_json=False, debug=debug):
        config.require_role(path, role)
        importlib.import_module(f"mynumber.{ROOMS[role]}.app").serve(path)
