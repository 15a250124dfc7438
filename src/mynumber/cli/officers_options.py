"""What the officers' commands share: the option `--as`, and times as people in Japan read them."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

_JAPAN = timezone(timedelta(hours=9))

as_option = click.option(
    "--as", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder of the officer."
)


def when(seconds: int) -> str:
    """Return a time as people in Japan read it."""
    return datetime.fromtimestamp(seconds, _JAPAN).strftime("%Y-%m-%d %H:%M:%S")
