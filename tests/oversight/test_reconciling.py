"""Counts of an honest network agree, whatever happened in it; each lie that the rules speak of is found out."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.codes.law_table import Kind
from mynumber.codes.parties.entries import Role
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Endorsed, Form, KeeperCounts, OfficeCounts, OperatorCounts, Recorded, Released
from mynumber.exchange.running.node import Node
from mynumber.oversight import app, reconciling, store
from mynumber.oversight.config import OversightConfig
from mynumber.oversight.reconciling import Books
from mynumber.oversight.store import Finding, Log
from mynumber.plumbing import canonical
from tests.keeper import town

MONTH = "2026-09"
ROLES: dict[str, Role] = {
    "op-1": "operator",
    "op-2": "operator",
    "keeper": "keeper",
    "register": "register",
    "supervisor": "supervisor",
    "ward-a": "agency",
    "ward-c": "agency",
    "pension": "agency",
}
OFFICES = ("ward-a", "ward-c", "pension")
EXCHANGE: Kind = "exchange"
LINE = ("ward-a", "exchange")
PAIR = ("ward-a", "pension", "exchange")


def honest() -> Books:
    """Three exchanges of five entries: one was never answered, one answer never arrived, one was refused."""
    kept = Released(agency="ward-a", kind=EXCHANGE, released=4, refused=1, rows=3, hidden=1)
    return Books({"op-1": {LINE: 5}, "op-2": {LINE: 5}}, {LINE: kept}, {PAIR: 3}, {PAIR: 3}, kept_by="keeper")


def broken(books: Books) -> list[str]:
    return [each.rule for each in reconciling.disagreements(books)]


def test_honest_counts_agree() -> None:
    assert broken(honest()) == []
    assert broken(Books({"op-1": {}, "op-2": {}}, {}, kept_by="keeper")) == []


@pytest.mark.parametrize(
    ("lie", "rule"),
    [
        (replace(honest(), endorsed={"op-1": {LINE: 5}, "op-2": {LINE: 3}}), "endorsed >= released"),
        (replace(honest(), endorsed={"op-1": {}, "op-2": {LINE: 5}}), "endorsed >= released"),
        (
            replace(
                honest(), keeper={LINE: Released(agency="", kind=EXCHANGE, released=4, refused=0, rows=3, hidden=0)}
            ),
            "released = rows + hidden",
        ),
        (
            replace(
                honest(), keeper={LINE: Released(agency="", kind=EXCHANGE, released=4, refused=0, rows=5, hidden=0)}
            ),
            "released = rows + hidden",
        ),
        (replace(honest(), recorded={PAIR: 2}), "recorded >= answered"),
        (replace(honest(), recorded={}), "recorded >= answered"),
        (replace(honest(), recorded={PAIR: 5}), "recorded <= released"),
        (replace(honest(), recorded={PAIR: 3, ("ward-a", "ward-c", "exchange"): 2}), "recorded <= released"),
        (replace(honest(), recorded={PAIR: 4}, answered={PAIR: 4, ("ward-a", "ward-c", "exchange"): 1}), "answered <="),
    ],
)
def test_each_lie_is_found_out(lie: Books, rule: str) -> None:
    assert any(each.startswith(rule) for each in broken(lie))


def test_an_enrolment_needs_no_row() -> None:
    line = ("ward-a", "enrol")
    kept = Released(agency="ward-a", kind="enrol", released=2, refused=0, rows=0, hidden=0)
    assert broken(Books({"op-1": {line: 2}}, {line: kept}, kept_by="keeper")) == []


def test_what_a_person_asks_about_himself_is_recorded_and_a_read_is_only_endorsed() -> None:
    own, read = ("portal", "self"), ("portal", "read")
    kept = Released(agency="portal", kind="self", released=2, refused=0, rows=2, hidden=0)
    endorsed = {own: 2, read: 5}
    asked, answered = {("portal", "pension", "self"): 2}, {("portal", "pension", "self"): 1}
    books = Books({"op-1": endorsed, "op-2": endorsed}, {own: kept}, asked, answered, kept_by="keeper")
    assert broken(books) == []
    # A read that the keeper says it released, or an own request without a row, is a lie.
    released = Released(agency="portal", kind="read", released=6, refused=0, rows=0, hidden=0)
    assert broken(replace(books, keeper={own: kept, read: released})) == ["endorsed >= released"] * 2
    short = Released(agency="portal", kind="self", released=2, refused=0, rows=1, hidden=0)
    assert broken(replace(books, keeper={own: short})) == ["released = rows + hidden"]


events = st.tuples(
    st.sampled_from(OFFICES),
    st.sampled_from(OFFICES),
    st.integers(1, 5),
    st.sampled_from(["endorsed once", "endorsed", "refused", "released", "hidden", "answered", "recorded"]),
)


@given(st.lists(events, max_size=30))
def test_whatever_happened_in_an_honest_network_its_counts_agree(history: list[tuple[str, str, int, str]]) -> None:
    first: Counter[tuple[str, str]] = Counter()
    second, released, rows, hidden = first.copy(), first.copy(), first.copy(), first.copy()
    recorded: Counter[tuple[str, str, str]] = Counter()
    answered = recorded.copy()
    for asker, provider, count, end in history:
        line, pair = (asker, "exchange"), (asker, provider, "exchange")
        first[line] += count
        second[line] += count if end != "endorsed once" else 0
        done = end in ("released", "hidden", "answered", "recorded")
        released[line] += count if done else 0
        hidden[line] += count if end == "hidden" else 0
        rows[line] += count if done and end != "hidden" else 0
        recorded[pair] += count if end in ("answered", "recorded") else 0
        answered[pair] += count if end == "answered" else 0
    keeper = {
        line: Released(
            agency=line[0], kind=EXCHANGE, released=released[line], refused=0, rows=rows[line], hidden=hidden[line]
        )
        for line in first
    }
    books = Books({"op-1": first, "op-2": second}, keeper, recorded, answered, kept_by="keeper")
    assert broken(books) == []
    # One more that nobody endorsed, recorded or answered as the others say.
    for line in first:
        more = {
            **keeper,
            line: Released(
                agency=line[0], kind=EXCHANGE, released=first[line] + 1, refused=0, rows=first[line] + 1, hidden=0
            ),
        }
        assert "endorsed >= released" in broken(replace(books, keeper=more))
    for pair in recorded:
        assert "recorded >= answered" in broken(replace(books, answered={**answered, pair: recorded[pair] + 1}))


def signed(party: str, form: Form) -> bytes:
    return canonical.encode(forms.sign_form(form, (party, town.world().signing[party])))


def counted(asker: str, provider: str, *, recorded: int = 0, answered: int = 0) -> Recorded:
    return Recorded(from_=asker, to=provider, kind=EXCHANGE, recorded=recorded, answered=answered)


def kept_forms() -> dict[str, bytes]:
    operator = OperatorCounts(
        v=1, network="demo", month=MONTH, counts=(Endorsed(agency="ward-a", kind=EXCHANGE, endorsed=5),)
    )
    keeper = KeeperCounts(v=1, network="demo", month=MONTH, counts=(honest().keeper[LINE],))
    asker = OfficeCounts(v=1, network="demo", month=MONTH, counts=(counted("ward-a", "pension", recorded=3),))
    provider = OfficeCounts(v=1, network="demo", month=MONTH, counts=(counted("ward-a", "pension", answered=3),))
    return {
        "op-1": signed("op-1", operator),
        "op-2": signed("op-2", operator),
        "keeper": signed("keeper", keeper),
        "ward-a": signed("ward-a", asker),
        "pension": signed("pension", provider),
    }


def test_the_books_are_what_the_parties_signed() -> None:
    assert reconciling.open_books(ROLES, kept_forms()) == honest()


def test_who_sent_nothing_counts_nothing() -> None:
    kept = kept_forms()
    del kept["op-2"]
    assert broken(reconciling.open_books(ROLES, kept)) == ["endorsed >= released"]


def test_a_party_counts_for_its_own_side_only() -> None:
    kept = kept_forms()
    lie = (counted("ward-a", "pension", recorded=9, answered=9), counted("ward-a", "ward-c", answered=1))
    kept["ward-c"] = signed("ward-c", OfficeCounts(v=1, network="demo", month=MONTH, counts=lie[:1]))
    assert reconciling.open_books(ROLES, kept) == honest()
    kept["ward-c"] = signed("ward-c", OfficeCounts(v=1, network="demo", month=MONTH, counts=lie))
    assert broken(reconciling.open_books(ROLES, kept)) == ["recorded >= answered"]


def log(*, changed: int = 0, up_since: int = 1) -> Log:
    return Log("op-1", "demo/op-1/log", 1, bytes(32), b"", changed, up_since)


def test_quiet_means_that_nothing_moves_and_everybody_answers() -> None:
    def hindered(came: dict[str, int], *logs: Log) -> list[tuple[str, str]]:
        return [(each.party, each.why) for each in reconciling.hindrances(100, came, logs)]

    assert hindered({"ward-a": 85}, log(changed=85, up_since=85)) == []
    assert hindered({"ward-a": 86, "ward-c": 10}, log()) == [("ward-a", "its counts change")]
    assert hindered({"ward-a": 10}, log(changed=86)) == [("op-1", "its log grows")]
    assert hindered({"ward-a": 10}, log(up_since=86)) == [("op-1", "its log answers again")]
    assert hindered({"ward-a": 86}, log(), log(up_since=0)) == [
        ("op-1", "its log does not answer"),
        ("ward-a", "its counts change"),
    ]


def keep(node: Node, forms: dict[str, bytes], month: str = MONTH, *, at: int = town.NOW) -> None:
    with node.store.writing() as connection:
        for party, form in forms.items():
            store.put_counts(connection, party, month, at=at, form=form)


def due(node: Node, now: int, *, since: int = 0, roles: dict[str, Role] = ROLES) -> list[Finding]:
    with node.store.reading() as connection:
        return reconciling.due_findings(connection, roles, now, since=since)


def one_short() -> dict[str, bytes]:
    """Return forms of which op-2's is missing: the keeper released what op-2 does not admit."""
    return {party: form for party, form in kept_forms().items() if party != "op-2"}


