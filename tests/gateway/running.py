"""One office of a network that was made by the ceremony: its office listener runs, all other parties are down."""

import asyncio
import http.client
import json
import os
import socket
import sqlite3
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from click.testing import CliRunner
from sqlalchemy import Connection

from mynumber.cli.main import main
from mynumber.codes.group import base
from mynumber.codes.keys import scalar_from
from mynumber.codes.permit.answers import Result
from mynumber.exchange.ceremony import delivery, signing
from mynumber.exchange.running import serving
from mynumber.exchange.running.node import Node
from mynumber.exchange.setup import Party
from mynumber.gateway import app, setup
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.asking import inquiries
from mynumber.gateway.asking.inquiries import Seals
from mynumber.gateway.config import GatewayConfig
from mynumber.gateway.store import SCHEMA
from mynumber.plumbing import canonical, config
from tests.boot import network

T = TypeVar("T")


@dataclass
class Answer:
    """What came back: status, media type, and the JSON object."""

    status: int
    media: str
    value: dict[str, Any]


@dataclass
class Office:
    """A running office and a client for each of its officers."""

    folder: Path
    port: int
    node: Node
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        who: str | Path | None = "hanako",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request as an officer (a name, a folder of a certificate, or nobody); bytes go as they are."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {} if data is None else {"Content-Type": "application/json"}
        with closing(http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls(who), timeout=30)) as line:
            line.request(method, path, data, kind | (headers or {}))
            response = line.getresponse()
            return Answer(response.status, response.headers.get_content_type(), json.loads(response.read()))

    def tls(self, who: str | Path | None) -> ssl.SSLContext:
        """Return a client context with an officer's certificate, or none."""
        context = ssl.create_default_context(cafile=str(self.folder / "office-ca.crt"))
        if who is not None:
            place = self.officer(who) if isinstance(who, str) else who
            context.load_cert_chain(place / "officer.crt", place / "officer.key")
        return context

    def officer(self, name: str) -> Path:
        """Return an officer's folder."""
        return self.folder / "officers" / name

    def hire(self, name: str, *procedures: str, department: str = "") -> Path:
        """Add an officer and grant rights, with the commands."""
        admin = str(self.officer("admin"))
        commands = [["officer", "add", "--as", admin, "--name", name, "--department", department]]
        commands += [["rights", "grant", "--as", admin, "--officer", name, "--procedure", one] for one in procedures]
        for command in commands:
            done = CliRunner().invoke(main, command)
            assert done.exit_code == 0, done.output
        return self.officer(name)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the office's store as it lies on disk."""
        with closing(sqlite3.connect(self.folder / "gateway.db")) as connection:
            return list(connection.execute(query, values))

    def open_case(self, *persons: str, who: str = "hanako") -> str:
        """Open a case for link-107."""
        body = {"procedure": "link-107", "persons": list(persons), "reason": "child allowance, claim 5"}
        opened = self.call("POST", "/cases", body, who=who)
        assert opened.status == 200, opened
        return str(opened.value["case"])

    def give_code(self, person: str) -> None:
        """Let the office hold a code for a person, as an acquisition would."""
        wrapping, code = Wrapping("city-a", self.node.key("wrap.key")), base(scalar_from(os.urandom(64)))
        self.node.store.write_now(lambda c: wrapping.store(c, person, 1, code))

    def end(self, inquiry: str, *results: Result, refusal: dict[str, str] | None = None) -> None:
        """End a pending inquiry the way the last step of asking does."""
        seals = Seals.under(self.node.key("store.key"))

        def step(connection: Connection) -> bool:
            if refusal is not None:
                return inquiries.set_refused(connection, inquiry, refusal=refusal, at=1)
            return inquiries.set_answered(connection, inquiry, results, at=1, seals=seals)

        assert self.node.store.write_now(step)

    def run(self, step: Callable[[], Awaitable[T]]) -> T:
        """Run a step on the office's own event loop."""

        async def stepped() -> T:
            return await step()

        return asyncio.run_coroutine_threadsafe(stepped(), self._loop).result(30)

    @contextmanager
    def listening(self) -> Iterator["Office"]:
        """Listen until the block ends."""
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        listener = self.node.listeners[0]
        self.run(listener.start)
        try:
            yield self
        finally:
            self.run(listener.stop)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self.node.store.close()


def make(folder: Path) -> Office:
    """Hold the ceremony for a network, and open its office city-a."""
    port = free_port()
    for name in network.PARTIES:
        if name == "city-a":
            party = Party(role="gateway", id=name, organisation=name, network=network.NETWORK, port=free_port())
            setup.init(folder / name, party, setup.Office(port=port, name="City A"))
        else:
            network.init(folder, name)
    ceremony = network.draft(folder)
    for name in network.OPERATORS:
        signing.sign(ceremony, folder / name, now=network.NOW)
    for name in network.PARTIES:
        delivery.finish(ceremony, folder / name, now=network.NOW)
    place = folder / "city-a"
    sqlite3.connect(place / "business.db").close()
    settings = config.load(place / "config.toml", GatewayConfig)
    node = serving._open(settings, place, SCHEMA, follows_law=False)
    app._prepare(node, settings)
    signed = canonical.decode((folder / "operator-1" / delivery.DIRECTORY).read_bytes())
    asyncio.run(node.view.accept_directory(signed))
    return Office(place, port, node)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
