"""The offices' own databases: references say nothing, queries give only what they should, amounts are unique."""

import csv
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from mynumber.law.compiling import compile_table
from mynumber.plumbing.errors import Conflict, NotFound, WrongUse
from mynumber.world.offices.business import write_business
from mynumber.world.offices.desk import LAST_YEAR, THIS_YEAR
from mynumber.world.offices.items import mapping, told
from mynumber.world.offices.known import OFFICES, Holdings, holdings
from mynumber.world.offices.tables import COLUMNS, tables
from mynumber.world.people.residents import TOWN_YEAR, Resident, generate
from mynumber.world.search.search import SHORTEST_ALONE
from mynumber.world.story.cast import MIN_CAST, Cast, cast

LAW = Path(__file__).parents[2] / "law"
COUNT, SEED = 200, 1
HIDDEN = {"name", "kana", "child_name", "birth", "sex", "address", "household", "child_ref", "canary"}
MONEY = {
    *("income_total", "deductions", "municipal_inhabitant_tax", "monthly_amount", "amount"),
    *("taxable_income", "income_tax", "refund_due"),
}
THREE = {"city-a", "city-b", "pension"}

Rows = list[dict[str, object]]


class Town:
    """The residents and the written databases of one town."""

    def __init__(self, folder: Path, count: int, seed: int) -> None:
        self.residents: tuple[Resident, ...] = generate(count, seed)
        self.holdings: Holdings = holdings(self.residents, seed)
        self.paths = {office: folder / f"{office}.db" for office in OFFICES}
        for office, path in self.paths.items():
            write_business(path, office, self.residents, seed)

    def cast(self) -> Cast:
        return cast(self.residents, self.holdings)

    def read(self, office: str, sql: str, **bound: object) -> Rows:
        """Run a query read-only, like a gateway does, with a condition that is missing bound as NULL."""
        with closing(sqlite3.connect(f"{self.paths[office].as_uri()}?mode=ro", uri=True)) as connection:
            cursor = connection.execute(sql, {"fiscal_year": None, "from": None, "to": None, **bound})
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def ask(self, office: str, item: str, person: Resident, **conditions: object) -> Rows:
        return self.read(office, mapping(office)[item], person=self.cast().ref(office, person), **conditions)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town"), COUNT, SEED)


def every_query() -> Iterator[tuple[str, str, str]]:
    for office in OFFICES:
        for item, sql in mapping(office).items():
            yield office, item, sql


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_the_same_seed_writes_the_same_databases_and_another_seed_others(town: Town, tmp_path: Path) -> None:
    for seed, same in ((SEED, True), (SEED + 1, False)):
        for office in OFFICES:
            again = tmp_path / f"{seed}-{office}.db"
            write_business(again, office, town.residents, seed)
            assert (dump(again) == dump(town.paths[office])) is same


def test_a_database_that_exists_is_never_written_over_and_only_its_owner_reads_it(town: Town) -> None:
    before = town.paths["city-a"].read_bytes()
    with pytest.raises(Conflict):
        write_business(town.paths["city-a"], "city-a", town.residents, SEED)
    assert town.paths["city-a"].read_bytes() == before
    assert {path.stat().st_mode & 0o777 for path in town.paths.values()} == {0o600}


def test_offices_hold_roles_of_the_law() -> None:
    with (LAW / "roles.csv").open(encoding="utf-8", newline="") as file:
        known = {row["role_id"] for row in csv.DictReader(file)}
    assert {role for office in OFFICES.values() for role in office.roles} <= known


def test_each_office_knows_some_persons_and_not_others(town: Town) -> None:
    for held in town.holdings.values():
        assert 0 < len(held) < COUNT
    pension = {holding.person for holding in town.holdings["pension"]}
    assert not any(town.residents[index].work in {"pupil", "public_servant"} for index in pension)
    assert not any(town.residents[h.person].work in {"pupil", "none"} for h in town.holdings["tax"])
    accounts = {town.residents[holding.person].relation for holding in town.holdings["accounts"]}
    assert accounts >= {"head", "spouse", "child"}
    movers = {person.index for person in town.residents if person.moved_from and person.city == "city-a"}
    both = {h.person for h in town.holdings["city-a"]} & {h.person for h in town.holdings["city-b"]}
    assert both == movers


