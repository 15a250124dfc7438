"""The desk's rules: who may do what, what stays out of reach, and that every look is a row of its step."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, insert, select

from mynumber.gateway.config import GatewayConfig
from mynumber.gateway.desk import acts
from mynumber.gateway.desk import cases as desk
from mynumber.gateway.desk.acts import Act
from mynumber.gateway.desk.cases import Cases, Look
from mynumber.gateway.store import ACQUISITIONS, CASES, LOOKS, PERSONS, RIGHTS, SCHEMA, SHIELDS
from mynumber.plumbing import database, sealing
from mynumber.plumbing.errors import Conflict, MyNumberError, NotFound, OwnFault, Refused

SETTINGS = msgspec.convert(
    {
        "role": "gateway",
        "id": "city-a",
        "organisation": "city-a",
        "network": "demo",
        "peer": {"port": 1, "url": "https://127.0.0.1:1"},
        "office": {"port": 2, "url": "https://127.0.0.1:2"},
        "name": "City A",
        "departments": {"link-107": "Child Support"},
    },
    GatewayConfig,
)
CASE_BOOK = Cases(SETTINGS, sealing.column(bytes(32), "cases", "reason"))
ADMIN, HANAKO, JIRO = Act("admin", 10), Act("hanako", 20), Act("jiro", 30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[database.Store]:
    """A new office's store with two officers; hanako may work on link-107."""
    url = database.store_url("gateway.db", tmp_path)
    database.create(url, SCHEMA.metadata, SCHEMA.version)
    opened = database.Store(url, SCHEMA.metadata, SCHEMA.version)

    def begin(connection: Connection) -> None:
        desk.found_office(connection, 1)
        desk.add_officer(connection, Act("admin", 2), "hanako", "")
        desk.add_officer(connection, Act("admin", 3), "jiro", "Housing")
        desk.grant(connection, ADMIN, "hanako", "link-107")

    opened.write_now(begin)
    yield opened
    opened.close()


@pytest.fixture
def connection(store: database.Store) -> Iterator[Connection]:
    """One writing transaction."""
    with store.writing() as opened:
        yield opened


def open_case(connection: Connection, *persons: str) -> desk.Case:
    case = CASE_BOOK.open(connection, HANAKO, "link-107", persons or ("r1",), "claim 5")
    return CASE_BOOK.find(connection, case)


def code_of(caught: pytest.ExceptionInfo[MyNumberError]) -> tuple[str, int]:
    return caught.value.code, caught.value.http_status


def whats(connection: Connection) -> list[tuple[str, str]]:
    return [(row.officer, row.what) for row in connection.execute(select(LOOKS).order_by(LOOKS.c.id))]


def test_an_office_is_founded_once(connection: Connection) -> None:
    desk.found_office(connection, 99)
    desk.check_officer(connection, "admin")


def test_a_name_is_given_once(connection: Connection) -> None:
    for name in ("hanako", "admin"):
        with pytest.raises(Conflict) as caught:
            desk.add_officer(connection, ADMIN, name, "")
        assert code_of(caught) == ("OFFICER_EXISTS", 409)


def test_nobody_is_an_officer_unless_added(connection: Connection) -> None:
    with pytest.raises(Refused) as caught:
        desk.check_officer(connection, "ghost")
    assert code_of(caught) == ("NO_RIGHT", 403)


def test_a_right_is_for_one_procedure_and_one_officer(connection: Connection) -> None:
    desk.check_right(connection, "hanako", "link-107")
    for officer, procedure in (("hanako", "link-106"), ("jiro", "link-107"), ("hanako", "acquisition")):
        with pytest.raises(Refused) as caught:
            desk.check_right(connection, officer, procedure)
        assert code_of(caught) == ("NO_RIGHT", 403)


def test_a_right_that_was_granted_twice_is_gone_when_revoked_once(connection: Connection) -> None:
    desk.grant(connection, ADMIN, "hanako", "link-107")
    assert [right["granted_by"] for right in desk.rights(connection, "hanako")] == ["admin"]
    desk.revoke(connection, ADMIN, "hanako", "link-107")
    with pytest.raises(Refused):
        desk.check_right(connection, "hanako", "link-107")
    with pytest.raises(NotFound) as caught:
        desk.revoke(connection, ADMIN, "hanako", "link-107")
    assert code_of(caught) == ("UNKNOWN_RIGHT", 404)


