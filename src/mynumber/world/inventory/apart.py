"""Whether a common database exists (FAQ 5-2): who holds what about each person, and that no store has two owners.

Promises an answer from the stores themselves:

  1. No two owners' stores are the same file.
  2. No store holds a reference or a mark of another office.
  3. Of every person, the tables in which something stands, owner by owner.
  4. Stores with a row for everybody are named, with the reason why they are no common database.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mynumber.world.inventory import found, persons
from mynumber.world.inventory.found import Owner
from mynumber.world.inventory.listing import shown_path
from mynumber.world.inventory.persons import People, Person
from mynumber.world.inventory.words import Lang
from mynumber.world.search import haystack
from mynumber.world.search.search import Needle, Search


@dataclass(frozen=True, slots=True)
class Holders:
    """How many persons exactly these owners hold anything about."""

    owners: tuple[str, ...]
    persons: int


@dataclass(frozen=True, slots=True)
class Everybody:
    """A store that has a row for everybody, how many, and why it is no common database."""

    path: str
    rows: int
    why: str


@dataclass(frozen=True, slots=True)
class Apart:
    """What was found; `persons` is 0 where nobody says who the persons are."""

    found: bool
    two_owners: tuple[str, ...]
    persons: int
    holders: tuple[Holders, ...]
    people: tuple[Mapping[str, object], ...]
    everybody: tuple[Everybody, ...]


def look(folder: Path, owners: Sequence[Owner], lang: Lang) -> Apart:
    """Look through the stores of these owners."""
    people = persons.read(folder)
    shared = (*_same_files(folder, owners), *_foreign_marks(folder, owners, people))
    where, of = _where(folder, owners, people)
    held = Counter(tuple(sorted({of[path] for path in stores})) for stores in where.values())
    return Apart(
        found=bool(shared),
        two_owners=shared,
        persons=len(people.numbers),
        holders=tuple(Holders(names, count) for names, count in sorted(held.items(), key=lambda each: -each[1])),
        people=tuple(
            {"person": person, "stores": {path: sorted(tables) for path, tables in sorted(stores.items())}}
            for person, stores in sorted(where.items())
        ),
        everybody=tuple(_everybody(folder, owners, lang)),
    )


def _stores(owners: Iterable[Owner]) -> Iterator[tuple[Owner, Path]]:
    return ((owner, path) for owner in owners for path in owner.stores if path.is_file())


def _same_files(folder: Path, owners: Iterable[Owner]) -> Iterator[str]:
    """(1) A file has one owner, whatever names lead to it."""
    seen: dict[tuple[int, int], str] = {}
    for owner, path in _stores(owners):
        status = path.stat()
        other = seen.setdefault((status.st_dev, status.st_ino), owner.name)
        if other != owner.name:
            yield f"{shown_path(folder, path)}: the same file is a store of {other} and of {owner.name}"


def _foreign_marks(folder: Path, owners: Iterable[Owner], people: People) -> Iterator[str]:
    """(2) An office's references and canaries stand in its own stores only."""
    marks = [Needle(office, ref) for office, known in people.refs.items() for ref in known]
    marks += [canary for owner, path in _stores(owners) for canary in _canaries(owner, path)]
    marked_by: dict[str | bytes, set[str]] = defaultdict(set)
    for mark in marks:
        marked_by[mark.value].add(mark.kind)
    # A mark that two offices have is named for each of them.
    search = Search({Needle(",".join(sorted(marked_by[mark.value])), mark.value) for mark in marks})
    for owner, path in _stores(owners):
        hits = {hit.kind for piece in haystack.columns(path) for hit in search.scan(piece.data)}
        kinds = {kind for hit in hits for kind in hit.split(",")}
        yield from (f"{shown_path(folder, path)}: data of {kind}" for kind in sorted(kinds - {owner.name}))


def _canaries(owner: Owner, path: Path) -> Iterator[Needle]:
    with found.reading(path) as connection:
        for table in found.held(connection):
            if "canary" in table.columns:
                for (canary,) in connection.execute(f'SELECT canary FROM "{table.name}"'):  # noqa: S608
                    yield Needle(owner.name, str(canary))


def _where(
    folder: Path, owners: Iterable[Owner], people: People
) -> tuple[Mapping[Person, Mapping[str, set[str]]], Mapping[str, str]]:
    """(3) Return person -> store -> tables, and whose each store is."""
    where: dict[Person, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    of: dict[str, str] = {}
    for owner, path in _stores(owners):
        of[shown_path(folder, path)] = owner.name
        for person, table in persons.within(owner, path, people):
            where[person][shown_path(folder, path)].add(table)
    return where, of


# What has a row for everybody: role -> (table, why that is no common database).
_EVERYBODY: Mapping[str, tuple[str, Mapping[Lang, str]]] = {
    "register": (
        "residents",
        {
            "en": "number and basic data of everybody, under seal, as the Basic Resident Register Act says;"
            " of what any office knows about anybody it holds nothing, and no code",
            "ja": "全員の番号と4情報を住民基本台帳法により封緘して持つが、各機関の業務情報も符号も持たない",
        },
    ),
    "keeper": (
        "rows",
        {
            "en": "one sealed record an exchange, not a person: who asked whom for what. Only the person's tag finds"
            " and opens it, the tag is nowhere, and the answer was never here",
            "ja": "人ではなく情報連携ごとの封緘された記録。記録符号がなければ見つからず開かず、符号も回答もここにない",
        },
    ),
    "portal": (
        "replica_rows",
        {
            "en": "a copy of the keeper's sealed records. It cannot say whose a record is until the person signs in"
            " and brings the tag, which it forgets; it holds no office's data",
            "ja": "封緘された記録の写し。本人がログインして記録符号を示すまで誰のものか分からず、業務情報を持たない",
        },
    ),
}


def _everybody(folder: Path, owners: Iterable[Owner], lang: Lang) -> Iterator[Everybody]:
    """(4) Return what holds a row for everybody."""
    for owner, path in _stores(owners):
        table, why = _EVERYBODY.get(owner.role, ("", {}))
        with found.reading(path) as connection:
            rows = {each.name: each.rows for each in found.held(connection)}
        if table in rows:
            yield Everybody(shown_path(folder, path), rows[table], why[lang])
