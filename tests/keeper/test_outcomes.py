"""Outcomes of providers and disclosures of the supervisor: only from whom they are due, and once."""

import asyncio

import pytest
from sqlalchemy import func, select

from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms, hidden, rows
from mynumber.codes.records.forms import Disclose, EntryResult, Form, Outcome
from mynumber.codes.wire import B32, Blob
from mynumber.keeper import outcomes, replicas, store
from mynumber.keeper.releasing import Keeper
from mynumber.keeper.store import HiddenRow
from mynumber.plumbing.canonical import Json
from tests.keeper import town
from tests.keeper.test_releasing import LAST, ask, enrol, read, released
from tests.keeper.town import full_bundle, run

OK: EntryResult = "ok"
NOT: EntryResult = "not-available"


def hand_in(keeper: Keeper, form: Form, peer: str, *, by: str | None = None) -> Json:
    jws = forms.sign_form(form, (by or peer, town.world().signing[by or peer]))
    return asyncio.run(outcomes.form(keeper.node, keeper.h, peer, jws))


def refused(keeper: Keeper, form: Form, peer: str, *, by: str | None = None) -> str:
    with pytest.raises(ProtocolError) as caught:
        hand_in(keeper, form, peer, by=by)
    return caught.value.code


def outcome(name: str, *results: EntryResult, network: str = "demo", provided: int = town.NOW) -> Outcome:
    return Outcome(v=1, network=network, permit=B32(run(name).permit_hash), provided=provided, results=results)


def kept(keeper: Keeper) -> int:
    with keeper.node.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(store.OUTCOMES)).scalar_one()


def test_an_outcome_is_kept_for_who_knows_the_permit(keeper: Keeper) -> None:
    passage, _ = released(keeper, "batch")
    said = outcome("batch", OK, NOT, OK)
    assert hand_in(keeper, said, "pension") == {}
    permit = passage.permit_hash
    with keeper.node.store.reading() as connection:
        sealed = store.outcome(connection, hidden.outcome_locator(permit))
    assert sealed is not None
    signer = keeper.node.view.directory.signer("pension")
    assert hidden.check_outcome(hidden.open_outcome(permit, sealed), permit, signer, "demo") == said


def test_the_same_outcome_again_changes_nothing_and_another_is_refused(keeper: Keeper) -> None:
    released(keeper, "single")
    assert hand_in(keeper, outcome("single", OK), "pension") == {}
    assert hand_in(keeper, outcome("single", OK), "pension") == {}
    assert refused(keeper, outcome("single", NOT), "pension") == "PERMIT_USED"
    assert kept(keeper) == 1


def test_an_outcome_that_was_signed_before_its_provider_changed_its_key_is_kept(keeper: Keeper) -> None:
    released(keeper, "single")
    before, after = town.world().signing["pension"], bytes(range(32))
    asyncio.run(keeper.node.view.accept_directory(town.with_another_key(keeper.node, "pension", before, after)))
    said = outcome("single", OK)
    with pytest.raises(ProtocolError, match="BAD_SIGNATURE"):
        sign_and_hand_in(keeper, said, town.world().signing["ward-c"])
    assert kept(keeper) == 0
    assert sign_and_hand_in(keeper, said, before) == {}
    # An unreleased permit has no time, and so no key of before.
    with pytest.raises(ProtocolError, match="BAD_SIGNATURE"):
        sign_and_hand_in(keeper, outcome("batch", OK, NOT, OK), before)
    assert kept(keeper) == 1


def sign_and_hand_in(keeper: Keeper, form: Form, secret: bytes) -> Json:
    """Hand in as the pension service, under a key."""
    signed = forms.sign_form(form, ("pension", secret))
    return asyncio.run(outcomes.form(keeper.node, keeper.h, "pension", signed))


@pytest.mark.parametrize(
    ("said", "peer", "code"),
    [
        (outcome("batch", OK), "pension", "PERMIT_MISMATCH"),
        (outcome("single", OK, OK), "pension", "PERMIT_MISMATCH"),
        (outcome("single", OK), "ward-c", "PERMIT_MISMATCH"),
        (outcome("single", OK), "ward-a", "PERMIT_MISMATCH"),
        (outcome("single", OK), "op-1", "WRONG_TYPE"),
        (outcome("single", OK), "supervisor", "WRONG_TYPE"),
        (outcome("enrol", OK), "ward-a", "PERMIT_MISMATCH"),
        (outcome("single", OK, network="other"), "pension", "PERMIT_MISMATCH"),
    ],
    ids=["unreleased", "entries", "stranger", "asker", "operator", "supervisor", "enrolment", "network"],
)
def test_an_outcome_that_is_not_due_is_refused(keeper: Keeper, said: Outcome, peer: str, code: str) -> None:
    released(keeper, "single")
    released(keeper, "enrol")
    assert refused(keeper, said, peer) == code
    assert kept(keeper) == 0


def test_an_outcome_signed_by_somebody_else_is_refused(keeper: Keeper) -> None:
    released(keeper, "single")
    assert refused(keeper, outcome("single", OK), "pension", by="ward-a") == "SIGNATURE_SET"