def test_a_disagreement_becomes_a_finding_once_and_only_when_all_is_quiet(node: Node) -> None:
    keep(node, one_short())
    assert due(node, town.NOW + 14) == []
    for _ in range(2):
        found = due(node, town.NOW + 15)
        node.store.write_now(lambda connection: store.find(connection, found, town.NOW + 15))  # noqa: B023
    with node.store.reading() as connection:
        ((at, finding),) = store.findings(connection)
    assert (at, finding.kind, finding.party) == (town.NOW + 15, "counts-disagree", "op-2")
    assert "ward-a" in finding.subject


@pytest.mark.parametrize(
    ("lie", "rule"),
    [
        (
            Released(agency="ward-a", kind=EXCHANGE, released=4, refused=0, rows=3, hidden=0),
            "released = rows + hidden",
        ),
        (Released(agency="ward-a", kind=EXCHANGE, released=2, refused=0, rows=2, hidden=0), "recorded <= released"),
    ],
)
def test_the_keeper_is_found_under_its_own_name(node: Node, lie: Released, rule: str) -> None:
    roles = {"records" if role == "keeper" else party: role for party, role in ROLES.items()}
    forms = kept_forms()
    forms["records"] = signed("keeper", KeeperCounts(v=1, network="demo", month=MONTH, counts=(lie,)))
    del forms["keeper"]
    keep(node, forms)
    found = due(node, town.NOW + 15, roles=roles)
    assert [each.party for each in found if rule in each.subject] == ["records"]


