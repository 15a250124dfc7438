"""A gateway as a process: a peer listener for other institutions, an office listener for its own people and systems."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import secret_scalar
from mynumber.codes.keys import AgencyKeys
from mynumber.codes.law_table import Question
from mynumber.codes.permit.request import Exchange
from mynumber.codes.records import forms
from mynumber.exchange.running import own_keys, reporting, routes, serving
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.gateway.acquiring.enrolled import Acquiring
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.acquiring.rotation import Rotating
from mynumber.gateway.acquiring.vault import Vault
from mynumber.gateway.answering import outbox
from mynumber.gateway.answering.answers import Answering
from mynumber.gateway.answering.business import Business
from mynumber.gateway.asking import refusals
from mynumber.gateway.asking.inquiries import Seals
from mynumber.gateway.asking.sending import Asking
from mynumber.gateway.config import GatewayConfig
from mynumber.gateway.items import correction
from mynumber.gateway.office.listener import add_office
from mynumber.gateway.store import ANSWERED, DOUBLES, ERASABLE, FILLINGS, INQUIRIES, INQUIRY_ENTRIES, SCHEMA
from mynumber.plumbing import config
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import WrongUse

ERASE_SECONDS = 30.0
_REPEAT_SECONDS = 120  # a provider keeps an answer until expires + 120


def serve(path: Path) -> None:
    """Serve a gateway until it is asked to stop."""
    settings = config.load(path, GatewayConfig)
    serving.serve(settings, path.parent, SCHEMA, lambda running: _prepare(running, settings), follows_law=True)


def _prepare(node: Node, settings: GatewayConfig) -> None:
    own, wrapping = keys_of(node), Wrapping(settings.id, node.key("wrap.key"))
    seals = Seals.under(node.key("store.key"))
    own.check()
    _check_wrapping(node, wrapping)
    with node.store.writing() as connection:
        # A store of before these tables filled no record epoch, and did not keep who else holds a code.
        for table in (FILLINGS, DOUBLES):
            table.create(connection, checkfirst=True)
    woken = asyncio.Event()
    business = Business(node.folder / settings.business, settings.mapping)
    answering = Answering(node, own, wrapping, business, seals.answered, woken)
    asking = Asking(node, own, wrapping, seals, _explainer(node))
    vault = Vault(node.folder / settings.vault, node.key("store.key"))
    node.closing.append(vault.close)
    node.stores.append(vault.store)
    node.waits.append(business.trouble)
    acquiring = Acquiring(node, own, wrapping, vault)
    rotating = Rotating(node, wrapping)
    routes.add_call(node, "inquire", answering.inquire)
    routes.add_call(node, "enrolled", acquiring.enrolled)
    routes.add_call(node, "form", rotating.form)
    add_office(node, settings, asking, acquiring)
    node.loops += [
        own.settle,
        rotating.forget,
        asking.resume,
        acquiring.run,
        lambda: outbox.deliver(node, woken),
        lambda: _erase(node),
        reporting.reporter(node, lambda month: _counts(node, own.current, month)),
    ]


def keys_of(node: Node) -> Own[AgencyKeys]:
    """Return the office's keys, by directory."""
    party, wrap = node.config.id, node.key("wrap.key")

    def make(held: Mapping[str, bytes]) -> AgencyKeys:
        return AgencyKeys(party, secret_scalar(held["transport"]), wrap, held["sign"])

    return Own(node, (own_keys.signing(party), own_keys.transport(party)), make)


def _check_wrapping(node: Node, wrapping: Wrapping) -> None:
    """An office that cannot open its codes would answer `not-available` about everybody."""
    with node.store.reading() as connection:
        opens = wrapping.opens(connection)
    if not opens and own_keys.following(node.folder, "wrap").exists():
        # A change of this key died behind its commit: the codes are under the next key, and it must not be lost.
        hint = f"repeat `mynumber join rotate wrap --dir {node.folder}`; keep keys/wrap.next.key"
        raise WrongUse("WRONG_KEY", "a change of keys/wrap.key was not finished", hint=hint)
    own_keys.require("wrap.key", fits=opens)


def _explainer(node: Node) -> Callable[[str, Exchange], dict[str, str]]:
    def explain(code: str, asked: Exchange) -> dict[str, str]:
        state = node.view.state
        if code == "LAW_REFUSED" and (state is None or node.clock.now() > state.body.valid_until):
            return refusals.without_state()
        question = Question("exchange", asked.from_, asked.to, asked.procedure, asked.items, asked.undisclosed)
        block = None if state is None else state.matching(question)
        if code == "LAW_REFUSED" and block is None and _fits(node, question):
            return refusals.beyond_the_law()
        told = refusals.explain(code, asked.procedure, block)
        if code == "LAW_REFUSED" and block is None and (right := _corrected(asked.items)) is not None:
            # The ruling is the network's (FLOWS section 5); what to do about a typing error is known here.
            told["hint"] = right
        return told

    return explain


def _corrected(asked: Sequence[str]) -> str | None:
    return next((right for right in map(correction, asked) if right is not None), None)


def _fits(node: Node, question: Question) -> bool:
    try:
        node.view.laws.in_force(node.clock.now()).check(question)
    except ProtocolError:
        return False
    return True


async def _erase(node: Node) -> None:
    while True:
        await node.store.write(lambda connection: _erase_answers(connection, node.clock.now()))
        await asyncio.sleep(ERASE_SECONDS)


def _erase_answers(connection: Connection, now: int) -> None:
    """Erase answers that no repeat can ask for any more."""
    over = ANSWERED.c.expires < now - _REPEAT_SECONDS
    connection.execute(update(ANSWERED).where(over, ERASABLE).values(answer=None))


def _counts(node: Node, keys: AgencyKeys, month: str) -> Json:
    """Return what this office asked and answered in a month, in entries."""
    with node.store.reading() as connection:
        recorded, answered = _recorded(connection, month), _answered(connection, month)
    asked = [forms.Recorded(from_=keys.id, to=to, kind="exchange", recorded=n, answered=0) for to, n in recorded]
    given = [forms.Recorded(from_=by, to=keys.id, kind="exchange", recorded=0, answered=n) for by, n in answered]
    form = forms.OfficeCounts(v=1, network=node.config.network, month=month, counts=(*asked, *given))
    return forms.sign_form(form, (keys.id, keys.sign))


def _recorded(connection: Connection, month: str) -> list[tuple[str, int]]:
    query = select(INQUIRIES.c.provider, func.count()).join(INQUIRY_ENTRIES).where(INQUIRIES.c.month == month)
    grouped = query.group_by(INQUIRIES.c.provider).order_by(INQUIRIES.c.provider)
    return [(row[0], int(row[1])) for row in connection.execute(grouped)]


def _answered(connection: Connection, month: str) -> list[tuple[str, int]]:
    asker = ANSWERED.c["from"]
    query = select(asker, func.sum(ANSWERED.c.count)).where(ANSWERED.c.kind == "exchange", ANSWERED.c.month == month)
    return [(row[0], int(row[1])) for row in connection.execute(query.group_by(asker).order_by(asker))]
