"""A client that sends what no client of ours would send, over one kept connection, and reads what comes back."""

import functools
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mynumber.plumbing import canonical
from mynumber.world.town.layout import Town

PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    media: str
    body: bytes


@dataclass(frozen=True)
class Credential:
    """A certificate with its key, and the root under which the other side is known; no certificate is allowed."""

    trusted: Path
    chain: Path | None = None
    key: Path | None = None

    @classmethod
    def of_node(cls, town: Town, name: str) -> "Credential":
        """Return an institution's own, in wrong hands."""
        folder = town.institution(name).folder
        return cls(folder / "network.crt", folder / "node.crt", folder / "keys" / "node.key")

    @classmethod
    def of_officer(cls, town: Town, office: str, name: str) -> "Credential":
        """Return an officer's."""
        folder = town.institution(office).folder / "officers" / name
        return cls(folder / "ca.crt", folder / "officer.crt", folder / "officer.key")

    @classmethod
    def of_visitor(cls, town: Town) -> "Credential":
        """Return the visitor's: a valid certificate of no party."""
        return cls(town.visitor / "network.crt", town.visitor / "node.crt", town.visitor / "node.key")

    def context(self) -> ssl.SSLContext:
        """Return a TLS context; who answers is known by the root alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self.trusted)
        if self.chain is not None:
            context.load_cert_chain(self.chain, self.key)
        return context


@dataclass
class Door:
    """A listener as one client reaches it."""

    port: int
    credential: Credential
    _line: http.client.HTTPSConnection | None = field(default=None, repr=False)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request as it is; what the server ends in the handshake raises OSError."""
        line = self._open()
        kept = line.sock is not None
        try:
            return _exchanged(line, method, path, body, headers or {})
        except (http.client.HTTPException, OSError):
            line.close()
            # A kept connection may have ended since; what ends a new one is the server's answer.
            if not kept:
                raise
        return _exchanged(line, method, path, body, headers or {})

    def post(self, path: str, body: bytes) -> Answer:
        """POST JSON bytes as they are."""
        return self.send("POST", path, body, JSON)

    def _open(self) -> http.client.HTTPSConnection:
        if self._line is None:
            self._line = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.credential.context())
            self._line.timeout = 60
        return self._line


def _exchanged(
    line: http.client.HTTPSConnection, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> Answer:
    line.request(method, path, body, headers)
    response = line.getresponse()
    return Answer(response.status, response.headers.get_content_type(), response.read())


@functools.cache
def door(port: int, credential: Credential) -> Door:
    """Return the kept way of a client to a listener."""
    return Door(port, credential)


def refused(answer: Answer, *, call: bool) -> str:
    """Return the name of a refusal; AssertionError for anything that is none, or not in the form FLOWS section 4 asks.

    `call`: exactly {error, row?}, `row` only where the law refused; else the members of DOORS.
    """
    assert 400 <= answer.status < 500, (answer.status, answer.body[:300])
    assert answer.media == PROBLEM, answer
    members = json.loads(answer.body)
    if not call:
        assert {"code", "message", "hint"} <= set(members) <= {"code", "message", "hint", "article"}, members
        return str(members["code"])
    assert set(members) == {"error"} or (set(members) == {"error", "row"} and members["error"] == "LAW_REFUSED")
    assert canonical.encode(members) == answer.body
    return str(members["error"])
