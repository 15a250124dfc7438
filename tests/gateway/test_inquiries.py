"""Inquiries in the store: what is gone on with without reading it again is what would have been read."""

from dataclasses import replace

import pytest

from mynumber.codes.group import base
from mynumber.codes.keys import scalar_from
from mynumber.exchange.context import Conditions
from mynumber.gateway import app
from mynumber.gateway.asking import drafts, inquiries
from mynumber.gateway.asking.drafts import Asker
from mynumber.gateway.asking.inquiries import Draft, Seals, Wanted
from mynumber.gateway.desk.cases import Case
from tests.boot.network import NOW
from tests.gateway.running import Office


def draft(office: Office, places: tuple[int, ...]) -> Draft:
    """An inquiry about r0, r1 and r2 with an item each, `places[i]` the place of r<i> in the request's list."""
    persons = tuple(f"r{number}" for number in range(len(places)))
    case = Case(office.open_case(*persons), "link-107", "claim 5", "hanako", "", persons, NOW, None)
    entries = tuple(Wanted(person, (f"item/{person}",), Conditions()) for person in persons)
    shuffled = tuple(entries[places.index(place)] for place in range(len(places)))
    codes = [base(scalar_from(bytes([number]) * 64)) for number in range(1, len(places) + 1)]
    keys, directory = app.keys_of(office.node).current, office.node.view.directory
    written = drafts.write(
        Asker("hanako", "", case), "pension", shuffled, codes, keys=keys, directory=directory, now=NOW
    )
    return replace(written, entries=entries, listed=places)


@pytest.mark.parametrize("places", [(0,), (2, 0, 1)])
def test_an_inquiry_that_was_just_stored_is_the_one_that_the_store_gives_back(
    office: Office, places: tuple[int, ...]
) -> None:
    made, seals = draft(office, places), Seals.under(office.node.key("store.key"))
    store = office.node.store
    store.write_now(lambda connection: inquiries.insert_draft(connection, made, seals, waiting_for="operator-1"))
    begun = inquiries.begun(made, waiting_for="operator-1")
    assert begun == store.look(lambda connection: inquiries.load(connection, made.id, seals))
    assert [begun.asked[place] for place in places] == [{f"item/r{number}"} for number in range(len(places))]
