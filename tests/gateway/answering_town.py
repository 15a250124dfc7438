"""An office that answers an inquiry of another over a real store; operators and keeper are those of the vectors.

The office is ward-a and holds two persons, p0 and p1; pension asks it. Nothing runs: a test brings the bundle.
"""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mynumber.codes.group import base
from mynumber.codes.keys import AgencyKeys, scalar_from
from mynumber.codes.permit import answers
from mynumber.codes.permit.answers import Asked, Result
from mynumber.codes.permit.receive import Brought, StoredAnswer
from mynumber.codes.permit.steps import open_bundle, payloads_of, permit_hash
from mynumber.exchange.context import Conditions
from mynumber.exchange.running import own_keys
from mynumber.exchange.running.node import Node
from mynumber.exchange.view import state as states
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.answering import business as departments
from mynumber.gateway.answering.answers import Answering
from mynumber.gateway.answering.business import Business
from mynumber.gateway.app import keys_of
from mynumber.gateway.asking import drafts
from mynumber.gateway.asking.drafts import Asker
from mynumber.gateway.asking.inquiries import Draft, Seals, Wanted
from mynumber.gateway.desk.cases import Case
from mynumber.plumbing import canonical, keyfiles
from mynumber.plumbing.canonical import Json
from tests.gateway.acquiring_town import OFFICE, office_node
from tests.register.people import NOW
from tests.register.town import Town, world

ASKER = "pension"
ITEM = "pension"
QUERY = "SELECT amount FROM held WHERE ref = :person AND :fiscal_year IS :fiscal_year"


class Desk(Business):
    """The department's database; something may happen after it was looked at and before the answer is stored."""

    meanwhile: Callable[[], None] | None = None

    def look_up(self, wanted: Sequence[departments.Wanted]) -> list[dict[str, Json]]:
        """Look up, and let it happen once."""
        found = super().look_up(wanted)
        step, self.meanwhile = self.meanwhile, None
        if step is not None:
            step()
        return found


@dataclass
class Provider:
    """The answering office and who asks it."""

    answering: Answering
    wire: Town
    desk: Desk

    def ask(self, count: int = 2, conditions: Conditions | None = None) -> tuple[Draft, Json]:
        """Return an inquiry of `count` persons and what the asker brings to the office."""
        secrets, directory = world(), world().directory
        keys = AgencyKeys(ASKER, secrets.transport[ASKER], os.urandom(64), secrets.signing[ASKER])
        persons = tuple(f"a{place}" for place in range(count))
        case = Case("c", "link-107", "claim 5", "hanako", "", persons, NOW, None)
        entries = tuple(Wanted(person, (ITEM,), conditions or Conditions()) for person in persons)
        codes = [base(scalar_from(bytes([place + 1]) * 64)) for place in range(count)]
        now = self.wire.clock.now()
        draft = drafts.write(
            Asker("hanako", "Claims", case), OFFICE, entries, codes, keys=keys, directory=directory, now=now
        )
        bundle = self.wire.convert({"message": draft.message.json, "steps": [], "endorsements": []})
        return draft, {"bundle": bundle, "context": canonical.b64(draft.context)}

    def hold(self) -> None:
        """Let the office hold the codes of the persons who are asked about, as an acquisition would."""
        draft, body = self.ask()
        assert isinstance(body, dict)
        checked = self.answering._check(body["bundle"], Brought(ASKER, draft.context))
        assert not isinstance(checked, StoredAnswer)
        for place, code in enumerate(checked.received.opened[0]):
            assert code is not None
            keep = partial(self.answering.wrapping.store, person=f"p{place}", epoch=1, code=code)
            self.answering.node.store.write_now(keep)

    def bring(self, body: Json) -> Json:
        """Let the asker bring its bundle."""
        return asyncio.run(self.answering.inquire(ASKER, body))

    def opened(self, draft: Draft, body: Json, answer: Json) -> tuple[Result, ...]:
        """Open an answer as the asker does, with all its checks."""
        assert isinstance(body, dict)
        assert isinstance(answer, dict)
        payloads = payloads_of(open_bundle(body["bundle"], released=True).endorsements)
        assert payloads is not None
        signer, permit = world().directory.signer(OFFICE), permit_hash(payloads)
        asked = Asked(
            network="demo", permit=permit, provider=signer, count=len(draft.entries), reply_secret=draft.reply_secret
        )
        return answers.open_answer(answer["answer"], canonical.unb64(str(answer["sealed"])), asked)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Read the office's store as it lies on disk."""
        with closing(sqlite3.connect(self.answering.node.folder / "gateway.db")) as connection:
            return list(connection.execute(query))


@contextlib.contextmanager
def opened(folder: Path, around: Town | None = None) -> Iterator[Provider]:
    """Open the office; it holds p0 and p1."""
    wire = around or Town(folder)
    wire.keeper_knows_all = True
    with node_with_keys(folder, wire, OFFICE) as node:
        _follow_law(node)
        with closing(sqlite3.connect(folder / "business.db")) as held:
            held.execute("CREATE TABLE held (ref TEXT, amount INTEGER)")
            held.executemany("INSERT INTO held VALUES (?, ?)", [("p0", 5), ("p1", 7)])
            held.commit()
        business, seals = Desk(folder / "business.db", {ITEM: QUERY}), Seals.under(bytes(32))
        answering = Answering(
            node, keys_of(node), Wrapping(OFFICE, node.key("wrap.key")), business, seals.answered, asyncio.Event()
        )
        provider = Provider(answering, wire, business)
        provider.hold()
        yield provider


@contextlib.contextmanager
def node_with_keys(folder: Path, wire: Town, me: str) -> Iterator[Node]:
    """Open the node of an office, with the keys that the directory has for it."""
    with office_node(folder, wire, me) as node:
        secrets = {"transport": world().transport[me], "wrap": os.urandom(64), "sign": world().signing[me]}
        for name, secret in secrets.items():
            keyfiles.write_secret(own_keys.settled(folder, name), secret)
        yield node


def _follow_law(node: Node) -> None:
    now, supervisor = node.clock.now(), world().directory.body.supervisor.id
    body = states.Body(network="demo", version=1, issued=now, valid_until=now + 3600, blocks=())
    state = states.sign(body, (supervisor, world().signing[supervisor]))
    node.view.laws = world().laws
    node.view.state = states.load(state, "demo", world().directory.signer(supervisor))
