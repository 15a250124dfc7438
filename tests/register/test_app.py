"""The register's two calls: who may ask, what is told, what is counted, and what never reaches a log."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select

from mynumber.acquisition import messages
from mynumber.acquisition.messages import Request
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Unlink
from mynumber.codes.wire import B16
from mynumber.exchange.rate import Rate
from mynumber.exchange.running.node import Node
from mynumber.plumbing import canonical, keyfiles, logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import NotFinished
from mynumber.register import app, enrolments
from mynumber.register.app import Window
from mynumber.register.config import RegisterConfig
from mynumber.register.store import ACQUISITIONS, REFUSALS, Seals
from mynumber.register.worker import Worker
from tests.register.cards import found_authority
from tests.register.people import NOW, asking, registered
from tests.register.town import world


@pytest.fixture
def window(node: Node, seals: Seals, worker: Worker) -> Window:
    return Window(node, seals, Rate(6000), worker)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "journal" / "serve.log"
    with logs.to_file(path):
        yield path
    structlog.reset_defaults()


def ask(window: Window, request: Request, peer: str = "ward-a") -> Json:
    body = canonical.decode(canonical.encode(messages.write_request(request)))
    return asyncio.run(window.acquisition(peer, body))


def test_an_office_asks_and_the_worker_is_woken(store: Store, seals: Seals, window: Window) -> None:
    answer = ask(window, asking(registered(store, seals, 2)))
    assert answer == {"v": 1, "results": ["accepted", "accepted"]}
    assert window.worker._woken.is_set()


def test_a_ground_that_is_no_row_is_refused_and_recorded_once(store: Store, seals: Seals, window: Window) -> None:
    request = replace(asking(registered(store, seals, 2)), ground="link-9999")
    for _ in range(2):
        with pytest.raises(ProtocolError, match="LAW_REFUSED") as refused:
            ask(window, request)
        assert refused.value.row == "link-9999"
    with store.reading() as connection:
        (row,) = connection.execute(select(REFUSALS)).all()
        assert connection.execute(select(ACQUISITIONS)).all() == []
    assert tuple(row)[1:-1] == ("ward-a", "LAW_REFUSED", "link-9999", 2)
    with pytest.raises(ProtocolError, match="LAW_REFUSED"):
        ask(window, request, "ward-c")
    with store.reading() as connection:
        assert len(connection.execute(select(REFUSALS)).all()) == 2


@pytest.mark.parametrize(("peer", "body"), [("op-1", None), ("portal", None), ("ward-a", {}), ("ward-a", [])])
def test_other_refusals_leave_no_row(store: Store, seals: Seals, window: Window, peer: str, body: Json) -> None:
    request = messages.write_request(asking(registered(store, seals, 1)))
    with pytest.raises(ProtocolError):
        asyncio.run(window.acquisition(peer, request if body is None else body))
    with store.reading() as connection:
        assert connection.execute(select(REFUSALS)).all() == connection.execute(select(ACQUISITIONS)).all() == []


def test_an_office_that_asks_too_fast_is_told_to_come_again(
    store: Store, seals: Seals, node: Node, worker: Worker
) -> None:
    window = Window(node, seals, Rate(3), worker)
    request = asking(registered(store, seals, 2))
    ask(window, request)
    with pytest.raises(NotFinished):
        ask(window, asking(registered(store, seals, 2)))
    ask(window, request, "ward-c")


def test_a_rate_counts_the_last_minute_for_each_office() -> None:
    rate = Rate(64)
    rate.take("a", 64, NOW)
    for at in (NOW, NOW + 59):
        with pytest.raises(NotFinished):
            rate.take("a", 1, at)
    rate.take("b", 64, NOW + 59)
    rate.take("a", 64, NOW + 60)


def test_no_number_and_no_name_reaches_the_log(store: Store, seals: Seals, window: Window, log: Path) -> None:
    numbers = registered(store, seals, 2)
    request = asking(numbers)
    ask(window, request)
    bodies: list[Json] = [
        messages.write_request(replace(request, ground="link-9999")),
        {"v": 1, "number": numbers[0].digits()},
        messages.write_request(replace(request, entries=(replace(request.entries[0], number=numbers[1]),))),
    ]
    for body in bodies:
        with pytest.raises(ProtocolError) as refused:
            asyncio.run(window.acquisition("ward-a", body))
        logs.trouble("planted", refused.value, peer="ward-a")
        assert numbers[0].digits() not in repr(refused.value) + str(refused.value.members())
    text = log.read_text()
    assert text.count("planted") == 3
    for needle in ("花房", *(number.digits() for number in numbers)):
        assert needle not in text


def unlink(acq: bytes, *, agency: str = "ward-a", signer: str = "ward-a", network: str = "demo") -> Json:
    form = Unlink(v=1, network=network, agency=agency, acq=B16(acq), reason="wrong person")
    return forms.sign_form(form, (signer, world().signing[signer]))


def test_an_office_clears_the_note_of_a_wrong_link(store: Store, seals: Seals, window: Window) -> None:
    request = asking(registered(store, seals, 1))
    ask(window, request)
    with store.writing() as connection:
        connection.execute(ACQUISITIONS.update().values(state="held"))
    assert asyncio.run(window.form("ward-a", unlink(request.entries[0].acq))) == {}
    with store.reading() as connection:
        assert connection.execute(select(ACQUISITIONS)).all() == []
        assert enrolments.busy(connection) == []


@pytest.mark.parametrize(
    ("peer", "form", "error"),
    [
        ("ward-c", unlink(bytes(16)), "SIGNATURE_SET"),
        ("ward-c", unlink(bytes(16), signer="ward-c"), "PERMIT_MISMATCH"),
        ("ward-a", unlink(bytes(16), network="other"), "PERMIT_MISMATCH"),
        ("ward-a", {}, "BAD_ENCODING"),
    ],
)
def test_nobody_clears_anothers_note(window: Window, peer: str, form: Json, error: str) -> None:
    with pytest.raises(ProtocolError, match=error):
        asyncio.run(window.form(peer, form))


def test_a_node_gets_the_calls_the_enrolments_and_their_wait(node: Node, tmp_path: Path) -> None:
    for name in ("encryption.key", "store.key"):
        keyfiles.write_secret(tmp_path / "keys" / name, os.urandom(32))
    keyfiles.write_secret(tmp_path / "keys" / "sign.key", world().register.sign)
    found_authority(tmp_path)
    assert isinstance(node.config, RegisterConfig)
    app.prepare(node, node.config)
    routes = {(route.method, route.resource.canonical) for route in node.app.router.routes() if route.resource}
    assert routes == {("POST", path) for path in ("/acquisition", "/v1/form", "/v1/login", "/v1/order")}
    assert (len(node.loops), len(node.waits)) == (2, 1)
    assert node.waiting_for() == []