# The closed month: nobody can keep it from being compared.

OCTOBER = int(datetime(2026, 9, 30, 15, tzinfo=UTC).timestamp())
"""When October begins in Japan."""


def hinder(node: Node, now: int) -> None:
    """Let one log be silent and another party's counts come all the time."""
    with node.store.writing() as connection:
        store.put_log(connection, log(up_since=0))
    nothing = signed("ward-a", OfficeCounts(v=1, network="demo", month="2026-10", counts=()))
    keep(node, {"ward-a": nothing}, "2026-10", at=now)
    keep(node, {"ward-a": kept_forms()["ward-a"]}, at=now)


def test_a_closed_month_is_compared_even_if_somebody_prevents_every_quiet(node: Node) -> None:
    keep(node, one_short())
    for now, parties in ((OCTOBER - 1, []), (OCTOBER + 899, []), (OCTOBER + 900, ["op-2"])):
        hinder(node, now)
        assert [each.party for each in due(node, now)] == parties
    (found,) = due(node, OCTOBER + 900)
    assert found.subject.startswith(MONTH)
    assert due(node, OCTOBER + 31 * 86_400 + 900) == []


def test_a_closed_month_that_agrees_is_no_finding(node: Node) -> None:
    keep(node, kept_forms())
    hinder(node, OCTOBER + 900)
    assert due(node, OCTOBER + 900) == []