def test_rights_are_granted_to_officers_only(connection: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        desk.grant(connection, ADMIN, "ghost", "link-107")
    assert code_of(caught) == ("UNKNOWN_OFFICER", 404)


def test_who_grants_rights_holds_none(connection: Connection) -> None:
    for act, officer in ((ADMIN, "admin"), (JIRO, "jiro"), (JIRO, "admin")):
        with pytest.raises(Conflict) as caught:
            desk.grant(connection, act, officer, "link-107")
        assert code_of(caught) == ("NO_RIGHT", 409)


def test_a_right_of_admin_that_somebody_wrote_into_the_store_opens_nothing(connection: Connection) -> None:
    row = {"officer": "admin", "procedure": "link-107", "granted_by": "jiro", "at": 1}
    connection.execute(insert(RIGHTS).values(row))
    with pytest.raises(Refused) as caught:
        CASE_BOOK.open(connection, ADMIN, "link-107", ("r1",), "claim 5")
    assert code_of(caught) == ("NO_RIGHT", 403)


def test_only_admin_is_admin() -> None:
    desk.check_admin("admin")
    with pytest.raises(Refused) as caught:
        desk.check_admin("hanako")
    assert code_of(caught) == ("NO_RIGHT", 403)


def test_a_case_is_opened_with_a_right_and_as_it_was_told(connection: Connection) -> None:
    case = open_case(connection, "r2", "r1")
    assert (case.procedure, case.reason, case.opened_by, case.persons) == (
        "link-107",
        "claim 5",
        "hanako",
        ("r1", "r2"),
    )
    assert (case.opened, case.closed) == (20, None)
    with pytest.raises(Refused) as caught:
        CASE_BOOK.open(connection, JIRO, "link-107", ("r1",), "claim 5")
    assert code_of(caught) == ("NO_RIGHT", 403)


def test_a_case_that_was_refused_leaves_nothing(store: database.Store) -> None:
    with pytest.raises(Refused):
        store.write_now(lambda c: CASE_BOOK.open(c, JIRO, "link-107", ("r1",), "claim 5"))
    with store.reading() as connection:
        assert connection.execute(select(CASES)).all() == []
        assert whats(connection) == []


def test_the_department_is_the_officers_own_else_the_one_in_charge(connection: Connection) -> None:
    found = {
        (officer, procedure): CASE_BOOK.department(connection, officer, procedure)
        for officer in ("hanako", "jiro")
        for procedure in ("link-107", "link-106")
    }
    assert found == {
        ("hanako", "link-107"): "Child Support",
        ("hanako", "link-106"): "City A",
        ("jiro", "link-107"): "Housing",
        ("jiro", "link-106"): "Housing",
    }
    assert open_case(connection).department == "Child Support"


def test_a_reason_lies_sealed_and_opens_under_its_own_key_only(connection: Connection) -> None:
    case = open_case(connection)
    sealed = bytes(connection.execute(select(CASES.c.reason)).scalar_one())
    assert b"claim" not in sealed
    with pytest.raises(OwnFault):
        Cases(SETTINGS, sealing.column(bytes([1]) * 32, "cases", "reason")).find(connection, case.id)


def test_a_case_and_its_persons_stay_out_of_reprs(connection: Connection) -> None:
    shown = repr(open_case(connection, "r-secret")) + repr(Look("data-seen", "c", "i", "r-secret"))
    assert "r-secret" not in shown
    assert "claim" not in shown


@pytest.mark.parametrize("persons", [["r1"], ["r1", "r2"], ["r2", "r2"]])
def test_an_inquiry_is_about_persons_of_the_case(connection: Connection, persons: list[str]) -> None:
    case = open_case(connection, "r1", "r2")
    desk.check_inquiry(connection, "hanako", case, persons)


def test_an_inquiry_about_somebody_else_is_refused(connection: Connection) -> None:
    case = open_case(connection, "r1", "r2")
    with pytest.raises(NotFound) as caught:
        desk.check_inquiry(connection, "hanako", case, ["r1", "r3"])
    assert code_of(caught) == ("UNKNOWN_PERSON", 404)


def test_an_inquiry_takes_a_right_even_in_the_case_of_a_colleague(connection: Connection) -> None:
    case = open_case(connection)
    with pytest.raises(Refused) as caught:
        desk.check_inquiry(connection, "jiro", case, ["r1"])
    assert code_of(caught) == ("NO_RIGHT", 403)
    desk.grant(connection, ADMIN, "jiro", "link-107")
    desk.check_inquiry(connection, "jiro", case, ["r1"])


def test_nothing_is_asked_in_a_closed_case(connection: Connection) -> None:
    case = open_case(connection)
    desk.close_case(connection, HANAKO, case)
    closed = CASE_BOOK.find(connection, case.id)
    assert closed.closed == 20
    with pytest.raises(Conflict) as asked:
        desk.check_inquiry(connection, "hanako", closed, ["r1"])
    with pytest.raises(Conflict) as closed_again:
        desk.close_case(connection, HANAKO, closed)
    assert code_of(asked) == code_of(closed_again) == ("NO_CASE", 409)


def test_a_case_that_is_not_there_is_refused(connection: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        CASE_BOOK.find(connection, "0123456789abcdef")
    assert code_of(caught) == ("NO_CASE", 404)


def test_seeing_and_closing_take_the_right(connection: Connection) -> None:
    case = open_case(connection)
    for step in (desk.see_case, desk.close_case):
        with pytest.raises(Refused) as caught:
            step(connection, JIRO, case)
        assert code_of(caught) == ("NO_RIGHT", 403)
    assert CASE_BOOK.find(connection, case.id).closed is None


def test_a_list_shows_the_cases_of_ones_procedures_and_no_person(connection: Connection) -> None:
    case = open_case(connection, "r1", "r2")
    row = {"id": case.id, "procedure": "link-107", "opened_by": "hanako", "opened": 20, "closed": None, "count": 2}
    assert desk.list_cases(connection, "hanako") == [row]
    assert desk.list_cases(connection, "jiro") == []
    assert desk.list_cases(connection, "admin") == []


def test_every_look_at_a_case_is_a_row_of_its_step(connection: Connection) -> None:
    case = open_case(connection)
    desk.see_case(connection, HANAKO, case)
    desk.close_case(connection, HANAKO, case)
    assert whats(connection) == [("hanako", "case-opened"), ("hanako", "case-seen"), ("hanako", "case-closed")]


def test_looks_are_read_on_from_the_last_one(connection: Connection) -> None:
    desk.note_looks(connection, JIRO, [Look("data-seen", "c", "i", f"r{n}") for n in range(desk.MOST_LOOKS + 1)])
    first = desk.looks_after(connection, 0)
    rest = desk.looks_after(connection, int(str(first[-1]["id"])))
    assert (len(first), len(rest)) == (desk.MOST_LOOKS, 1)
    assert {**first[0], "id": 0} == {
        "id": 0,
        "at": 30,
        "officer": "jiro",
        "what": "data-seen",
        "case": "c",
        "inquiry": "i",
        "person": "r0",
    }
    assert [look["person"] for look in (first[-1], rest[0])] == ["r999", "r1000"]


def hold(connection: Connection, person: str, *, acquired: bool = True) -> None:
    """Let the office hold a code for a person, or wait for one."""
    if acquired:
        connection.execute(insert(PERSONS).values(person=person, epoch=1, blob=person.encode(), guard=b""))
    else:
        row = {"acq": person.encode(), "person": person, "ground": "link-107", "state": "waiting", "at": 1, "lost": 0}
        connection.execute(insert(ACQUISITIONS).values(row))


@pytest.mark.parametrize("acquired", [True, False])
def test_a_shield_is_set_and_taken_away(connection: Connection, acquired: bool) -> None:
    hold(connection, "r1", acquired=acquired)
    for _ in range(2):
        desk.shield(connection, ADMIN, "r1")
    assert connection.execute(select(SHIELDS)).all() == [("r1", "admin", 10)]
    desk.unshield(connection, ADMIN, "r1")
    with pytest.raises(NotFound) as caught:
        desk.unshield(connection, ADMIN, "r1")
    assert code_of(caught) == ("UNKNOWN_PERSON", 404)
    assert done(connection) == [("admin", "shield-set", "", "", "r1"), ("admin", "shield-lifted", "", "", "r1")]


def test_nobody_is_withheld_whom_the_office_does_not_hold(connection: Connection) -> None:
    hold(connection, "r1")
    for step in (desk.shield, desk.unshield):
        with pytest.raises(NotFound) as caught:
            step(connection, ADMIN, "r2")
        assert code_of(caught) == ("UNKNOWN_PERSON", 404)
    assert connection.execute(select(SHIELDS)).all() == []
    assert done(connection) == []


# Officers go, and what was done with rights and shields stays.

BEGUN = [
    ("", "officer-added", "admin", "", ""),
    ("admin", "officer-added", "hanako", "", ""),
    ("admin", "officer-added", "jiro", "", ""),
    ("admin", "right-granted", "hanako", "link-107", ""),
]


def done(connection: Connection) -> list[tuple[str, ...]]:
    """Return the acts since the office began."""
    names = ("by", "what", "officer", "procedure", "person")
    found = [tuple(str(act[name]) for name in names) for act in acts.after(connection, 0)]
    assert found[: len(BEGUN)] == BEGUN
    return found[len(BEGUN) :]


def test_every_change_of_a_right_is_an_act_and_what_changes_nothing_is_none(connection: Connection) -> None:
    for _ in range(2):
        desk.grant(connection, ADMIN, "jiro", "link-106")
    desk.revoke(connection, Act("admin", 99), "jiro", "link-106")
    assert done(connection) == [
        ("admin", "right-granted", "jiro", "link-106", ""),
        ("admin", "right-revoked", "jiro", "link-106", ""),
    ]
    assert acts.after(connection, 0)[-1]["at"] == 99


def test_an_act_that_failed_leaves_none(store: database.Store) -> None:
    def fail(connection: Connection) -> None:
        desk.grant(connection, ADMIN, "jiro", "link-106")
        desk.grant(connection, ADMIN, "ghost", "link-106")

    with pytest.raises(NotFound):
        store.write_now(fail)
    with store.reading() as connection:
        assert done(connection) == []


def test_acts_are_read_on_from_the_last_one(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "MOST_ACTS", 3)
    first = acts.after(connection, 0)
    rest = acts.after(connection, int(str(first[-1]["id"])))
    assert [str(act["what"]) for act in (*first, *rest)] == [what for _, what, *_ in BEGUN]
    assert (len(first), len(rest)) == (3, 1)


def test_a_removed_officer_is_none_and_holds_nothing(connection: Connection) -> None:
    desk.grant(connection, ADMIN, "hanako", "link-106")
    case = open_case(connection)
    desk.remove_officer(connection, Act("admin", 50), "hanako")
    checks: list[Callable[[], None]] = [
        lambda: desk.check_officer(connection, "hanako"),
        lambda: desk.check_right(connection, "hanako", "link-107"),
        lambda: desk.see_case(connection, HANAKO, case),
        lambda: desk.see_inquiry(connection, HANAKO, "link-107", [Look("inquiry-seen", case.id, "i")]),
    ]
    for check in checks:
        with pytest.raises(Refused) as caught:
            check()
        assert code_of(caught) == ("NO_RIGHT", 403)
    assert desk.rights(connection, "hanako") == []
    assert done(connection)[1:] == [
        ("admin", "right-revoked", "hanako", "link-106", ""),
        ("admin", "right-revoked", "hanako", "link-107", ""),
        ("admin", "officer-removed", "hanako", "", ""),
    ]
    desk.check_officer(connection, "jiro")


def test_what_a_removed_officer_did_stays_with_the_name(connection: Connection) -> None:
    case = open_case(connection)
    desk.remove_officer(connection, ADMIN, "hanako")
    assert CASE_BOOK.find(connection, case.id).opened_by == "hanako"
    with pytest.raises(Conflict) as added:
        desk.add_officer(connection, ADMIN, "hanako", "")
    assert code_of(added) == ("OFFICER_EXISTS", 409)
    with pytest.raises(NotFound) as granted:
        desk.grant(connection, ADMIN, "hanako", "link-107")
    assert code_of(granted) == ("UNKNOWN_OFFICER", 404)


def test_only_an_officer_is_removed_and_never_admin(connection: Connection) -> None:
    desk.remove_officer(connection, ADMIN, "jiro")
    for name in ("jiro", "ghost"):
        with pytest.raises(NotFound) as unknown:
            desk.remove_officer(connection, ADMIN, name)
        assert code_of(unknown) == ("UNKNOWN_OFFICER", 404)
    with pytest.raises(Conflict) as kept:
        desk.remove_officer(connection, ADMIN, "admin")
    assert code_of(kept) == ("NO_RIGHT", 409)
    assert done(connection) == [("admin", "officer-removed", "jiro", "", "")]


def test_an_inquiry_that_is_not_there_has_no_case(connection: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        desk.case_of(connection, "0123456789abcdef")
    assert code_of(caught) == ("UNKNOWN_INQUIRY", 404)