def hidden_row(keeper: Keeper) -> Disclose:
    """Release a hidden exchange and return the disclosure that the supervisor makes of it."""
    released(keeper, "hidden")
    answer = asyncio.run(outcomes.hidden_rows(keeper.node, "supervisor", {}))
    assert isinstance(answer, dict)
    assert isinstance(answer["rows"], list)
    assert len(answer["rows"]) == 1
    with keeper.node.store.reading() as connection:
        ((permit, entry, sealed),) = store.hidden(connection)
    seed, row = hidden.open_hidden(town.world().supervisor.seal, sealed, permit=permit, entry=entry)
    return hidden.disclosure("demo", permit, seed, row)


def test_a_disclosed_row_stands_in_its_own_series_once(keeper: Keeper) -> None:
    disclosed = hidden_row(keeper)
    for _ in range(2):
        assert hand_in(keeper, disclosed, "supervisor") == {}
    series = rows.disclosed_series(disclosed.seed)

    def lying(locator: bytes) -> list[bytes]:
        with keeper.node.store.reading() as connection:
            query = select(store.ROWS.c.sealed).where(store.ROWS.c.locator == locator)
            return [bytes(row.sealed) for row in connection.execute(query)]

    reading = rows.read_series(series, lying)
    assert [number for number, _ in reading.found] == [0]
    assert read(keeper.node, run("hidden").tags[0], 2026).found == ()
    assert asyncio.run(outcomes.hidden_rows(keeper.node, "supervisor", {})) == {"rows": []}


def test_a_disclosure_of_something_else_is_refused(keeper: Keeper) -> None:
    disclosed = hidden_row(keeper)
    other = Disclose(
        v=1,
        network="demo",
        permit=disclosed.permit,
        entry=disclosed.entry,
        seed=B32(bytes(32)),
        row=Blob(disclosed.row),
    )
    unknown = Disclose(v=1, network="demo", permit=disclosed.permit, entry=1, seed=disclosed.seed, row=disclosed.row)
    assert refused(keeper, other, "supervisor") == "BAD_ROW"
    assert refused(keeper, unknown, "supervisor") == "BAD_ROW"
    assert refused(keeper, disclosed, "pension") == "WRONG_TYPE"


@pytest.mark.parametrize("peer", ["ward-a", "op-2", "register", "keeper"])
def test_hidden_rows_are_for_the_supervisor_alone(keeper: Keeper, peer: str) -> None:
    hidden_row(keeper)
    with pytest.raises(ProtocolError, match="PERMIT_MISMATCH"):
        asyncio.run(outcomes.hidden_rows(keeper.node, peer, {}))


def test_an_outcome_before_the_release_is_too_early(keeper: Keeper) -> None:
    assert refused(keeper, outcome("single", OK), "pension") == "PERMIT_MISMATCH"
    enrol(keeper, run("single"))
    ask(keeper, full_bundle(run("single")), LAST)
    assert hand_in(keeper, outcome("single", OK), "pension") == {}


def test_a_disclosure_changes_no_count(keeper: Keeper) -> None:
    for name in ("single", "self", "enrol", "read"):
        if name == "read":
            # A read is never released, so nothing is counted and nothing recorded.
            with pytest.raises(ProtocolError):
                ask(keeper, full_bundle(run(name)), LAST)
        else:
            released(keeper, name)
    disclosed = hidden_row(keeper)

    def counts() -> list[tuple[str, int, int, int]]:
        with keeper.node.store.reading() as connection:
            return [(one.kind, one.released, one.rows, one.hidden) for one in store.counts(connection, "2026-09")]

    before = counts()
    assert sorted(before) == [("enrol", 1, 0, 0), ("exchange", 2, 1, 1), ("self", 1, 1, 0)]
    hand_in(keeper, disclosed, "supervisor")
    assert counts() == before
    with keeper.node.store.reading() as connection:
        rows_there = connection.execute(select(func.count()).select_from(store.ROWS)).scalar_one()
    assert rows_there == 3  # the two open ones and the one that is no longer hidden


def test_rows_that_are_not_as_many_as_were_written_are_told_by_year(keeper: Keeper) -> None:
    def short(running: int = 2026) -> list[tuple[str, int, int]]:
        with keeper.node.store.reading() as connection:
            return replicas.short(connection, running)

    for name in ("single", "self", "enrol"):
        released(keeper, name)
    disclosed = hidden_row(keeper)
    assert short() == []
    hand_in(keeper, disclosed, "supervisor")
    assert short() == []
    with keeper.node.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM rows WHERE rowid = (SELECT min(rowid) FROM rows)")
    assert short() == [("rows of fiscal year 2026", 3, 2)]
    assert short(2034) == []
    with keeper.node.store.writing() as connection:
        store.put_row(connection, bytes(16), year=2026, sealed=b"invented")
        store.put_row(connection, bytes(15) + b"1", year=2026, sealed=b"invented")
    assert short() == [("rows of fiscal year 2026", 3, 4)]


def test_hidden_rows_that_are_not_as_many_as_were_counted_are_told_by_year(keeper: Keeper) -> None:
    def short(running: int = 2026) -> list[tuple[str, int, int]]:
        with keeper.node.store.reading() as connection:
            return replicas.short(connection, running)

    hidden_row(keeper)
    assert short() == []
    with keeper.node.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM hidden")
    assert short() == [("hidden rows of fiscal year 2026", 1, 0)]
    assert short(2034) == []
    with keeper.node.store.writing() as connection:
        for entry in (0, 1):
            store.hide(connection, HiddenRow(bytes(32), entry, 2026, b"invented", b"invented"))
    assert short() == [("hidden rows of fiscal year 2026", 1, 2)]
