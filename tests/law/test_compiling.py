"""The signed table and the rule say the same, and the table fits PROTOCOL.md section 5."""

import re
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given

from mynumber.law.compiling import CompiledTable, compile_table
from mynumber.law.deciding.linkage import rule
from mynumber.law.rulings import Allowed, Undecidable
from mynumber.law.statute import Law, current
from mynumber.plumbing.canonical import decode, encode
from mynumber.plumbing.errors import WrongUse
from tests.law.source import ON, PLAIN, PROCEDURES, ROLES, Asked, Row, changed, fits, fitting, question, table
from tests.law.test_linkage import askings, near_a_line
from tools.build_law import build_law

# One party for each role, so that a party stands for its role.
EVERYBODY = {role: [f"party-{number}"] for number, role in enumerate(ROLES)}
TOWN = {
    "municipality": ["city-a", "city-b"],
    "welfare_office": ["city-a", "city-b"],
    "jps": ["pension"],
    "nta": ["tax"],
    "pm_digital": ["accounts"],
    "portal": ["portal"],
}


class Operator:
    """Looks a request up as check R7 says: one row with both parties, the procedure and all items."""

    def __init__(self, compiled: CompiledTable) -> None:
        self.items: defaultdict[tuple[str, str, str, str], list[set[str]]] = defaultdict(list)
        for row in compiled["rows"]:
            for source in compiled["roles"][row["from"]]:
                for target in compiled["roles"][row["to"]]:
                    self.items[row["kind"], source, target, row["procedure"]].append(set(row["items"]))

    def allows(self, kind: str, source: str, target: str, procedure: str, *items: str) -> bool:
        return any(set(items) <= held for held in self.items[kind, source, target, procedure])


OPERATOR = Operator(compile_table(EVERYBODY, on=ON))


def in_the_table(asked: Asked) -> bool:
    source, target = EVERYBODY[asked.requester][0], EVERYBODY[asked.provider][0]
    return OPERATOR.allows("exchange", source, target, f"link-{asked.row}", f"{asked.item}/{asked.relation}")


@given((askings | near_a_line()).filter(lambda asked: asked.relation is not None))
def test_a_lookup_says_what_the_rule_says(asked: Asked) -> None:
    assert in_the_table(asked) == isinstance(rule(question(asked), current()), Allowed)


@pytest.mark.parametrize("row", ["107", "70", "87", "91"])
def test_all_questions_around_a_row(row: str) -> None:
    asked_with_relation = [asked for asked in PLAIN.around(row) if asked.relation]
    for asked in asked_with_relation:
        assert in_the_table(asked) == isinstance(rule(question(asked), current()), Allowed), asked
    assert asked_with_relation


def test_the_table_has_exactly_the_points_of_the_law() -> None:
    role_of = {parties[0]: role for role, parties in EVERYBODY.items()}
    in_table = {
        Asked(role_of[source], role_of[target], procedure.removeprefix("link-"), *one.split("/"))
        for (_, source, target, procedure), rows in OPERATOR.items.items()
        for row in rows
        for one in row
    }
    in_law = {
        Asked(requester, provider, line["row_no"], item, relation)
        for line in table("linkages")
        for requester in fitting(line["requester_role"])
        for provider in fitting(line["provider_role"])
        for item in line["info_ids"].split(";")
        for relation in PLAIN.relations(line["row_no"], item)
    }
    assert in_table <= in_law
    assert in_table == {asked for asked in in_law if isinstance(rule(question(asked), current()), Allowed)}
    assert len(in_table) > 3000


def test_an_undecidable_item_is_left_out() -> None:
    asked = Asked("municipality", "jps", "87", "pension", "person_concerned")
    assert isinstance(rule(question(asked), current()), Undecidable)
    assert not in_the_table(asked)


def test_what_no_detail_article_repeats_is_left_out(tmp_path: Path) -> None:
    def unrepeated(rows: list[Row]) -> list[Row]:
        return [row | {"info_ids_not_in_detail": "pension"} if row["linkage_id"] == "L107-2" else row for row in rows]

    assert build_law(changed(tmp_path / "law", "linkages", unrepeated), tmp_path / "data").errors == []
    rows = compile_table(TOWN, on=ON, law=Law.load(tmp_path / "data"))["rows"]
    assert not [row for row in rows if row["procedure"] == "link-107"]


