"""A visit to the portal on the holder's behalf: sign in, ask, sign out, over the portal's public door.

Promises that the session ends with the visit, whatever happened in it. Only the portal whose certificate the card holds
is spoken to; what it refuses is a clear no (1), and a portal that does not answer is "not finished" (3).
"""

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import msgspec

from mynumber.card import signing
from mynumber.card.folder import Card
from mynumber.exchange import signing_in
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import Conflict, MyNumberError, NotFinished, NotFound, OwnFault, Refused, WrongUse

_SECONDS = 90
_BRANCHES: dict[int, type[MyNumberError]] = {
    400: Refused,
    403: Refused,
    404: NotFound,
    409: Conflict,
    503: NotFinished,
}


class _Problem(msgspec.Struct, frozen=True):
    code: str
    message: str
    hint: str = ""
    article: str | None = None


@contextmanager
def signed_in(card: Card, pin: str) -> Iterator["Visit"]:
    """Sign in with the card, and out again at the end of the block."""
    visit = Visit(card)
    shown = visit.call("POST", "/api/nonce", {})
    text = signing.sign_in(card, signing_in.read_nonce(_member(shown, "nonce")), pin)
    visit.call("POST", "/api/sign-in", {"text": text})
    try:
        yield visit
    finally:
        visit.call("POST", "/api/sign-out", {})


def _member(shown: Json, name: str) -> str:
    found = shown.get(name) if isinstance(shown, dict) else None
    if not isinstance(found, str):
        raise _unknown()
    return found


@dataclass
class Visit:
    """One conversation with the portal; cookies are kept for its time and nowhere else."""

    card: Card
    origin: str = ""
    """What the portal is told of where this comes from: its own address, as a browser on its pages says."""
    _cookies: SimpleCookie = field(default_factory=SimpleCookie, repr=False)

    def call(self, method: str, path: str, body: Mapping[str, Json] | None = None) -> Json:
        """Return the portal's answer, or raise what it refused with."""
        status, data = self._exchange(method, path, None if body is None else json.dumps(body).encode("ascii"))
        if status >= 300:
            raise _refusal(status, data)
        try:
            answer: Json = json.loads(data)
        except ValueError as problem:
            raise _unknown() from problem
        return answer

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        url = self.card.door.url
        where = urlsplit(url)
        cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in self._cookies.items())
        headers = {"Origin": self.origin or url, "Content-Type": "application/json"} | (
            {"Cookie": cookies} if cookies else {}
        )
        try:
            connection = http.client.HTTPSConnection(
                where.hostname or "", where.port, timeout=_SECONDS, context=self._context()
            )
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            data = response.read()
            for header in response.headers.get_all("Set-Cookie", []):
                self._cookies.load(header)
            connection.close()
        except ssl.SSLCertVerificationError as problem:
            hint = "a page that looks like the portal may be a forgery; compare portal.toml with what you were given"
            raise Refused("NOT_THE_PORTAL", f"what answers at {url} is not the card's portal", hint=hint) from problem
        except (OSError, http.client.HTTPException) as problem:
            hint = "start it, or wait and try again"
            raise NotFinished("PORTAL_DOWN", f"the portal at {url} does not answer", hint=hint) from problem
        return response.status, data

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            context.load_verify_locations(self.card.authority)
        except OSError as problem:
            hint = "get the certificate of the portal's pages anew"
            raise WrongUse("BAD_CERTIFICATE", f"{self.card.authority} does not load", hint=hint) from problem
        return context


def _refusal(status: int, data: bytes) -> MyNumberError:
    branch = _BRANCHES.get(status, OwnFault)
    try:
        problem = msgspec.json.decode(data, type=_Problem)
    except msgspec.MsgspecError:
        return OwnFault("UNKNOWN_ANSWER", f"the portal answers {status}", hint="look into its log")
    return branch(problem.code, problem.message, hint=problem.hint, article=problem.article)


def _unknown() -> OwnFault:
    return OwnFault(
        "UNKNOWN_ANSWER", "the portal answers what this program does not know", hint="compare both versions"
    )