def test_references_are_unique_and_follow_no_order(town: Town) -> None:
    shapes = {
        "city-a": r"a-\d{6}",
        "city-b": r"b\d{8}",
        "pension": r"p-\d{9}",
        "tax": r"t-\d{10}",
        "accounts": r"k\d{7}",
    }
    for office, held in town.holdings.items():
        refs = [holding.ref for holding in held]
        persons = [holding.person for holding in held]
        assert len(set(refs)) == len(refs)
        assert all(re.fullmatch(shapes[office], ref) for ref in refs)
        assert persons != sorted(persons)
        assert refs != sorted(refs)
        by_person = [holding.ref for holding in sorted(held, key=lambda holding: holding.person)]
        assert by_person != sorted(refs)


def test_the_references_of_two_offices_cannot_be_joined(town: Town) -> None:
    """All offices know the same persons here, so that any common dice would put them in the same order."""
    everybody = [replace(person, city="city-a", moved_from="city-b", work="employee") for person in town.residents]
    held = holdings(everybody, SEED)
    listed = {office: [holding.person for holding in known] for office, known in held.items()}
    sorted_by_ref = {
        office: [holding.person for holding in sorted(known, key=lambda holding: holding.ref)]
        for office, known in held.items()
    }
    for orders in (listed, sorted_by_ref):
        for one, other in combinations(orders.values(), 2):
            assert len(one) == len(other) == COUNT
            assert sum(a == b for a, b in zip(one, other, strict=True)) < COUNT // 20


