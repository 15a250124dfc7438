"""The register as a process: `acquisition` and `form` for offices, enrolments; `login` and `order` for portals."""

from dataclasses import dataclass
from pathlib import Path

from mynumber.acquisition import messages
from mynumber.acquisition.messages import Request
from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import RegisterKeys
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Unlink
from mynumber.exchange.rate import Rate
from mynumber.exchange.running import own_keys, routes, serving
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.pki import certificates
from mynumber.plumbing import canonical, config, faults
from mynumber.plumbing.canonical import Json
from mynumber.register import enrolments, matching, store
from mynumber.register.citizens import cards, logins, orders
from mynumber.register.citizens.logins import Logins
from mynumber.register.citizens.orders import Orders
from mynumber.register.citizens.sessions import Sessions
from mynumber.register.config import RegisterConfig
from mynumber.register.enrolling import Keys
from mynumber.register.matching import Asked
from mynumber.register.store import Seals
from mynumber.register.worker import Worker

_FORGOTTEN = (
    "load again who was loaded since, before anybody else is, and hand their cards out again; offices hand in with"
    " --lost whom they handed in since"
)


def serve(path: Path) -> None:
    """Serve the register until it is asked to stop."""
    settings = config.load(path, RegisterConfig)
    serving.serve(settings, path.parent, store.SCHEMA, lambda running: prepare(running, settings))


def prepare(node: Node, settings: RegisterConfig) -> None:
    """Add the register's calls and its enrolments to a node."""
    node.forgotten = _FORGOTTEN
    own = keys_of(node)
    own.check()
    seals = Seals.of(node.key("store.key"))
    worker = Worker(node, seals, own.of)
    window = Window(node, seals, Rate(settings.entries_a_minute), worker)
    routes.add_call(node, "acquisition", window.acquisition, path=messages.PATH)
    routes.add_call(node, "form", window.form)
    _add_citizens(node, settings, seals, own.of)
    node.loops += [worker.work, own.settle]
    node.waits.append(worker.missing)


def keys_of(node: Node) -> Own[RegisterKeys]:
    """Return the register's keys, by directory."""
    party, secret = node.config.id, node.key("encryption.key")
    return Own(node, (own_keys.signing(party),), lambda held: RegisterKeys(party, secret, held["sign"]))


def _add_citizens(node: Node, settings: RegisterConfig, seals: Seals, keys: Keys) -> None:
    root, sessions = certificates.load_certificate(cards.root_pem(node.folder)), Sessions()
    desk = Logins(node, root, sessions, Rate(settings.sign_ins_a_minute))
    written = Orders(node, seals, keys, sessions, Rate(settings.orders_a_minute), settings.orders_a_session)
    routes.add_call(node, "login", desk.login, described=logins.DESCRIBED)
    routes.add_call(node, "order", written.order, described=orders.DESCRIBED)


@dataclass(frozen=True)
class Window:
    """Where offices come to the register; `peer` is the party of the certificate."""

    node: Node
    seals: Seals
    rate: Rate
    worker: Worker

    async def acquisition(self, peer: str, body: Json) -> Json:
        """Decide on a request for codes; the codes come later, through the network."""
        request = messages.read_request(body)
        now = self.node.clock.now()
        try:
            matching.check_asker(self.node.view.directory, peer, request)
        except ProtocolError as refusal:
            await self._record(refusal, peer, request, now)
            raise
        self.rate.take(peer, len(request.entries), now)
        asked = Asked(peer, request, now)
        results = await self.node.store.write(lambda connection: matching.decide(connection, self.seals, asked))
        await faults.reach("register.accepted.after")
        self.worker.wake()
        return messages.write_answer(results)

    async def form(self, peer: str, body: Json) -> Json:
        """Take an office's word that a code was linked to the wrong person and is erased (PROTOCOL.md section 10)."""
        directory = self.node.view.directory
        if directory.role_of(peer) != "agency":
            raise ProtocolError("WRONG_TYPE")
        form = forms.open_form(Unlink, body, directory.signer(peer), self.node.config.network)
        if form.agency != peer:
            raise ProtocolError("PERMIT_MISMATCH")
        await self.node.store.write(lambda connection: enrolments.unlink(connection, peer, bytes(form.acq)))
        return {}

    async def _record(self, refusal: ProtocolError, peer: str, request: Request, now: int) -> None:
        """Record a legal refusal once; the request itself is kept nowhere."""
        if refusal.code != "LAW_REFUSED":
            return
        digest = self.seals.refused.index(canonical.encode([peer, messages.write_request(request)]))
        ground, entries = request.procedure, len(request.entries)
        await self.node.store.write(
            lambda c: store.refuse(c, digest, peer, code=refusal.code, ground=ground, entries=entries, at=now)
        )
