"""Who may hold what is one list, checked from both sides."""

import pytest

from mynumber.world.wiretap import rights
from mynumber.world.wiretap.rights import ELSE, JOURNAL, PASSED, RIGHTS, Found

OFFICES = ("city-a", "pension")
NETWORK = ("operator", "supervisor")


def all_used() -> list[Found]:
    return [Found("x", right.role, right.place, kind, 1) for right in RIGHTS for kind in right.kinds]


def test_what_must_be_there_and_is_there_is_fine() -> None:
    assert rights.forbidden(all_used()) == ()
    assert rights.lacking(all_used(), {right.place for right in RIGHTS}) == ()


@pytest.mark.parametrize(
    ("role", "place", "kind"),
    [
        ("operator", PASSED, "number"),
        ("keeper", "data.db", "tag own"),
        ("register", "data.db", "number"),
        ("gateway", "gateway.db", "name"),
        ("gateway", "gateway.db", "ref other"),
        ("gateway", "business.db", "wrapped code own"),
        ("gateway", "vault.db", "number"),
        ("gateway", JOURNAL, "ref own"),
        ("wire", "wire", "name"),
        ("operator", PASSED, "told"),
        ("keeper", PASSED, "certificate other"),
        ("operator", "data.db", "amount other"),
        ("portal", "data.db", "amount other"),
        ("portal", JOURNAL, "told"),
        ("portal", PASSED, "number"),
        ("gateway", PASSED, "certificate own"),
        ("gateway", "gateway.db", "told"),
        ("gateway", JOURNAL, "amount other"),
    ],
)
def test_what_stands_in_no_line_is_forbidden(role: str, place: str, kind: str) -> None:
    found = Found("somebody", role, place, kind, 3)
    assert rights.forbidden([*all_used(), found]) == (found,)
    assert found.told == f"somebody: {kind} in {place} (3)"


@pytest.mark.parametrize("missing", all_used(), ids=lambda found: f"{found.role} {found.place} {found.kind}")
def test_what_is_not_found_where_it_must_be_is_lacking(missing: Found) -> None:
    places = {right.place for right in RIGHTS}
    told = rights.lacking([each for each in all_used() if each != missing], places)
    assert told == (f"{missing.role}: {missing.kind} in {missing.place}",)
    assert rights.lacking([each for each in all_used() if each != missing], places - {missing.place}) == ()


def test_who_runs_or_watches_the_network_may_hold_nothing_but_the_keepers_members() -> None:
    assert [right for right in RIGHTS if right.role in NETWORK] == []
    assert [(right.place, right.kinds) for right in RIGHTS if right.role == "keeper"] == [
        ("data.db", ("member other",))
    ]
    told = [(right.place, right.kinds) for right in RIGHTS if right.role == "portal"]
    assert told == [(PASSED, ("certificate other", "amount other", "told"))]
    assert [right for right in RIGHTS if right.place in (JOURNAL, "vault.db", "log", ELSE)] == []
    assert all(right.why for right in RIGHTS)


def test_a_kind_is_somebodys_own_or_anothers() -> None:
    assert rights.kind_for("wrapped code city-a", "city-a", OFFICES) == "wrapped code own"
    assert rights.kind_for("ref city-a", "pension", OFFICES) == "ref other"
    assert rights.kind_for("number", "pension", OFFICES) == "number"


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("data.db-wal", "data.db"),
        ("gateway.db: persons.blob", "gateway.db"),
        ("journal/serve.log", JOURNAL),
        ("journal/tap/1-2.tap: messages", PASSED),
        ("keys/store.key", ELSE),
        ("log/checkpoint", "log"),
    ],
)
def test_a_piece_has_a_place(where: str, place: str) -> None:
    assert rights.place_of(where) == place
