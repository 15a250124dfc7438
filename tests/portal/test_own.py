"""A citizen asks an office for her own data: only what is hers, only what the law lets be asked, and it is recorded."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from mynumber.card import folder as card_folder
from mynumber.card import visiting
from mynumber.card.visiting import Visit
from mynumber.gateway.desk import api
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import MyNumberError
from tests.portal.test_history import seen_by
from tests.portal.town import SmallTown


@contextmanager
def signed_in(small: SmallTown, person: int) -> Iterator[Visit]:
    card = small.card(person)
    with visiting.signed_in(card, card_folder.pin_of(card, None)) as visit:
        yield visit


def own(visit: Visit, office: str = "pension", *items: str) -> dict[str, Json]:
    answer = visit.call("POST", "/api/own", {"office": office, "items": list(items) or ["pension"]})
    assert isinstance(answer, dict)
    return answer


def count(small: SmallTown, party: str, query: str) -> int:
    store = small.town.institution(party).databases[0]
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        return int(connection.execute(query).fetchone()[0])


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(MyNumberError) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize("person", [0, 1])
def test_an_office_shows_a_citizen_her_own_data(small: SmallTown, person: int) -> None:
    with signed_in(small, person) as visit:
        answer = own(visit)
    assert answer["state"] == "data"
    assert answer["data"] == {"pension": [{"kind": "old-age", "monthly_amount": 60_000 + person}]}
    seen = seen_by(small, person)[0]
    assert (seen["from"], seen["to"], seen["procedure"], seen["items"]) == (
        "portal",
        "pension",
        "self-information",
        ["pension"],
    )
    assert (seen["permit"], seen["outcome"]) == (answer["permit"], "ok")


def test_an_office_that_holds_nothing_says_so(small: SmallTown) -> None:
    with signed_in(small, 1) as visit:
        offices = visit.call("GET", "/api/offices")
        assert isinstance(offices, dict)
        assert isinstance(offices["offices"], dict)
        assert set(offices["offices"]) == {"city-a", "pension"}
        assert "local_tax" in str(offices["offices"]["city-a"])
        answer = own(visit, "city-a", "local_tax")
    assert (answer["state"], answer["data"]) == ("nothing-held", {"local_tax": []})


def test_a_withheld_person_looks_like_an_unknown_one(small: SmallTown) -> None:
    admin = small.desks["pension", "admin"]
    admin.call("POST", "/shields", dict[str, object], api.NewShield("p-0"))
    try:
        with signed_in(small, 0) as visit:
            answer = own(visit)
    finally:
        admin.call("DELETE", "/shields/p-0", dict[str, object])
    assert (answer["state"], answer["data"]) == ("not-available", {})


def test_what_the_law_does_not_have_is_refused_before_the_network_hears_of_it(small: SmallTown) -> None:
    query = "SELECT count(*) FROM requests"
    before = count(small, "operator-1", query)
    with signed_in(small, 0) as visit:
        assert code_of(lambda: own(visit, "pension", "no_such_item")) == "LAW_REFUSED"
        assert code_of(lambda: own(visit, "pension", "pension/recipient")) == "LAW_REFUSED"
        assert code_of(lambda: own(visit, "keeper")) == "LAW_REFUSED"
        assert code_of(lambda: own(visit, "portal")) == "LAW_REFUSED"
        assert count(small, "operator-1", query) == before
        own(visit)
    assert count(small, "operator-1", query) == before + 1


def test_an_office_that_is_away_is_asked_again_under_the_same_permit(small: SmallTown) -> None:
    query = "SELECT count(*) FROM releases"
    with signed_in(small, 1) as visit:
        before = count(small, "keeper", query)
        small.processes.stop("pension")
        try:
            waiting = own(visit)
            assert (waiting["state"], waiting["data"]) == ("pending", {})
            assert own(visit)["permit"] == waiting["permit"]
        finally:
            small.processes.start("pension")
        answer = own(visit)
        assert (answer["state"], answer["permit"]) == ("data", waiting["permit"])
        assert count(small, "keeper", query) == before + 1
        again = own(visit)
        assert again["permit"] != waiting["permit"]


def test_an_answer_that_was_lost_makes_no_second_request(small: SmallTown) -> None:
    """The keeper has recorded and dies before it says so: whoever asks again sends the same bytes."""
    rows, sent = "SELECT count(*) FROM rows", "SELECT count(*) FROM requests WHERE kind = 'self'"
    with signed_in(small, 1) as visit:
        before = count(small, "keeper", rows), count(small, "operator-1", sent)
        small.processes.restart("keeper", faults={"keeper.commit.after": "kill"})
        try:
            assert code_of(lambda: own(visit)) == "PEER_DOWN"
            assert small.processes.wait_ended("keeper") == -9
        finally:
            small.processes.restart("keeper", faults={})
        answer = own(visit)
        assert answer["state"] == "data"
        assert (count(small, "keeper", rows), count(small, "operator-1", sent)) == (before[0] + 1, before[1] + 1)
        assert own(visit)["permit"] != answer["permit"]


def test_a_register_that_started_anew_has_signed_everybody_out(small: SmallTown) -> None:
    with signed_in(small, 1) as visit:
        visit.call("GET", "/api/history")
        small.processes.stop("register")
        small.processes.start("register")
        assert code_of(lambda: own(visit)) == "SIGNED_OUT"
        assert code_of(lambda: visit.call("GET", "/api/history")) == "SIGNED_OUT"


def test_the_counts_of_a_town_with_a_portal_agree(small: SmallTown) -> None:
    """Reads are endorsed and never released; what citizens asked about themselves has its rows."""
    with signed_in(small, 0) as visit:
        visit.call("GET", "/api/history")
        own(visit)
    done = int(time.time())
    end = time.monotonic() + 90
    while count(small, "supervisor", "SELECT coalesce(max(at), 0) FROM quiet") <= done + 5:
        assert time.monotonic() < end, "it never got quiet"
        time.sleep(1)
    assert count(small, "supervisor", "SELECT count(*) FROM findings") == 0
