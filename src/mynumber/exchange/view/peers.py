"""Calls to other parties: POST /v1/<call> over mutual TLS, canonical JSON both ways (PROTOCOL.md section 10).

An answer is the value, a refusal is the ProtocolError that the other side named, and a party that does not answer is
PeerDown with that party's id: no refusal, the caller repeats the same body.
"""

import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from mynumber.codes import errors as protocol
from mynumber.codes.errors import ProtocolError
from mynumber.exchange.view import settling
from mynumber.pki import identity
from mynumber.plumbing import canonical, tls
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import Answer, PeerClient, PeerDown
from mynumber.plumbing.errors import NotFinished

_IDENT = re.compile("[a-z0-9-]{1,32}")

HOP_SECONDS = 30  # a caller waits so long for each party behind the call


class KeysChange(PeerDown):
    """The peer writes no message in this very minute, because a signing key changes (settling.py)."""

    def __init__(self, peer: str) -> None:
        """Name the peer that says so."""
        said = f"a signing key that this hangs on, says {peer}, changes in this minute"
        NotFinished.__init__(self, settling.KEYS_CHANGE, said, hint=settling.HINT)
        self.peer = peer


class Garbled(PeerDown):
    """What came back through the peer is no answer; answers of others are passed on unread, so nobody is blamed."""

    def __init__(self, peer: str) -> None:
        """Name the peer as the one through whom it came."""
        said = f"no answer came through {peer}: it, or a party behind it, sent what is not canonical JSON"
        hint = "repeat in a moment; if it goes on, tell who runs the operators and the keeper"
        NotFinished.__init__(self, "PEER_DOWN", said, hint=hint)
        self.peer = peer


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """A node's certificate, its key and the network's root."""

    chain: Path
    key: Path
    trusted: Path


class Peers:
    """Pools to the other parties of one network."""

    def __init__(self, network: str, files: NodeFiles) -> None:
        """Prepare; `learn` says where parties live."""
        self._network = network
        self._files = files
        self._addresses: dict[str, str] = {}
        self._pools: dict[str, PeerClient] = {}
        self._dates: dict[str, tuple[str, float]] = {}
        self._contexts: dict[str, ssl.SSLContext] = {}

    @property
    def addresses(self) -> Mapping[str, str]:
        """Where parties live, as last learnt."""
        return self._addresses

    def learn(self, addresses: Mapping[str, str]) -> None:
        """Take addresses; they are unsigned, because the certificate proves the peer."""
        self._addresses.update(addresses)

    async def call(self, party: str, name: str, body: Json, *, hops: int = 1) -> Json:
        """Call a party and wait for `hops` parties, itself and those behind it."""
        return await self.post(party, f"/v1/{name}", body, hops=hops)

    async def relay(self, party: str, name: str, body: Json, *, hops: int = 1) -> bytes:
        """Call a party and return its answer as it came, for the one who called us; a refusal is raised like any."""
        answer = await self._posted(party, f"/v1/{name}", body, hops)
        if answer.status != 200:
            _value(party, answer, hops)
        return answer.body

    async def post(self, party: str, path: str, body: Json, *, hops: int = 1) -> Json:
        """POST to an interface of the party's own, outside /v1."""
        return _value(party, await self._posted(party, path, body, hops), hops)

    async def _posted(self, party: str, path: str, body: Json, hops: int) -> Answer:
        answer = await (await self._pool(party)).post(path, canonical.encode(body), seconds=HOP_SECONDS * hops)
        self._dates[party] = (answer.date, time.monotonic())
        return answer

    async def fetch(self, party: str, path: str) -> bytes | None:
        """GET public bytes from a party, None if it has none there."""
        answer = await (await self._pool(party)).get(path)
        self._dates[party] = (answer.date, time.monotonic())
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise PeerDown(party, f"it answers {answer.status}")
        return answer.body

    async def look(self, party: str, path: str) -> Answer:
        """GET whatever a party answers there."""
        return await (await self._pool(party)).get(path)

    def renew(self) -> None:
        """Show the certificate that lies in the folder now, on every new connection."""
        for context in self._contexts.values():
            context.load_cert_chain(self._files.chain, self._files.key)

    def clocks(self, seconds: float) -> dict[str, int]:
        """Return what time it is now at each party that answered within so many seconds, by what it said then."""
        now = time.monotonic()
        said = {party: (_unix(date), now - at) for party, (date, at) in self._dates.items() if now - at <= seconds}
        return {party: round(then + passed) for party, (then, passed) in said.items() if then is not None}

    async def close(self) -> None:
        """Close all pools."""
        for pool in self._pools.values():
            await pool.close()

    async def _pool(self, party: str) -> PeerClient:
        url = self._addresses.get(party)
        if url is None:
            raise PeerDown(party, "its address is not known yet")
        pool = self._pools.get(party)
        if pool is None:
            pool = self._pools[party] = PeerClient(party, url, self._context(party))
        elif pool.url != url.rstrip("/"):
            # Calls under way on the old pool end as PeerDown and are repeated on the new one.
            moved = self._pools[party] = PeerClient(party, url, self._context(party))
            await pool.close()
            return moved
        return pool

    def _context(self, party: str) -> ssl.SSLContext:
        expected = identity.NodeIdentity(self._network, party)

        def check(der: bytes) -> None:
            if identity.party_of(der) != expected:
                raise ssl.SSLCertVerificationError("the peer is another party")

        files = self._files
        made = tls.client_context(chain=files.chain, key=files.key, trusted=files.trusted, check=check)
        self._contexts[party] = made
        return made


def _unix(date: str) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, OverflowError):
        return None


def _value(party: str, answer: Answer, hops: int) -> Json:
    """Return what was answered, or raise what any status but 200 means."""
    try:
        value = canonical.decode(answer.body)
    except canonical.NotCanonical as problem:
        if hops > 1 and answer.status == 200:
            raise Garbled(party) from problem
        raise PeerDown(party, f"its answer ({answer.status}) is not canonical JSON") from problem
    if answer.status == 200:
        return value
    error = value.get("error") if isinstance(value, dict) else None
    if isinstance(value, dict) and answer.status == 503 and error == "PEER_DOWN":
        behind = value.get("party")
        # What the peer says of others is shown to people: only what can be an id.
        named = behind if isinstance(behind, str) and _IDENT.fullmatch(behind) else party
        raise PeerDown(named, f"{party} says so")
    if answer.status == 503 and error == settling.KEYS_CHANGE:
        raise KeysChange(party)
    if isinstance(value, dict) and 400 <= answer.status < 500 and error in protocol.NAMES:
        row = value.get("row")
        raise ProtocolError(str(error), row=row if isinstance(row, str) else None)
    raise PeerDown(party, f"it answers {answer.status}")
