"""Law tables: the vectors, what fits a row and what does not, and which table counts at the edges of O4's window."""

import dataclasses

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.law_table import Body, LawTable, LawTables, Question, Row, load_law, sign_law
from mynumber.codes.wire import B32
from mynumber.plumbing import canonical
from tests.codes import vectors
from tests.codes.ceremony import Town
from tests.codes.vectors import Call, LoadLaw

TOWN = Town.of()
SUPERVISOR = TOWN.first().signer("supervisor")
SECRET = ("supervisor", TOWN.supervisor.sign)
NEGATIVE = vectors.calls(vectors.file().negative, "load_law", LoadLaw)

ROLES = {"municipality": ("ward", "town"), "body": ("pension",), "portals": ("portal",)}
ROWS = (
    Row(kind="exchange", from_="municipality", to="body", procedure="link-1", items=("a", "b"), hide="art-1"),
    Row(kind="exchange", from_="municipality", to="body", procedure="link-1", items=("c",), hide=""),
    Row(kind="self", from_="portals", to="body", procedure="own", items=("a",), hide=""),
)
GOOD = Question("exchange", "ward", "pension", "link-1", ("a",))


def body(**members: object) -> Body:
    return msgspec.structs.replace(Body(v=1, network="test", from_=0, roles=ROLES, rows=ROWS), **members)


def table(begins: int = 0) -> LawTable:
    return load_law(sign_law(body(from_=begins), SECRET), "test", SUPERVISOR)


TABLE = table()


@pytest.mark.parametrize("index", range(len(vectors.file().worlds)))
def test_the_tables_of_a_world_have_their_hashes(index: int) -> None:
    world = vectors.file().worlds[index]
    supervisor = vectors.directory(index).signer("supervisor")
    hashes = [load_law(law, world.network, supervisor).hash for law in world.laws]
    assert hashes == world.law_hashes


@pytest.mark.parametrize(("call", "args"), NEGATIVE, ids=vectors.names(NEGATIVE))
def test_a_lie_is_named(call: Call, args: LoadLaw) -> None:
    world = vectors.file().worlds[0]
    with pytest.raises(ProtocolError) as refused:
        load_law(args.law, world.network, vectors.directory(0).signer("supervisor"))
    assert refused.value.code == call.error


def changed(**members: object) -> Question:
    return dataclasses.replace(GOOD, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "question",
    [
        GOOD,
        changed(items=("a", "b")),
        changed(items=("c",)),
        changed(from_="town"),
        changed(undisclosed="art-1"),
        Question("self", "portal", "pension", "own", ("a",)),
        Question("enrol", to="ward"),
        Question("enrol", to="pension"),
        Question("read", "portal"),
    ],
    ids=str,
)
def test_what_a_row_allows(question: Question) -> None:
    TABLE.check(question)


@pytest.mark.parametrize(
    "question",
    [
        changed(kind="self"),
        changed(from_="pension"),
        changed(from_="pension", to="ward"),
        changed(to="portal"),
        changed(procedure="link-2"),
        changed(items=("a", "c")),
        changed(items=("d",)),
        changed(undisclosed="art-2"),
        changed(items=("c",), undisclosed="art-1"),
        Question("self", "ward", "pension", "own", ("a",)),
        Question("enrol", to="stranger"),
    ],
    ids=str,
)
def test_what_no_row_allows_is_refused_with_the_procedure(question: Question) -> None:
    with pytest.raises(ProtocolError) as refused:
        TABLE.check(question)
    assert refused.value.code == "LAW_REFUSED"
    assert refused.value.row == (question.procedure or None)


def test_a_role_without_a_row_gives_no_code() -> None:
    roles = {**ROLES, "idle": ("idler",)}
    idle = load_law(sign_law(body(roles=roles), SECRET), "test", SUPERVISOR)
    with pytest.raises(ProtocolError):
        idle.check(Question("enrol", to="idler"))


