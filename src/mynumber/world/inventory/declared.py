"""What each store is declared to hold, read from the place where the columns themselves are declared.

Promises for every table its purpose and for every column its meaning and the line of law/number_equivalents.csv that
decides whether it counts as a My Number (Act art. 2(9)); both are empty where nobody said anything.

A room's tables are complete only when all its steps are imported, so its `app` stands beside its schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from sqlalchemy import MetaData

from mynumber.exchange.running.node import Schema
from mynumber.gateway import app as gateway_app
from mynumber.gateway import store as gateway
from mynumber.gateway.acquiring import vault
from mynumber.keeper import app as keeper_app
from mynumber.keeper import store as keeper
from mynumber.network import app as network_app
from mynumber.network import store as network
from mynumber.oversight import app as oversight_app
from mynumber.oversight import store as oversight
from mynumber.portal import app as portal_app
from mynumber.portal import store as portal
from mynumber.register import app as register_app
from mynumber.register import store as register
from mynumber.world.offices.known import OFFICES
from mynumber.world.offices.tables import COLUMNS, tables

EQUIVALENT = "equivalent"
_ROOMS: Mapping[str, tuple[ModuleType, Schema]] = {
    "register": (register_app, register.SCHEMA),
    "operator": (network_app, network.SCHEMA),
    "keeper": (keeper_app, keeper.SCHEMA),
    "gateway": (gateway_app, gateway.SCHEMA),
    "portal": (portal_app, portal.SCHEMA),
    "supervisor": (oversight_app, oversight.SCHEMA),
}

# Columns of an office's own database that stand for a person.
_REFERENCES = {"ref": "NE20", "child_ref": "NE20"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what its values mean, and the legal line that decides about it, empty for none."""

    meaning: str
    equivalent: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what it is for, and its columns by name."""

    purpose: str
    columns: Mapping[str, Column]


Tables = Mapping[str, Table]

# What SQLite itself keeps in a file. Samples of values (sqlite_stat4) are not among it: a store with them is refused.
INTERNAL: Tables = {
    "sqlite_schema": Table(
        "SQLite's own list of tables and indexes",
        {
            "type": Column("table or index"),
            "name": Column("name of it"),
            "tbl_name": Column("table that it belongs to"),
            "rootpage": Column("page at which it begins"),
            "sql": Column("statement that made it; it holds names and no values"),
        },
    ),
    "sqlite_sequence": Table(
        "SQLite's own counters of running numbers",
        {"name": Column("name of a table"), "seq": Column("last running number in it")},
    ),
    "sqlite_stat1": Table(
        "SQLite's own figures for planning queries",
        {
            "tbl": Column("name of a table"),
            "idx": Column("name of an index"),
            "stat": Column("how many rows it has, and how many of them are alike"),
        },
    ),
}
_VERSION: Tables = {
    "schema_version": Table(
        "which schema the store has, so that a program of another version refuses it",
        {"version": Column("version of the schema")},
    )
}


def main_store(role: str) -> Tables:
    """Return the tables of an institution's main store; none for a role without one."""
    return {**_of(_metadata(role)), **_VERSION}


def vault_store() -> Tables:
    """Return the tables of an office's vault."""
    return {**_of(vault.METADATA), **_VERSION}


def business_store(office: str) -> Tables:
    """Return the tables of an office's own database; none for an office that the town does not know."""
    if office not in OFFICES:
        return {}
    return {
        table.name: Table(
            table.purpose,
            {name: Column(COLUMNS[name][1], _REFERENCES.get(name, "")) for name in table.columns},
        )
        for table in tables(office)
    }


def _metadata(role: str) -> MetaData:
    return _ROOMS[role][1].metadata if role in _ROOMS else MetaData()


def _of(metadata: MetaData) -> Tables:
    return {
        table.name: Table(
            table.comment or "",
            {
                column.name: Column(column.comment or "", str(column.info.get(EQUIVALENT, "")))
                for column in table.columns
            },
        )
        for table in metadata.tables.values()
        if table.name not in _VERSION
    }
