"""Decisions on requests: all four data, three of four to a person, and each answer once."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from mynumber.acquisition.messages import Entry, Request, Result
from mynumber.codes.errors import ProtocolError
from mynumber.number.my_number import MyNumber, from_body
from mynumber.plumbing.database import Store
from mynumber.register import matching
from mynumber.register import store as tables
from mynumber.register.matching import Asked
from mynumber.register.store import ACQUISITIONS, REVIEWS, Seals
from tests.register.people import NOW, asking, registered
from tests.register.town import world


def decide(store: Store, seals: Seals, request: Request, agency: str = "ward-a") -> tuple[Result, ...]:
    with store.writing() as connection:
        return matching.decide(connection, seals, Asked(agency, request, NOW))


def rows(store: Store, table: object = ACQUISITIONS) -> int:
    with store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def with_basic(request: Request, **members: str) -> Request:
    entry = request.entries[0]
    return replace(request, entries=(replace(entry, basic=msgspec.structs.replace(entry.basic, **members)),))


def test_number_and_all_four_data_are_accepted(store: Store, seals: Seals) -> None:
    request = asking(registered(store, seals, 3))
    assert decide(store, seals, request) == ("accepted",) * 3
    assert rows(store) == 3


@pytest.mark.parametrize(
    ("members", "differs"),
    [
        ({"name": "花房 咲子"}, "name"),
        ({"kana": "ハナブササク"}, "name"),
        ({"birth": "1988-02-28"}, "birth"),
        ({"sex": "male"}, "sex"),
        ({"address": "甲野市灯1-99"}, "address"),
    ],
)
def test_three_of_four_go_to_a_person_and_are_not_linked(
    store: Store, seals: Seals, members: dict[str, str], differs: str
) -> None:
    request = with_basic(asking(registered(store, seals, 1)), **members)
    assert decide(store, seals, request) == ("no-match",)
    assert decide(store, seals, request) == ("no-match",)
    assert rows(store) == 0
    with store.reading() as connection:
        (review,) = connection.execute(select(REVIEWS)).mappings()
        (resident,) = connection.execute(select(tables.RESIDENTS.c.id)).scalars()
    # Neither the number nor what was asked: nobody could be shown it yet.
    about = {"agency": "ward-a", "resident": resident, "differs": differs, "ground": "link-107", "asked": NOW}
    assert {name: value for name, value in review.items() if name != "id"} == about


def test_a_person_of_whom_one_datum_differs_is_noted_once(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 1)
    other = [with_basic(asking(numbers), address=f"甲野市灯1-{place}") for place in (97, 98)]
    decide(store, seals, replace(other[0], entries=other[0].entries + other[1].entries))
    decide(store, seals, with_basic(asking(numbers), address="甲野市灯1-99"))
    assert rows(store, REVIEWS) == 1
    decide(store, seals, with_basic(asking(numbers), birth="2001-01-01"))
    decide(store, seals, with_basic(asking(numbers), address="甲野市灯1-99"), "ward-c")
    assert rows(store, REVIEWS) == 3


def test_two_of_four_go_nowhere(store: Store, seals: Seals) -> None:
    request = with_basic(asking(registered(store, seals, 1)), name="別人", birth="2001-01-01")
    assert decide(store, seals, request) == ("no-match",)
    assert rows(store) == rows(store, REVIEWS) == 0


def test_an_unknown_number_looks_like_data_that_differ(store: Store, seals: Seals) -> None:
    (known,) = registered(store, seals, 1)
    unknown = from_body(f"{(int(known.digits()[:11]) + 7) % 10**11 or 1:011d}")
    assert decide(store, seals, asking([unknown])) == ("no-match",)
    assert rows(store) == rows(store, REVIEWS) == 0


def test_a_family_members_number_is_stopped(store: Store, seals: Seals) -> None:
    """The number of the person at 1-1 stands in the file of the one at 1-0."""
    numbers = registered(store, seals, 2)
    assert decide(store, seals, asking([numbers[1]])) == ("no-match",)


def test_the_same_request_again_has_the_same_answer_and_no_second_effect(store: Store, seals: Seals) -> None:
    request = asking(registered(store, seals, 2))
    assert decide(store, seals, request) == decide(store, seals, request) == ("accepted", "accepted")
    assert rows(store) == 2
    with store.reading() as connection:
        assert tables.counts(connection, "2026-09") == [("ward-a", "accepted", 2)]


@pytest.mark.parametrize("change", ["number", "ground", "basic"])
def test_a_number_used_for_another_entry_is_refused(store: Store, seals: Seals, change: str) -> None:
    numbers = registered(store, seals, 2)
    request = asking(numbers[:1])
    decide(store, seals, request)
    entry = request.entries[0]
    other = {
        "number": replace(request, entries=(replace(entry, number=numbers[1]),)),
        "ground": replace(request, ground="link-106"),
        "basic": with_basic(request, name="花房　咲"),
    }[change]
    with pytest.raises(ProtocolError, match="REPLAYED"):
        decide(store, seals, other)


def test_acquisition_numbers_of_two_offices_do_not_meet(store: Store, seals: Seals) -> None:
    request = asking(registered(store, seals, 1))
    assert decide(store, seals, request, "ward-a") == decide(store, seals, request, "ward-c") == ("accepted",)
    assert rows(store) == 2


def test_a_second_file_for_a_person_is_already_acquired(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 1)
    first = asking(numbers)
    twice = replace(first, entries=(*first.entries, *asking(numbers).entries))
    assert decide(store, seals, twice) == ("accepted", "already-acquired")
    assert decide(store, seals, asking(numbers)) == ("already-acquired",)
    assert decide(store, seals, asking(numbers), "ward-c") == ("accepted",)


def test_a_declared_loss_and_another_record_epoch_are_accepted(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 1)
    decide(store, seals, asking(numbers))
    assert decide(store, seals, asking(numbers, lost=True)) == ("accepted",)
    assert decide(store, seals, asking(numbers, record_epoch=3)) == ("accepted",)
    assert decide(store, seals, asking(numbers, record_epoch=3)) == ("already-acquired",)


def test_results_are_counted_by_office_and_month_in_japan(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 2)
    decide(store, seals, asking(numbers))
    decide(store, seals, asking(numbers))
    decide(store, seals, asking([numbers[1]]))
    new_year_in_japan = 1_798_729_200  # 2026-12-31T15:00:00Z
    with store.writing() as connection:
        matching.decide(connection, seals, Asked("ward-c", asking(numbers), new_year_in_japan))
    with store.reading() as connection:
        assert tables.counts(connection, "2026-09") == [
            ("ward-a", "accepted", 2),
            ("ward-a", "already-acquired", 2),
            ("ward-a", "no-match", 1),
        ]
        assert tables.counts(connection, "2027-01") == [("ward-c", "accepted", 2)]


@pytest.mark.parametrize(
    ("agency", "change", "error"),
    [
        ("ward-a", {}, None),
        ("ward-a", {"ground": "107"}, None),
        ("ward-a", {"ground": "link-9999"}, "LAW_REFUSED"),
        ("ward-a", {"record_epoch": 1}, "UNKNOWN_EPOCH"),  # listed, but older than the one that counts
        ("ward-a", {"record_epoch": 3}, "UNKNOWN_EPOCH"),
        ("portal", {}, "ROLE_CONFLICT"),
        ("op-1", {}, "ROLE_CONFLICT"),
        ("keeper", {}, "ROLE_CONFLICT"),
        ("nobody", {}, "ROLE_CONFLICT"),
    ],
)
def test_who_may_ask(agency: str, change: dict[str, object], error: str | None) -> None:
    request = Request("link-107", 2, False, ())
    changed = replace(request, **change)  # type: ignore[arg-type]
    if error is None:
        matching.check_asker(world().directory, agency, changed)
    else:
        with pytest.raises(ProtocolError, match=error):
            matching.check_asker(world().directory, agency, changed)


def test_a_refusal_is_recorded_once(store: Store) -> None:
    for at in (NOW, NOW + 9):
        with store.writing() as connection:
            tables.refuse(connection, bytes(32), "ward-a", code="LAW_REFUSED", ground="link-9", entries=3, at=at)
    with store.reading() as connection:
        (row,) = connection.execute(select(tables.REFUSALS)).all()
    assert tuple(row)[1:] == ("ward-a", "LAW_REFUSED", "link-9", 3, NOW)


def test_the_store_shows_nothing_of_what_was_asked(tmp_path: Path, store: Store, seals: Seals) -> None:
    numbers: list[MyNumber] = registered(store, seals, 1)
    request = with_basic(asking(numbers), address="甲野市灯1-99")
    decide(store, seals, request)
    assert rows(store, REVIEWS) == 1
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for needle in ("花房".encode(), "甲野市灯".encode(), numbers[0].digits().encode()):
        assert needle not in stored
    shown = repr((Asked("ward-a", request, NOW), Entry(b"", numbers[0], request.entries[0].basic)))
    assert "花房" not in shown
    assert numbers[0].digits() not in shown
