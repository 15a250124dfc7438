"""An office's own provider, in the place of its gateway: it answers `inquire` from the office's own tables.

    python own_gateway.py DIR STORE       DIR is the office's folder, whose gateway is stopped; STORE is our own file

Everything that comes from outside is verified by the library, in the order of F1 to F7 (docs/spec/codes-5-receiving).
Request, permit, answer and outcome are stored in one transaction; only then it answers. docs/operators/own_gateway.md
says what a gateway does beside that and this program does not.
"""

import hmac
import json
import os
import sqlite3
import ssl
import sys
import time
from http.client import HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import msgspec

from mynumber.codes import at_rest, law_table, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point, secret_scalar
from mynumber.codes.law_table import LawTables
from mynumber.codes.parties import directory as directories
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import answers, request_checks
from mynumber.codes.permit.answers import Result
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.receive import Brought, Received, Receiver, StoredAnswer, Used, receive
from mynumber.codes.permit.request import Exchange, Request
from mynumber.codes.records import forms
from mynumber.exchange import context, setup
from mynumber.exchange.context import Entry
from mynumber.exchange.view import anchors, state
from mynumber.pki import identity
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import MyNumberError

STOPS_S = 20  # so long a gateway takes to stop
PAPERS_S = 5  # how old directory, law table and state may be when a question comes
PERSON = "SELECT person, guard FROM persons WHERE epoch = ? AND blob = ? AND person NOT IN (SELECT person FROM shields)"
OWN_QUERIES = {"local_tax/recipient": "SELECT fiscal_year, income_total FROM local_tax WHERE ref = ?"}


