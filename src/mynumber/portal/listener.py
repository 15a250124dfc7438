"""What browsers and the card's command reach: JSON below /api, and the pages beside it, over server TLS.

    POST /api/nonce     {}                       -> {nonce, portal, expires_in}      sets the nonce's cookie
    POST /api/sign-in   {text}                   -> {until}                          sets the session's cookie
    GET  /api/history                            -> {exchanges, gaps, unreadable?}   (DOORS, `history`)
    GET  /api/offices                            -> {offices: {office: [item]}}
    POST /api/own       {office, items}          -> {office, items, state, data, permit}
    POST /api/sign-out  {}                       -> {}
    GET  /openapi.json                           -> their description (api.py)

Cookies are __Host-, Secure, HttpOnly and SameSite=Strict. Every POST must bring our own origin, so that no other site
can sign a browser in or out; and a sign-in must bring the nonce that this very browser was given, so that nobody signs
another's browser in with a text of his own.
"""

import hmac
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from aiohttp import web

from mynumber.codes.permit.portal import NONCE_S
from mynumber.exchange import signing_in
from mynumber.exchange.running.node import Node
from mynumber.plumbing import bodies, server, tls
from mynumber.plumbing.canonical import b64
from mynumber.plumbing.errors import Refused
from mynumber.portal import api
from mynumber.portal.api import SESSION, Empty, OwnQuestion, Pasted
from mynumber.portal.citizens import Citizens, Gap, History, Seen
from mynumber.portal.config import PortalConfig
from mynumber.portal.pages.listener import add_pages
from mynumber.portal.setup import PAGES_CERTIFICATE, PAGES_KEY

T = TypeVar("T")
_NONCE = "__Host-nonce"
_STRANGERS = 512
_LOOPBACK = ("https://localhost", "https://127.0.0.1")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def add_public(node: Node, settings: PortalConfig, citizens: Citizens) -> None:
    """Add the listener for browsers to a node."""
    app = server.application()
    app.on_response_prepare.append(_protect)
    door = Door(citizens, settings)
    for path, handle in door.posts().items():
        app.router.add_post(path, _from_here(settings, handle))
    app.router.add_get("/api/history", door.history)
    app.router.add_get("/api/offices", door.offices)
    app.router.add_get("/openapi.json", door.describe)
    add_pages(app, citizens, settings, directory=partial(_directory, node), now=node.clock.now)
    where = settings.public
    listener = server.Listener(app, host=where.host, port=where.port, context=_context(node), strangers=_STRANGERS)
    node.listeners.append(listener)


def _directory(node: Node) -> str:
    """Return the hash of the directory in force, as operators serve it."""
    return node.view.directory.hash.hex()


def _context(node: Node) -> ssl.SSLContext:
    return tls.public_context(chain=node.folder / PAGES_CERTIFICATE, key=node.folder / "keys" / PAGES_KEY)


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _from_here(settings: PortalConfig, handle: server.Handler) -> server.Handler:
    """Refuse a POST that another site's page, or none of ours, has made a browser send."""
    url = settings.public.url.rstrip("/")
    ours = {url} | {f"{name}:{settings.public.port}" for name in _LOOPBACK if url.startswith(_LOOPBACK)}

    async def handled(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin") not in ours:
            raise Refused("OTHER_ORIGIN", "this came from another site", hint=f"begin at {url}")
        return await handle(request)

    return handled


@dataclass(frozen=True)
class Door:
    """The JSON routes."""

    citizens: Citizens
    settings: PortalConfig

    def posts(self) -> dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]]:
        """Return path -> handler of everything that changes something."""
        return {
            "/api/nonce": self.nonce,
            "/api/sign-in": self.sign_in,
            "/api/own": self.own,
            "/api/sign-out": self.sign_out,
        }

    async def describe(self, _request: web.Request) -> web.Response:
        """Show what there is, to everybody; it is no secret."""
        return server.json_response(api.description(self.settings.id, self.settings.public.url.rstrip("/")))

    async def nonce(self, request: web.Request) -> web.Response:
        """Begin a sign-in."""
        await _read(request, Empty)
        nonce = b64(await self.citizens.nonce(request.remote or ""))
        shown = {"nonce": nonce, "portal": self.settings.id, "expires_in": NONCE_S}
        response = server.json_response(shown)
        _set(response, _NONCE, nonce)
        return response

    async def sign_in(self, request: web.Request) -> web.Response:
        """Sign in with what the card made for this browser's nonce."""
        made = signing_in.read((await _read(request, Pasted)).text)
        if not hmac.compare_digest(request.cookies.get(_NONCE, "").encode(), b64(made.nonce).encode()):
            hint = "use your card with the number that this browser was given"
            raise Refused("OTHER_NONCE", "this was made for another sign-in", hint=hint)
        session = await self.citizens.sign_in(bytes(made.nonce), bytes(made.certificate), bytes(made.signature))
        # Whoever was signed in here before is not any more; the browser would forget that session, and only it.
        await self.citizens.sign_out(_key(request))
        response = server.json_response({"until": session.until})
        _set(response, SESSION, session.key)
        _forget(response, _NONCE)
        return response

    async def history(self, request: web.Request) -> web.Response:
        """Show every exchange about the citizen."""
        return server.json_response(shown_history(await self.citizens.history(_key(request))))

    async def offices(self, request: web.Request) -> web.Response:
        """Show which offices can be asked for what."""
        return server.json_response({"offices": await self.citizens.offices(_key(request))})

    async def own(self, request: web.Request) -> web.Response:
        """Ask an office for the citizen's own data."""
        asked = await _read(request, OwnQuestion)
        answer = await self.citizens.own(_key(request), asked.office, asked.items)
        shown = {"office": answer.office, "items": answer.items, "state": answer.state, "data": answer.data}
        return server.json_response(shown | {"permit": answer.permit})

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session; it is no error if there is none."""
        await _read(request, Empty)
        await self.citizens.sign_out(_key(request))
        response = server.json_response({})
        _forget(response, SESSION)
        return response


def shown_history(history: History) -> dict[str, object]:
    """Return a history as DOORS has it; `unreadable` stands there only if something could not be read."""
    shown: dict[str, object] = {
        "exchanges": [_exchange(seen) for seen in history.exchanges],
        "gaps": [_gap(gap) for gap in history.gaps],
    }
    return shown | ({"unreadable": history.unreadable} if history.unreadable else {})


def _exchange(seen: Seen) -> dict[str, object]:
    return {
        "requested_at": seen.requested_at,
        "provided_at": seen.provided_at,
        "from": seen.from_,
        "to": seen.to,
        "procedure": seen.procedure,
        "items": seen.items,
        "outcome": seen.outcome,
        "permit": seen.permit,
    }


def _gap(gap: Gap) -> dict[str, object]:
    return {"agency": gap.agency, "year": gap.year, "number": gap.number, "state": gap.state}


async def _read(request: web.Request, kind: type[T]) -> T:
    return bodies.read(await server.read_body(request), kind)


def _key(request: web.Request) -> str:
    return request.cookies.get(SESSION, "")


def _set(response: web.Response, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="Strict")


def _forget(response: web.Response, name: str) -> None:
    response.del_cookie(name, path="/", secure=True, httponly=True, samesite="Strict")