@pytest.mark.parametrize(
    "members",
    [
        {"rows": (msgspec.structs.replace(ROWS[0], items=()),)},
        {"rows": (msgspec.structs.replace(ROWS[0], items=("a", "a")),)},
        {"rows": (msgspec.structs.replace(ROWS[0], items=tuple(f"i{i}" for i in range(257))),)},
        {"rows": (msgspec.structs.replace(ROWS[0], procedure=""),)},
        {"rows": (msgspec.structs.replace(ROWS[0], procedure="x" * 129),)},
        {"rows": (msgspec.structs.replace(ROWS[0], procedure='a"b'),)},
        {"rows": (msgspec.structs.replace(ROWS[0], procedure="a\\b"),)},
        {"rows": (msgspec.structs.replace(ROWS[0], procedure="a\nb"),)},
        {"rows": (msgspec.structs.replace(ROWS[0], hide="法"),)},
        {"rows": (msgspec.structs.replace(ROWS[0], kind="read"),)},
        {"rows": (msgspec.structs.replace(ROWS[0], to="nobody"),)},
        {"roles": {**ROLES, "Big": ("ward",)}},
        {"roles": {**ROLES, "body": ("pension", "pension")}},
        {"from_": 2**53},
        {"v": True},
    ],
    ids=str,
)
def test_members_have_their_types_and_limits(members: dict[str, object]) -> None:
    with pytest.raises(ProtocolError) as refused:
        load_law(sign_law(body(**members), SECRET), "test", SUPERVISOR)
    assert refused.value.code == "BAD_ENCODING"


def test_the_limits_themselves_are_allowed() -> None:
    row = msgspec.structs.replace(ROWS[0], procedure="x" * 128, items=tuple(f"i{i}" for i in range(256)))
    assert load_law(sign_law(body(rows=(row,)), SECRET), "test", SUPERVISOR).body.rows == (row,)


def test_a_table_is_made_of_the_bytes_that_travel() -> None:
    jws = sign_law(body(), SECRET)
    assert load_law(canonical.decode(canonical.encode(jws)), "test", SUPERVISOR).jws == jws
    assert wire.read(wire.plain(TABLE.body), Body) == TABLE.body


OLD, NEW, LATER = table(1000), table(2000), table(3000)
TABLES = LawTables.of([LATER, OLD, NEW])


@pytest.mark.parametrize(("now", "expected"), [(1000, OLD), (1999, OLD), (2000, NEW), (2999, NEW), (10**9, LATER)])
def test_the_newest_that_has_begun_is_in_force(now: int, expected: LawTable) -> None:
    assert TABLES.in_force(now) is expected


def test_without_a_table_in_force_everything_is_refused() -> None:
    for tables in (TABLES, LawTables.of([])):
        with pytest.raises(ProtocolError) as refused:
            tables.in_force(999)
        assert refused.value.code == "LAW_REFUSED"


@pytest.mark.parametrize(
    ("now", "named"),
    [(1879, False), (1880, True), (2000, True), (3119, True), (3120, False)],
)
def test_a_named_table_is_in_force_within_two_minutes(now: int, *, named: bool) -> None:
    if named:
        assert TABLES.named(NEW.hash, now) is NEW
    else:
        with pytest.raises(ProtocolError) as refused:
            TABLES.named(NEW.hash, now)
        assert refused.value.code == "LAW_REFUSED"


def test_without_any_table_a_named_one_is_refused() -> None:
    with pytest.raises(ProtocolError, match="LAW_REFUSED"):
        LawTables.of(()).named(bytes(32), 0)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(ProtocolError):
        TABLES.named(bytes(32), 2000)


def test_of_two_with_one_beginning_the_later_replaces_the_other() -> None:
    twin = load_law(sign_law(body(from_=2000, rows=ROWS[:1]), SECRET), "test", SUPERVISOR)
    tables = LawTables.of([OLD, NEW, twin])
    assert tables.in_force(2000) is twin
    with pytest.raises(ProtocolError):
        tables.named(NEW.hash, 2000)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6, unique=True), st.integers(0, 1000))
def test_naming_is_being_in_force_at_some_second_of_the_window(begins: list[int], now: int) -> None:
    tables = LawTables.of([stamped(begin) for begin in begins])
    window = range(max(now - 120, min(begins)), now + 121)
    expected = {tables.in_force(at).hash for at in window}
    for one in tables.tables:
        try:
            found = tables.named(one.hash, now) is one
        except ProtocolError:
            found = False
        assert found == (one.hash in expected)


def stamped(begin: int) -> LawTable:
    """Return an unsigned table that differs by its beginning alone; signatures are not what is tested."""
    return dataclasses.replace(TABLE, hash=bytes(B32(begin.to_bytes(32, "big"))), body=body(from_=begin))