class Provider:
    """One office that answers."""

    def __init__(self, folder: Path, store: Path) -> None:
        """Read keys, anchors and addresses; open a store of our own, which nobody else may read."""
        self.folder, self.network = folder, anchors.load(folder)
        self.id, self.now = setup.who(folder).id, setup.clock(folder).now
        secrets = {name: (folder / "keys" / f"{name}.key").read_bytes() for name in ("transport", "sign", "wrap")}
        self.y, self.wrap = secret_scalar(secrets["transport"]), secrets["wrap"]
        self.signer = (self.id, secrets["sign"])
        self.urls = {operator.id: operator.url for operator in self.network.operators}
        self.lock, self.read_at = Lock(), 0.0
        self.standing: Standing | None = None
        os.close(os.open(store, os.O_CREAT | os.O_RDWR, 0o600))
        self.store = sqlite3.connect(store, check_same_thread=False)
        self.store.execute("CREATE TABLE IF NOT EXISTS used (request BLOB PRIMARY KEY, permit BLOB, answer BLOB)")
        self.store.execute("CREATE TABLE IF NOT EXISTS outbox (form BLOB)")

    def context(self, purpose: ssl.Purpose) -> ssl.SSLContext:
        """Return a TLS context that shows our certificate and believes the network's root alone."""
        made = ssl.create_default_context(purpose, cafile=self.folder / "network.crt")
        made.minimum_version, made.check_hostname = ssl.TLSVersion.TLSv1_3, False
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_cert_chain(self.folder / "node.crt", self.folder / "keys" / "node.key")
        return made

    def call(self, party: str, path: str, body: Json = None) -> Json:
        """GET from a party, or POST to it, once it has proved who it is."""
        connection = HTTPSConnection(urlsplit(self.urls[party]).netloc, context=self.context(ssl.Purpose.SERVER_AUTH))
        try:
            connection.connect()
            if party_of(connection.sock, self.network.network) != party:
                raise ssl.SSLCertVerificationError(f"{party} is another party")
            sent = None if body is None else canonical.encode(body)
            connection.request("GET" if sent is None else "POST", path, sent, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return canonical.decode(answer.read()) if answer.status == 200 else None
        finally:
            connection.close()

    def papers(self) -> tuple[Standing, LawTables, state.State]:
        """Return directory, law tables and state, each verified; the directory only moves forward."""
        with self.lock:
            if self.standing is None or time.monotonic() > self.read_at + PAPERS_S:
                # The file changes with an operator's signing key, ahead of the directory that lists the next one.
                self.network = anchors.load(self.folder)
                operator, name = self.network.operators[0].id, self.network.network
                self.urls.update(msgspec.convert(self.call(operator, "/addresses.json"), dict[str, str]))
                last = None if self.standing is None else self.standing.current
                served = self.call(operator, "/directory/current")
                believed = self.network.believed(anchors.version_of(served))
                found = directories.load_directory(served, network=name, anchors=believed, now=self.now(), last=last)
                self.standing = Standing(found) if self.standing is None else self.standing.accept(found)
                supervisor = found.body.supervisor.id
                law = self.call(supervisor, "/law/current")
                self.laws = LawTables.of([law_table.load_law(law, name, found.signer(supervisor))])
                self.state = state.load(self.call(supervisor, "/state/current"), name, found.signer(supervisor))
                self.read_at = time.monotonic()
            return self.standing, self.laws, self.state

    def inquire(self, peer: str, body: Json) -> Json:
        """Answer {bundle, context} with {answer, sealed}."""
        shape = wire.members(body, "bundle", "context")
        brought = Brought(peer, wire.blob(shape["context"]))
        standing, laws, blocks = self.papers()

        def extra(asked: Request) -> None:
            blocks.check(request_checks.question(asked), self.now())

        received = receive(
            arrived(shape["bundle"], released=True),
            brought,
            me=Receiver(self.id, "provider", self.y, standing, laws),
            now=self.now(),
            used=self.used,
            outstanding=(),
            extra=extra,
        )
        return received.answer if isinstance(received, StoredAnswer) else self.answer(received, brought)

    def answer(self, received: Received, brought: Brought) -> Json:
        """Look up, seal, sign, store, and only then answer."""
        asked, name, permit = received.request, self.network.network, received.permit_hash
        if not isinstance(asked.body, Exchange):
            raise ProtocolError("PERMIT_MISMATCH")
        said = context.read(brought.context, count=asked.count, items=asked.items)
        epoch = asked.body.to_epoch
        results = [self.look_up(epoch, code, one) for code, one in zip(received.opened[0], said.entries, strict=True)]
        sealed = answers.seal_answer(bytes(asked.body.reply_key), results, permit=permit, provider=self.id)
        signed = answers.sign_answer(sealed, permit=permit, network=name, signer=self.signer)
        told: Json = {"answer": signed, "sealed": canonical.b64(sealed)}
        outcome = forms.Outcome(
            v=1,
            network=name,
            permit=wire.B32(permit),
            provided=self.now(),
            results=tuple("ok" if one.available else "not-available" for one in results),
        )
        with self.lock, self.store:
            row = (asked.hash, permit, canonical.encode(told))
            self.store.execute("INSERT INTO used VALUES (?, ?, ?)", row)
            form = canonical.encode(forms.sign_form(outcome, self.signer))
            self.store.execute("INSERT INTO outbox VALUES (?)", (form,))
        return told

    def used(self, request_hash: bytes) -> Used | None:
        """F2a: return what was answered to this request before."""
        with self.lock:
            row = self.store.execute("SELECT permit, answer FROM used WHERE request = ?", (request_hash,)).fetchone()
        return None if row is None else Used(row[0], canonical.decode(row[1]))

    def look_up(self, epoch: int, code: Point | None, entry: Entry) -> Result:
        """Return what the office's own tables hold; unknown and withheld persons look alike."""
        ref = None if code is None else self.person(at_rest.wrap(self.wrap, self.id, epoch, code), epoch)
        if ref is None:
            return Result(available=False)
        own = sqlite3.connect(f"file:{self.folder / 'business.db'}?mode=ro", uri=True)
        own.row_factory = sqlite3.Row
        asked = {item: OWN_QUERIES.get(item) for item in entry.items}
        data: Json = {
            item: [dict(row) for row in own.execute(sql, (ref,))] if sql else [] for item, sql in asked.items()
        }
        own.close()
        return Result(available=True, data=data)

    def person(self, blob: bytes, epoch: int) -> str | None:
        """Return the office's own reference of a wrapped code, as the gateway keeps it."""
        kept = sqlite3.connect(f"file:{self.folder / 'gateway.db'}?mode=ro", uri=True)
        row = kept.execute(PERSON, (epoch, blob)).fetchone()
        kept.close()
        if row is None:
            return None
        at_rest.check_beside(hmac.digest(self.wrap, b"beside", "sha256"), row[0].encode(), blob, row[1])
        return str(row[0])

    def health(self) -> dict[str, Json]:
        """Return what others' `mynumber join check` reads."""
        told: dict[str, Json] = {"party": self.id, "role": "gateway", "time": self.now()}
        try:
            current = self.papers()[0].current
        except (OSError, HTTPException, MyNumberError):
            return {**told, "state": "waiting", "waiting_for": ["directory, law table and state"]}
        listed: Json = {"version": current.body.version, "hash": current.hash.hex()}
        return {**told, "state": "ready", "waiting_for": [], "directory": listed}

    def deliver(self) -> None:
        """Tell the keeper what was answered; what it does not take now is told again after the next question."""
        with self.lock:
            waiting = self.store.execute("SELECT rowid, form FROM outbox").fetchall()
        for number, form in waiting:
            keeper = self.papers()[0].current.body.keeper.id
            if self.call(keeper, "/v1/form", canonical.decode(form)) == {}:
                with self.lock, self.store:
                    self.store.execute("DELETE FROM outbox WHERE rowid = ?", (number,))


def party_of(connection: object, network: str) -> str:
    """Return the party of this network that the certificate of a connection names, else nobody."""
    der = connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLSocket) else None
    found = identity.party_of(der or b"")
    return found.party if found.network == network else ""


