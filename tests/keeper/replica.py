"""A portal of the vectors' network that holds a replica and nothing else, as a process of its own."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from mynumber.portal.replica import WITH_REPLICA
from tests.keeper import town
from tests.keeper.processes import Client
from tests.keeper.town import Institution

PROGRAM = """
import pathlib, sys
from mynumber.exchange.running import serving
from mynumber.plumbing import config
from mynumber.plumbing.config import NodeConfig
from mynumber.portal.replica import WITH_REPLICA, add_replica
path = pathlib.Path(sys.argv[1])
serving.serve(config.load(path, NodeConfig), path.parent, WITH_REPLICA, add_replica)
"""


def settled(folder: Path, operators: Mapping[str, int] | None = None) -> Institution:
    """Make the portal's folder inside another."""
    keys = {"sign.key": town.world().signing["portal"]}
    return town.settle(folder / "portal", WITH_REPLICA, party="portal", keys=keys, operators=operators)


@contextmanager
def serving(
    place: Institution, client: Client, *, faults: str = "", now: int = town.NOW
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the replica until the block ends; a process that a fault point ended is no error."""
    path = place.configure(role="portal", party="portal", faults=faults, now=now)
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stderr=subprocess.PIPE)
    try:
        client.wait_for("/health", place.port, process)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)


def held(place: Institution, table: str = "replica_rows") -> list[tuple[int, bytes, bytes]]:
    """Return (year, locator, sealed) of what lies in the replica, in the order in which it was stored."""
    with closing(sqlite3.connect(place.folder / "data.db")) as connection:
        query = f"SELECT year, locator, sealed FROM {table} ORDER BY rowid"
        return [tuple(row) for row in connection.execute(query)]
