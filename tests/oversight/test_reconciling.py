"""Counts of an honest network agree, whatever happened in it; each lie that the rules speak of is found out."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.codes import forms
from mynumber.codes.entries import Role
from mynumber.codes.forms import Endorsed, Form, KeeperCounts, OfficeCounts, OperatorCounts, Recorded, Released
from mynumber.codes.law_table import Kind
from mynumber.exchange.node import Node
from mynumber.oversight import app, reconciling, store
from mynumber.oversight.config import OversightConfig
from mynumber.oversight.reconciling import Books
from mynumber.oversight.store import Log
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
    return Books({"op-1": {LINE: 5}, "op-2": {LINE: 5}}, {LINE: kept}, {PAIR: 3}, {PAIR: 3})


def broken(books: Books) -> list[str]:
    return [each.rule for each in reconciling.disagreements(books)]


def test_honest_counts_agree() -> None:
    assert broken(honest()) == []
    assert broken(Books({"op-1": {}, "op-2": {}}, {})) == []


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
    assert broken(Books({"op-1": {line: 2}}, {line: kept})) == []


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
    books = Books({"op-1": first, "op-2": second}, keeper, recorded, answered)
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
    assert reconciling.quiet(100, [85], [log(changed=85, up_since=85)])
    assert not reconciling.quiet(100, [86], [log()])
    assert not reconciling.quiet(100, [10], [log(changed=86)])
    assert not reconciling.quiet(100, [10], [log(up_since=86)])
    assert not reconciling.quiet(100, [10], [log(), log(up_since=0)])


def test_a_disagreement_becomes_a_finding_once_and_only_when_all_is_quiet(node: Node) -> None:
    kept = kept_forms()
    del kept["op-2"]
    with node.store.writing() as connection:
        for party, form in kept.items():
            store.put_counts(connection, party, MONTH, at=town.NOW, form=form)
    with node.store.writing() as connection:
        assert reconciling.due_findings(connection, ROLES, town.NOW + 14) == []
        for _ in range(2):
            found = reconciling.due_findings(connection, ROLES, town.NOW + 15)
            store.find(connection, found, town.NOW + 15)
        ((at, finding),) = store.findings(connection)
    assert (at, finding.kind, finding.party) == (town.NOW + 15, "counts-disagree", "op-2")
    assert "ward-a" in finding.subject


def test_a_supervisor_that_was_away_takes_old_counts_for_no_quiet(node: Node, settings: OversightConfig) -> None:
    kept, later = kept_forms(), town.NOW + 1000
    del kept["op-2"]
    with node.store.writing() as connection:
        store.put_log(connection, log(changed=town.NOW, up_since=town.NOW))
        for party, form in kept.items():
            store.put_counts(connection, party, MONTH, at=town.NOW, form=form)
    with node.store.reading() as connection:
        assert reconciling.due_findings(connection, ROLES, later) != []
    app._prepare(node, settings)
    with node.store.writing() as connection:
        assert reconciling.due_findings(connection, ROLES, later) == []
        store.put_log(connection, log(changed=town.NOW, up_since=later))
        assert reconciling.due_findings(connection, ROLES, later + 14) == []
        assert reconciling.due_findings(connection, ROLES, later + 15) != []
