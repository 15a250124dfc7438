"""What the officers' commands share: the option `--as`, and times as people in Japan read them."""

from pathlib import Path

import click

from mynumber.plumbing.clock import in_japan

as_option = click.option(
    "--as", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder of the officer."
)


def when(seconds: int) -> str:
    """Return a time as people in Japan read it."""
    return in_japan(seconds).strftime("%Y-%m-%d %H:%M:%S")