def test_the_files_hold_exactly_the_declared_columns_in_strict_tables(town: Town) -> None:
    for office in OFFICES:
        strict = town.read(office, "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
        found = {row["name"]: row["strict"] for row in strict if not str(row["name"]).startswith("sqlite_")}
        assert found == {table.name: 1 for table in tables(office)}
        for table in tables(office):
            columns = town.read(office, f"SELECT name FROM pragma_table_info('{table.name}')")
            assert [row["name"] for row in columns] == list(table.columns)
            assert {"name", "canary"} <= set(table.columns) <= set(COLUMNS)
            assert town.read(office, f"SELECT ref FROM {table.name} LIMIT 1")


def test_every_row_carries_a_canary_of_its_own(town: Town) -> None:
    found: list[str] = []
    for office in OFFICES:
        for table in tables(office):
            canaries = [str(row["canary"]) for row in town.read(office, f"SELECT canary FROM {table.name}")]
            assert all(re.fullmatch(rf"CANARY-{office}-{table.name}-[0-9a-f]{{24}}", text) for text in canaries)
            found += canaries
    assert len(set(found)) == len(found)


def test_every_amount_occurs_once_in_the_town(tmp_path: Path) -> None:
    big = Town(tmp_path, 2000, SEED)
    amounts: Counter[object] = Counter()
    for office in OFFICES:
        for table in tables(office):
            for column in MONEY & set(table.columns):
                rows = big.read(office, f"SELECT {column} AS value FROM {table.name} WHERE {column} > 0")
                amounts.update(row["value"] for row in rows)
    assert len(amounts) > 2000
    assert set(amounts.values()) == {1}


def test_everything_that_is_answered_can_be_recognised(tmp_path: Path) -> None:
    """A certificate in every answered row, and no answered number of yen or account that could be there by chance."""
    big = Town(tmp_path, 2000, SEED)
    certificates: list[object] = []
    for office in OFFICES:
        for table, columns in told(office).items():
            assert "certificate" in columns
            rows = big.read(office, f"SELECT {', '.join(columns)} FROM {table}")
            certificates += [row["certificate"] for row in rows]
            numbers = [row[column] for row in rows for column in columns if column in {*MONEY, "account_number"}]
            assert all(value == 0 or len(str(value)) >= SHORTEST_ALONE for value in numbers)
    assert all(re.fullmatch("cert-[0-9a-f]{20}", str(each)) for each in certificates)
    assert len(set(certificates)) == len(certificates) > 5000


@pytest.mark.parametrize("office", OFFICES)
def test_what_is_told_is_what_the_queries_select(town: Town, office: str) -> None:
    selected: dict[str, set[str]] = {}
    for sql in mapping(office).values():
        table = sql.partition(" FROM ")[2].split()[0]
        names = {str(row["name"]) for row in town.read(office, f"SELECT name FROM pragma_table_info('{table}')")}
        with closing(sqlite3.connect(town.paths[office])) as connection:
            bound = {"person": "", "fiscal_year": None, "from": None, "to": None}
            found = {column[0] for column in connection.execute(sql, bound).description}
        assert found <= names
        selected.setdefault(table, set()).update(found)
    assert {table: set(columns) for table, columns in told(office).items()} == selected


def test_an_office_answers_what_the_law_lets_the_others_and_the_person_ask() -> None:
    """For each kind of information that an office answers at all: every relation of the town's law table, no other."""
    roles: dict[str, list[str]] = {"portal": ["portal"]}
    for each in OFFICES.values():
        for role in each.roles:
            roles.setdefault(role, []).append(each.id)
    table = compile_table(roles, on=date(TOWN_YEAR, 11, 26))
    allowed: dict[str, set[str]] = {office: set() for office in OFFICES}
    for row in table["rows"]:
        for office in table["roles"][row["to"]]:
            allowed[office] |= set(row["items"])
    for office in OFFICES:
        answered = set(mapping(office))
        own = {item.partition("/")[0] for item in answered}
        assert answered == {item for item in allowed[office] if item.partition("/")[0] in own}
    kinds = {office: {item.partition("/")[0] for item in mapping(office)} for office in OFFICES}
    cities = {"local_tax", "resident_record", "child_allowance", "public_assistance"}
    national = {"pension": {"pension"}, "tax": set(), "accounts": {"public_benefit_account"}}
    assert kinds == {"city-a": cities, "city-b": cities, **national}
    assert allowed["tax"] == set()


def test_queries_are_one_line_and_read_no_name_and_no_canary(town: Town) -> None:
    for office, _, sql in every_query():
        assert "\n" not in sql
        read: set[str] = set()
        actions: set[int] = set()

        def watch(action: int, _table: str | None, column: str | None, *_: str | None) -> int:
            actions.add(action)  # noqa: B023 (used within this turn of the loop)
            if action == sqlite3.SQLITE_READ and column:
                read.add(column)  # noqa: B023
            return sqlite3.SQLITE_OK

        with closing(sqlite3.connect(f"{town.paths[office].as_uri()}?mode=ro", uri=True)) as connection:
            connection.set_authorizer(watch)
            bound = {"person": "", "fiscal_year": None, "from": None, "to": None}
            names = {column[0] for column in connection.execute(sql, bound).description}
        assert names <= read
        assert not read & HIDDEN
        assert actions <= {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}


def test_a_child_and_a_household_member_are_told_otherwise_than_a_recipient() -> None:
    for info, relations in {
        "local_tax": ("recipient", "child", "household_member"),
        "resident_record": ("recipient", "child"),
    }.items():
        seen = [mapping("city-b")[f"{info}/{relation}"].split(" FROM ")[0] for relation in relations]
        assert len(set(seen)) == len(seen)


def test_accounts_differ_and_a_dead_person_has_none(town: Town) -> None:
    numbers = [row["account_number"] for row in town.read("accounts", "SELECT account_number FROM account")]
    assert len(set(numbers)) == len(numbers) > COUNT // 2
    dead = {town.cast().refs["accounts"].get(person.index) for person in town.residents if person.died_on} - {None}
    assert dead
    held = {row["ref"] for row in town.read("accounts", "SELECT ref FROM account")}
    known = {row["ref"] for row in town.read("accounts", "SELECT ref FROM registered")}
    assert dead <= known
    assert not dead & held


def test_who_died_last_year_draws_no_pension_and_owes_no_tax_this_year(town: Town) -> None:
    late = next(person for person in town.residents if person.died_on)
    pensions = town.ask("pension", "pension/recipient", late)
    assert {str(row["paid_to"]) <= late.died_on for row in pensions} == {True}
    assert not town.ask("city-a", "local_tax/recipient", late, fiscal_year=THIS_YEAR)
    (record,) = town.ask("city-a", "resident_record/recipient", late)
    assert record["status"] == "deceased"


@pytest.mark.parametrize("seed", range(1, 4))
def test_of_the_deceased_a_pension_is_held_until_the_day_of_death_and_none_behind_it(tmp_path: Path, seed: int) -> None:
    small = Town(tmp_path, MIN_CAST, seed)
    late = small.cast().deceased
    until = {"from": f"{LAST_YEAR}-01-01", "to": late.died_on}
    (row,) = small.ask("pension", "pension/recipient", late, **until)
    assert row["paid_to"] == late.died_on
    since = {"from": f"{THIS_YEAR}-01-01", "to": f"{THIS_YEAR}-12-31"}
    assert not small.ask("pension", "pension/recipient", late, **since)


def test_the_recipient_has_an_account_and_a_refund_due(town: Town) -> None:
    people = town.cast()
    assert len(town.ask("accounts", "public_benefit_account/applicant", people.recipient)) == 1
    (filed,) = town.read(
        "tax", "SELECT refund_due FROM national_tax WHERE ref = :person", person=people.ref("tax", people.recipient)
    )
    assert int(str(filed["refund_due"])) > 0


def test_the_recipient_and_the_child_were_taxed_by_city_b_last_year(town: Town) -> None:
    people = town.cast()
    parent = town.ask("city-b", "local_tax/recipient", people.recipient, fiscal_year=LAST_YEAR)
    child = town.ask("city-b", "local_tax/child", people.child, fiscal_year=LAST_YEAR)
    assert [list(row) for row in parent] == [["fiscal_year", "income_total", "municipal_inhabitant_tax", "certificate"]]
    assert [list(row) for row in child] == [["fiscal_year", "dependant", "income_total", "certificate"]]
    assert child[0]["dependant"] == "yes"
    assert parent[0]["income_total"] != child[0]["income_total"]
    assert town.ask("city-b", "local_tax/recipient", people.recipient) == parent
    assert not town.ask("city-b", "local_tax/recipient", people.recipient, fiscal_year=THIS_YEAR)
    assert town.ask("city-a", "local_tax/recipient", people.recipient, fiscal_year=THIS_YEAR)
    assert not town.ask("city-a", "local_tax/recipient", people.recipient, fiscal_year=LAST_YEAR)


def test_the_fiscal_year_selects_one_of_the_years_that_are_held(town: Town) -> None:
    stranger = town.cast().stranger
    both = town.ask("city-a", "local_tax/recipient", stranger)
    assert sorted(str(row["fiscal_year"]) for row in both) == [str(LAST_YEAR), str(THIS_YEAR)]
    one = town.ask("city-a", "local_tax/recipient", stranger, fiscal_year=LAST_YEAR)
    assert [row["fiscal_year"] for row in one] == [LAST_YEAR]


def test_city_b_says_that_the_family_left_and_city_a_that_it_lives_there(town: Town) -> None:
    people = town.cast()
    (left,) = town.ask("city-b", "resident_record/recipient", people.recipient)
    (here,) = town.ask("city-a", "resident_record/recipient", people.recipient)
    assert (left["status"], left["moved_out_on"]) == ("moved_out", people.recipient.moved_on)
    assert (here["status"], here["resident_since"]) == ("resident", people.recipient.moved_on)
    assert left["household_size"] == here["household_size"] == len(people.family)
    assert str(left["resident_since"]) < str(here["resident_since"])
    (child,) = town.ask("city-b", "resident_record/child", people.child)
    shown = {name: value for name, value in child.items() if name != "certificate"}
    assert shown == {"status": "moved_out", "relation_to_head": "child", "lives_with_parents": "yes"}


def test_the_recipient_draws_child_allowance_at_city_a_since_the_move(town: Town) -> None:
    people = town.cast()
    sql = "SELECT child_ref, paid_from, paid_to FROM child_allowance WHERE ref = :person"
    children = {town.residents[index].index for index in people.recipient.children}
    for office, ends in (("city-a", None), ("city-b", people.recipient.moved_on)):
        rows = town.read(office, sql, person=people.ref(office, people.recipient))
        assert {row["child_ref"] for row in rows} == {people.refs[office][child] for child in children}
        assert {row["paid_to"] for row in rows} == {ends}
        assert all(str(row["paid_from"]) < str(ends or "9999") for row in rows)


def test_the_recipient_has_one_running_pension_and_the_period_selects(town: Town) -> None:
    people = town.cast()
    rows = town.ask("pension", "pension/recipient", people.recipient)
    assert [list(row) for row in rows] == [["kind", "monthly_amount", "paid_from", "paid_to", "certificate"]]
    assert (rows[0]["kind"], rows[0]["paid_to"]) == ("survivor", None)
    period = {"from": f"{LAST_YEAR}-01-01", "to": f"{LAST_YEAR}-12-31"}
    assert town.ask("pension", "pension/recipient", people.recipient, **period) == rows
    assert not town.ask("pension", "pension/recipient", people.recipient, **{**period, "to": "2001-12-31"})
    elder = next(person for person in town.residents if person.work == "retired")
    both = town.ask("pension", "pension/recipient", elder)
    ended, running = sorted(both, key=lambda row: str(row["paid_from"]))
    assert town.ask("pension", "pension/recipient", elder, to=ended["paid_to"]) == [ended]
    assert town.ask("pension", "pension/recipient", elder, **{"from": running["paid_from"]}) == [running]


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("count", [MIN_CAST, 51, 73, 200])
def test_every_town_has_the_whole_cast(count: int, seed: int) -> None:
    residents = generate(count, seed)
    people = cast(residents, holdings(residents, seed))

    def known(person: Resident) -> set[str]:
        return {office for office in THREE if person.index in people.refs[office]}

    for person in (people.recipient, people.applicant, people.nothing_held, people.shielded):
        assert known(person) == THREE
        assert (person.city, person.moved_from) == ("city-a", "city-b")
    assert known(people.stranger) == {"city-a"}
    assert known(people.child) == {"city-a", "city-b"}
    assert people.child.parents == (people.recipient.index,)
    assert {people.recipient, people.child} <= set(people.family)
    characters = (people.recipient, people.child, people.applicant, people.stranger, people.nothing_held)
    assert len({*characters, people.shielded, people.deceased}) == 7
    assert known(people.deceased) == {"city-a", "pension"}
    assert people.deceased.died_on.startswith(str(LAST_YEAR))
    assert all(people.recipient.index in people.refs[office] for office in OFFICES)
    for pair, same in ((people.homonyms, False), (people.same_birth, True)):
        one, other = pair
        assert (one.name, one.kana) == (other.name, other.kana)
        assert (one.birth == other.birth) is same
        assert one.address != other.address
        assert "city-a" in known(one) & known(other)


def test_a_town_that_is_too_small_for_the_story_is_wrong_use() -> None:
    residents = generate(MIN_CAST - 1, 1)
    with pytest.raises(WrongUse):
        cast(residents, holdings(residents, 1))


def test_nothing_is_held_of_one_character_and_tax_rows_of_the_shielded_one(town: Town) -> None:
    people = town.cast()
    for item in ("local_tax/recipient", "local_tax/child", "local_tax/household_member"):
        assert not town.ask("city-b", item, people.nothing_held)
    assert not town.ask("pension", "pension/recipient", people.nothing_held)
    assert town.ask("city-b", "local_tax/recipient", people.shielded, fiscal_year=LAST_YEAR)


def test_no_office_has_a_reference_of_a_person_it_does_not_know(town: Town) -> None:
    people = town.cast()
    for office in ("city-b", "pension"):
        with pytest.raises(NotFound) as caught:
            people.ref(office, people.stranger)
        assert people.stranger.name not in str(caught.value)
