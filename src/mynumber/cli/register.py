"""`mynumber register`: brings persons into the register, which gives each a number."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.plumbing import config, database, keyfiles
from mynumber.register import loading
from mynumber.register.config import RegisterConfig
from mynumber.register.loading import Loaded
from mynumber.register.store import SCHEMA, Seals

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def register() -> None:
    """Keep the register of persons."""


@register.command()
@click.argument("file", type=_FILE)
@click.option("--config", "path", type=_FILE, required=True, help="The register's config.toml.")
@click.option("--out", type=_FILE, help="Write the numbers, one a line in the order of FILE, readable by you alone.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@json_option
def load(file: Path, path: Path, out: Path | None, debug: bool, as_json: bool) -> None:
    """Give every person of FILE (JSON lines) a number; who has one keeps it.

    Run it again on the same FILE after an interruption: it goes on where it stopped.
    """
    with speaking(as_json=as_json, debug=debug):
        loaded = _load(file, path, out)
    if as_json:
        print_json({"persons": loaded.persons, "issued": loaded.issued})
    else:
        say(f"{loaded.persons} persons, {loaded.issued} numbers issued")


def _load(file: Path, path: Path, out: Path | None) -> Loaded:
    settings = config.load(path, RegisterConfig)
    seals = Seals.of(keyfiles.read_secret(path.parent / "keys" / "store.key"))
    store = database.Store(database.store_url(settings.store, path.parent), SCHEMA.metadata, SCHEMA.version)
    try:
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
            task = bar.add_task("persons", total=None)
            return loading.load(
                store, seals, file, out=out, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
    finally:
        store.close()