def test_an_exchange_says_whose_data_it_asks() -> None:
    compiled = compile_table(TOWN, on=ON)
    assert all(("/" in item) == (row["kind"] == "exchange") for row in compiled["rows"] for item in row["items"])
    town = Operator(compiled)
    assert town.allows("exchange", "city-a", "pension", "link-107", "pension/recipient")
    assert not town.allows("exchange", "city-a", "pension", "link-107", "pension")
    assert not town.allows("exchange", "city-a", "pension", "link-107", "pension/child")
    assert not town.allows("exchange", "city-a", "pension", "link-106", "pension/recipient")


def test_the_portal_gets_what_each_provider_gives() -> None:
    compiled = compile_table(TOWN, on=ON)
    rows = [row for row in compiled["rows"] if row["kind"] == "self"]
    assert {row["from"] for row in rows} == {"portal"}
    assert {row["procedure"] for row in rows} == {"self-information"}
    for row in rows:
        role = row["to"].replace("-", "_")
        lines = [line for line in table("linkages") if fits(role, line["provider_role"])]
        assert set(row["items"]) == {item for line in lines for item in line["info_ids"].split(";")}
    assert len(rows) == len({row["to"] for row in rows}) == 4
    assert not [row for row in compile_table(EVERYBODY, on=ON)["rows"] if row["kind"] == "self"]


def test_only_roles_with_members_have_rows() -> None:
    compiled = compile_table({"municipality": ["city-a"], "jps": ["pension"], "isa": []}, on=ON)
    assert set(compiled["roles"]) == {"municipality", "jps"}
    assert {role for row in compiled["rows"] for role in (row["from"], row["to"])} == {"municipality", "jps"}
    assert compile_table({}, on=ON) == {"roles": {}, "rows": []}


def test_before_the_data_begin_the_table_is_empty() -> None:
    assert compile_table(TOWN, on=date(2026, 6, 13)) == {"roles": {}, "rows": []}
    assert compile_table(TOWN, on=date(2026, 6, 14))["rows"]


def test_a_row_may_carry_the_article_that_hides_its_records() -> None:
    hide = {"link-107": "425AC0000000027 Art.23(2)"}
    rows = compile_table(TOWN, on=ON, hide=hide)["rows"]
    assert {row["hide"] for row in rows if row["procedure"] == "link-107"} == {"425AC0000000027 Art.23(2)"}
    assert {row["hide"] for row in rows if row["procedure"] != "link-107"} == {""}


@pytest.mark.parametrize(
    ("members", "hide"),
    [
        ({"mayor": ["city-a"]}, {}),
        ({"municipality": ["city-a", "city-a"]}, {}),
        ({"municipality": ["City A"]}, {}),
        (TOWN, {"link-999": "Art.23(2)"}),
        (TOWN, {"link-107": ""}),
        (TOWN, {"link-107": "第23条"}),
        (TOWN, {"link-107": 'Art."23"'}),
    ],
)
def test_what_cannot_be_written_is_wrong_use(members: dict[str, list[str]], hide: dict[str, str]) -> None:
    with pytest.raises(WrongUse):
        compile_table(members, on=ON, hide=hide)


def test_the_table_of_everybody_can_be_signed() -> None:
    compiled = compile_table(EVERYBODY | {"portal": ["portal"]}, on=ON)
    assert decode(encode(compiled)) == compiled
    for role, parties in compiled["roles"].items():
        assert re.fullmatch(r"[a-z0-9-]{1,32}", role)
        assert len(set(parties)) == len(parties)
    for row in compiled["rows"]:
        assert {row["from"], row["to"]} <= set(compiled["roles"])
        assert 1 <= len(row["items"]) == len(set(row["items"])) <= 256
        assert all(re.fullmatch(r"[ !#-\[\]-~]{1,128}", text) for text in (*row["items"], row["procedure"]))
        assert row["procedure"] == "self-information" or row["procedure"].removeprefix("link-") in PROCEDURES


def test_no_two_roles_have_one_name_in_signed_tables() -> None:
    assert len({role.replace("_", "-") for role in ROLES}) == len(ROLES)
    assert "portal" not in ROLES


def test_fewer_roles_never_allow_more() -> None:
    whole = compile_table(TOWN, on=ON)["rows"]
    for role in TOWN:
        rows = compile_table({other: TOWN[other] for other in TOWN if other != role}, on=ON)["rows"]
        assert rows == [row for row in whole if role.replace("_", "-") not in (row["from"], row["to"])]


def test_the_order_of_the_roles_changes_nothing() -> None:
    assert encode(compile_table(TOWN, on=ON)) == encode(compile_table(dict(reversed(TOWN.items())), on=ON))