def test_a_supervisor_that_was_away_waits_for_what_was_meant_for_it(node: Node) -> None:
    keep(node, one_short())
    began = OCTOBER + 86_400
    hinder(node, began)
    assert due(node, began + 899, since=began) == []
    assert [each.party for each in due(node, began + 900, since=began)] == ["op-2"]


# Quiet is noted, so that the lack of it can be told.


def test_the_last_quiet_is_noted(node: Node) -> None:
    def last() -> int | None:
        asyncio.run(reconciling.compare(node, since=0))
        with node.store.reading() as connection:
            return store.last_quiet(connection)

    def note(at: int) -> None:
        node.store.write_now(lambda connection: store.note_quiet(connection, at))

    keep(node, kept_forms(), at=node.clock.now())
    # Nothing was quiet yet: the looking begins here.
    assert last() in range(node.clock.now() - 1, node.clock.now() + 1)
    note(1000)
    assert last() == 1000
    keep(node, kept_forms(), at=node.clock.now() - 15)
    assert last() in range(node.clock.now() - 1, node.clock.now() + 1)


def test_a_supervisor_that_was_away_takes_old_counts_for_no_quiet(node: Node, settings: OversightConfig) -> None:
    later = town.NOW + 1000
    node.store.write_now(lambda connection: store.put_log(connection, log(changed=town.NOW, up_since=town.NOW)))
    keep(node, one_short())
    assert due(node, later) != []
    app._prepare(node, settings, node.folder / "config.toml")
    assert due(node, later) == []
    node.store.write_now(lambda connection: store.put_log(connection, log(changed=town.NOW, up_since=later)))
    assert due(node, later + 14) == []
    assert due(node, later + 15) != []


def test_a_month_of_which_a_restored_store_forgot_what_came_is_compared_when_it_was_told_again(node: Node) -> None:
    keep(node, one_short())
    settled, restored = OCTOBER + 900, OCTOBER + 100
    with node.store.writing() as connection:
        store.put_log(connection, Log("op-2", "demo/op-2/log", 1, bytes(32), b"", 1, 1))
        assert len(reconciling.due_findings(connection, ROLES, settled, since=0)) == 1
        node.schema.restorations.note(connection, restored)
    assert due(node, settled) == []
    # Told again and still too few is a disagreement, and so is to tell nothing for a day.
    assert [found.party for found in due(node, restored + 86_400)] == ["op-2"]
    nothing = signed("op-2", OperatorCounts(v=1, network="demo", month=MONTH, counts=()))
    keep(node, {"op-2": nothing}, at=restored + 7)
    assert [found.party for found in due(node, settled)] == ["op-2"]
    keep(node, {"op-2": kept_forms()["op-2"]}, at=restored + 9)
    assert due(node, settled) == []


def test_who_tells_nothing_of_a_month_that_began_after_the_backup_came_back_is_found(node: Node) -> None:
    keep(node, one_short())
    with node.store.writing() as connection:
        store.put_log(connection, Log("op-2", "demo/op-2/log", 1, bytes(32), b"", 1, 1))
        node.schema.restorations.note(connection, OCTOBER - 31 * 86_400)
    assert [found.party for found in due(node, OCTOBER + 900)] == ["op-2"]
