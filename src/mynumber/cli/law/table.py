"""`mynumber law table`: rows of any table of the law data, chosen, counted, as text, CSV or JSON."""

import csv
import io
import sys
from collections.abc import Iterator, Sequence

import click

from mynumber.cli.law.speaking import both, in_language, lang_option
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.law.looking.rows import chosen, named, names
from mynumber.law.statute import InfoId, Law, LinkageLine, RoleId, current
from mynumber.law.tables import Cells
from mynumber.law.wire import relations_of, wire_procedure
from mynumber.plumbing.errors import WrongUse

_LINKAGES = "linkages"


@click.command(name="table")
@click.argument("name", required=False)
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Only rows in which a column holds this value.")
@click.option("--inquirer", metavar="ROLE", help="linkages: only lines in which this role asks.")
@click.option("--provider", metavar="ROLE", help="linkages: only lines in which this role answers.")
@click.option("--item", metavar="INFO_ID", help="linkages: only lines with this item.")
@click.option("--count", "counted", is_flag=True, help="Say only how many rows there are.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV with a header, as in law/.")
@lang_option
@json_option
def command(
    *,
    name: str | None,
    where: tuple[str, ...],
    inquirer: str | None,
    provider: str | None,
    item: str | None,
    counted: bool,
    as_csv: bool,
    lang: str,
    as_json: bool,
) -> None:
    """List rows of a table; without a name, the tables there are.

    Example: mynumber law table linkages --inquirer municipality --provider jps
    """
    with speaking(as_json=as_json):
        data = current()
        if name is None and (where or inquirer or provider or item or counted or as_csv):
            raise WrongUse("LAW_TABLE_NAME", "of which table?", hint="mynumber law table alone lists the tables")
        if name is None:
            _tell_names(data, as_json=as_json)
            return
        rows = chosen(named(data.tables, name), dict(_pair(one) for one in where))
        if inquirer or provider or item:
            rows = _of_the_linkage(data, name, rows, (inquirer, provider, item))
    if counted:
        print_json({"table": name, "count": len(rows)}) if as_json else say(str(len(rows)))
    elif as_csv:
        _tell_csv(rows)
    elif name == _LINKAGES:
        _tell_lines(data, rows, lang, as_json=as_json)
    elif as_json:
        print_json({"table": name, "rows": [dict(row) for row in rows]})
    else:
        _tell_rows(rows)


def _pair(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals:
        raise WrongUse("LAW_COLUMN", "`--where` is not COLUMN=VALUE", hint="for instance --where kind=class")
    return column, value


def _of_the_linkage(
    data: Law, name: str, rows: Sequence[Cells], wanted: tuple[str | None, str | None, str | None]
) -> list[Cells]:
    if name != _LINKAGES:
        raise WrongUse("LAW_COLUMN", "only linkages has inquirers, providers and items", hint="use --where")
    inquirer, provider, item = wanted
    for member, role in (("inquirer", inquirer), ("provider", provider)):
        data.known(member, role or "anyone", data.roles)
    if item:
        data.known("item", item, data.information)
    lines = {line.line for line in _lines(data) if _wanted(data, line, inquirer, provider, item)}
    return [row for row in rows if row["linkage_id"] in lines]


def _lines(data: Law) -> Iterator[LinkageLine]:
    return (line for lines in data.lines.values() for line in lines)


def _wanted(data: Law, line: LinkageLine, inquirer: str | None, provider: str | None, item: str | None) -> bool:
    asks = inquirer is None or data.fits(RoleId(inquirer), line.requesters)
    answers = provider is None or data.fits(RoleId(provider), line.providers)
    return asks and answers and (item is None or item in line.items)


def _tell_names(data: Law, *, as_json: bool) -> None:
    counts = {name: len(data.tables.cells(name)) for name in names(data.tables)}
    if as_json:
        print_json({"tables": counts})
    else:
        for name, count in counts.items():
            say(f"{name:20} {count:5}")


def _tell_rows(rows: Sequence[Cells]) -> None:
    for row in rows:
        first, *others = row.items()
        say(first[1])
        for column, cell in others:
            if cell:
                say(f"  {column}: {cell}")


def _tell_csv(rows: Sequence[Cells]) -> None:
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sys.stdout.write(text.getvalue())


def _tell_lines(data: Law, rows: Sequence[Cells], lang: str, *, as_json: bool) -> None:
    wanted = {row["linkage_id"] for row in rows}
    lines = [line for line in _lines(data) if line.line in wanted]
    if as_json:
        print_json({"table": _LINKAGES, "rows": [_line_members(data, line) for line in lines]})
        return
    for line in lines:
        say(f"{wire_procedure(line.row)}  {in_language(data.procedures[line.procedure], lang)}")
        say(f"  {', '.join(line.requesters)} -> {', '.join(line.providers)}")
        for info, relations in _items(data, line).items():
            say(f"  {info}: {', '.join(relations) or 'not normalised, read the source'}")


def _items(data: Law, line: LinkageLine) -> dict[InfoId, tuple[str, ...]]:
    repeated = [item for item in line.items if item not in line.not_in_detail]
    return {item: relations_of(line.row, item, data) for item in repeated}


def _line_members(data: Law, line: LinkageLine) -> dict[str, object]:
    return {
        "id": line.line,
        "procedure": wire_procedure(line.row),
        "name": both(data.procedures[line.procedure]),
        "inquirers": list(line.requesters),
        "providers": list(line.providers),
        "items": {item: list(relations) for item, relations in _items(data, line).items()},
        "reference": line.table_row,
    }
