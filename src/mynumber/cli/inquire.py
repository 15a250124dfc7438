"""`mynumber inquire`: asks another office through the gateway, like a department's system.

A person may say whose data the entry is (`REF=recipient`). Without it the relation that the procedure's row allows is
taken if there is just one; else the item goes out bare, and the network decides.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import click

from mynumber.cli.inquiry import finish, lang_option
from mynumber.cli.officers_options import as_option
from mynumber.cli.output import json_option, speaking
from mynumber.exchange.context import Conditions
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient, segment
from mynumber.law.statute import InfoId
from mynumber.law.wire import relations_of, row_of
from mynumber.plumbing import bodies
from mynumber.plumbing.errors import BadInput, WrongUse

# A reference may hold `=`; what stands behind the last one is a relation only if it looks like one.
_PERSON = re.compile(r"(?P<ref>.+)=(?P<relations>[a-z_]+(,[a-z_]+)*)", re.DOTALL)


@click.command()
@as_option
@click.option("--case", required=True, metavar="ID", help="The open case in which you ask.")
@click.option("--provider", required=True, metavar="OFFICE", help="The office that is asked.")
@click.option("--person", "persons", required=True, multiple=True, metavar="REF[=RELATION,...]", help="About whom.")
@click.option("--item", "items", required=True, multiple=True, metavar="INFO_ID", help="What, such as local_tax.")
@click.option("--condition", type=click.File("rb"), help='JSON: {"fiscal_year": 2025} or {"from": DATE, "to": DATE}.')
@click.option("--undisclosed", default="", metavar="ARTICLE", help="Hide it from the person, where the row allows it.")
@lang_option
@json_option
def inquire(
    *,
    folder: Path,
    case: str,
    provider: str,
    persons: tuple[str, ...],
    items: tuple[str, ...],
    condition: IO[bytes] | None,
    undisclosed: str,
    lang: str,
    as_json: bool,
) -> None:
    """Ask another office: 0 answered, 1 refused, 3 pending.

    Example: mynumber inquire --as DIR/city-a/officers/hanako --case ID --provider pension --person A-12 --item pension
    """
    with speaking(as_json=as_json):
        conditions = _conditions(condition)
        client = OfficeClient.of(folder, lang)
        split = [_split(person) for person in persons]
        procedure = "" if all(relations for _, relations in split) else _procedure(client, case)
        entries = tuple(
            api.NewEntry(person=ref, items=_asked(items, relations, procedure), conditions=conditions)
            for ref, relations in split
        )
        body = api.NewInquiry(case=case, provider=provider, entries=entries, undisclosed=undisclosed)
        found = client.call("POST", "/inquiries", api.ShownInquiry, body)
    finish(found, folder, as_json=as_json)


def _conditions(file: IO[bytes] | None) -> Conditions:
    try:
        return Conditions() if file is None else bodies.read(file.read(), Conditions)
    except BadInput as problem:
        raise WrongUse(
            "BAD_CONDITION",
            f"the conditions are not as described: {problem.message}",
            hint="see `mynumber inquire --help`",
        ) from problem


def _split(person: str) -> tuple[str, tuple[str, ...]]:
    found = _PERSON.fullmatch(person)
    return (person, ()) if found is None else (found["ref"], tuple(found["relations"].split(",")))


def _procedure(client: OfficeClient, case: str) -> str:
    return client.call("GET", f"/cases/{segment(case)}", api.ShownCase).procedure


def _asked(items: Iterable[str], relations: tuple[str, ...], procedure: str) -> tuple[str, ...]:
    """Return the items of one entry, each once; an item that names its relation stays as it is."""
    asked = []
    for item in items:
        chosen = () if "/" in item else relations or _only_relation(procedure, item)
        asked += [f"{item}/{relation}" for relation in chosen] or [item]
    return tuple(dict.fromkeys(asked))


def _only_relation(procedure: str, item: str) -> tuple[str, ...]:
    row = row_of(procedure)
    found = () if row is None else relations_of(row, InfoId(item))
    return found if len(found) == 1 else ()
