"""What an officer is told when a provider refuses under a condition is true, whatever the reason was."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import insert

from mynumber.codes.group import base
from mynumber.codes.keys import scalar_from
from mynumber.codes.permit import answers
from mynumber.exchange.context import Conditions
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.app import keys_of
from mynumber.gateway.asking import refusals
from mynumber.gateway.asking.inquiries import Seals, Wanted
from mynumber.gateway.asking.sending import Asking, Shown
from mynumber.gateway.desk.cases import Case
from mynumber.gateway.store import CASES, OFFICERS
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from tests.gateway import answering_town
from tests.gateway.acquiring_town import OFFICE
from tests.gateway.answering_town import ASKER, ITEM, Provider
from tests.register.people import NOW
from tests.register.town import Town, world

YEAR, PERIOD, NONE = Conditions(fiscal_year=2025), Conditions(from_="2025-04-01", to="2026-03-31"), Conditions()
CASE = Case("c", "link-107", "claim 5", "hanako", "Claims", ("a0",), NOW, None)


class Wire(Town):
    """What passes between asker, network and provider; on the way to the provider and back it may be altered."""

    provider: Provider
    there: Callable[[Json], Json] = staticmethod(lambda body: body)
    back: Callable[[Json], Json] = staticmethod(lambda answer: answer)

    async def call(self, party: str, name: str, body: Json, *, hops: int = 1) -> Json:
        """Let the network convert, or the provider answer."""
        if (party, name) != (OFFICE, "inquire"):
            return await super().call(party, name, body, hops=hops)
        return self.back(await self.provider.answering.inquire(ASKER, self.there(body)))


@dataclass
class Asker:
    """The asking office."""

    asking: Asking
    wire: Wire

    def ask(self, conditions: Conditions) -> Shown:
        """Ask, and wait for the end."""

        async def asked() -> Shown:
            running = asyncio.create_task(self.asking.resume())
            await asyncio.sleep(0)
            wanted = [Wanted("a0", (ITEM,), conditions)]
            made = await self.asking.submit("hanako", "Claims", CASE, OFFICE, wanted, within=lambda _c, _i: None)
            shown = await self.asking.wait(made, 20, lambda _connection, _shown: True)
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            return shown or self.asking.view(made)

        return asyncio.run(asked())

    def refused(self, conditions: Conditions) -> object:
        """Ask, and return what was refused."""
        shown = self.ask(conditions)
        assert shown["state"] == "refused"
        return shown["refusal"]


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    folders = tmp_path / "provider", tmp_path / "asker"
    for folder in folders:
        folder.mkdir()
    wire = Wire(tmp_path)
    with (
        answering_town.opened(folders[0], wire) as wire.provider,
        answering_town.node_with_keys(folders[1], wire, ASKER) as node,
    ):
        wrapping, code = Wrapping(ASKER, node.key("wrap.key")), base(scalar_from(os.urandom(64)))
        with node.store.writing() as connection:
            wrapping.store(connection, "a0", world().directory.agency(ASKER).epoch, code)
            connection.execute(insert(OFFICERS).values(name="hanako", department="Claims", added=1))
            row = {"id": "c", "procedure": "link-107", "reason": b"-", "opened_by": "hanako", "opened": 1}
            connection.execute(insert(CASES).values(row))
        seals = Seals.under(bytes(32))
        yield Asker(Asking(node, keys_of(node), wrapping, seals, lambda c, a: refusals.explain(c, a.procedure)), wire)


def test_a_condition_that_the_provider_keeps_is_answered(asker: Asker) -> None:
    assert [asker.ask(conditions)["state"] for conditions in (NONE, YEAR)] == ["answered", "answered"]


def altered(body: Json) -> Json:
    assert isinstance(body, dict)
    return body | {"context": canonical.b64(bytes(64))}


def test_a_condition_and_a_true_mismatch_are_both_in_what_is_said_of_the_providers_refusal(asker: Asker) -> None:
    not_kept = asker.refused(PERIOD)
    assert not_kept == refusals.under_condition()
    asker.wire.there = altered
    assert asker.refused(YEAR) == not_kept, "the provider says no more"
    assert asker.refused(NONE) == refusals.explain("PERMIT_MISMATCH", "link-107")


def test_an_answer_that_is_for_another_permit_is_no_matter_of_the_condition(asker: Asker) -> None:
    def lie(answer: Json) -> Json:
        assert isinstance(answer, dict)
        signer = (OFFICE, world().signing[OFFICE])
        sealed = canonical.unb64(str(answer["sealed"]))
        return answer | {"answer": answers.sign_answer(sealed, permit=bytes(32), network="demo", signer=signer)}

    asker.wire.back = lie
    assert asker.refused(YEAR) == refusals.explain("PERMIT_MISMATCH", "link-107")