class Handler(BaseHTTPRequestHandler):
    """POST /v1/inquire, and GET /health for who watches."""

    protocol_version = "HTTP/1.1"
    provider: Provider

    def do_POST(self) -> None:
        """Answer a call; a refusal is its name."""
        try:
            if self.path != "/v1/inquire":
                raise ProtocolError("WRONG_TYPE")
            body = canonical.decode(self.rfile.read(min(int(self.headers["Content-Length"]), 4 << 20)))
            peer = party_of(self.connection, self.provider.network.network)
            self.say(200, self.provider.inquire(peer, body))
            self.provider.deliver()
        except MyNumberError as refused:
            self.say(403, {"error": refused.code})

    def do_GET(self) -> None:
        """Say how it is. There is nothing else: a log or a paper that is not one would be held against the office."""
        if self.path == "/health":
            health = self.provider.health()
            self.say(503 if health["waiting_for"] else 200, health)
        else:
            self.say(404, {"error": "NOT_FOUND"})

    def say(self, status: int, value: Json) -> None:
        """Answer with canonical JSON."""
        body = canonical.encode(value)
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing about a request but its status."""
        sys.stderr.write(json.dumps({"status": str(code), "size": str(size)}) + "\n")


def bound(host: str, port: int) -> ThreadingHTTPServer:
    """Take the office's address, as soon as the gateway that is stopping has left it."""
    end = time.monotonic() + STOPS_S
    while True:
        try:
            return ThreadingHTTPServer((host, port), Handler)
        except OSError:
            if time.monotonic() > end:
                raise
        time.sleep(0.2)


def main(folder: Path, store: Path) -> None:
    """Serve until stopped, at the address that the office's config.toml names."""
    Handler.provider = provider = Provider(folder, store)
    address = urlsplit(dict(provider.call(provider.network.operators[0].id, "/addresses.json") or {})[provider.id])  # type: ignore[arg-type]
    server = bound(str(address.hostname), int(address.port or 443))
    listening = provider.context(ssl.Purpose.CLIENT_AUTH)
    server.socket = listening.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
