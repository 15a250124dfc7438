"""What protects every page: headers, the session's cookies, and proof that a form was one of ours.

A form is ours if it carries the value of a cookie that only this host can set and that no other site's request brings
along. `Origin` would not do: with `Referrer-Policy: no-referrer` browsers send `null` there.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from mynumber.plumbing.errors import BadInput
from mynumber.portal.citizens import Session

SESSION: Final = "__Host-session"
_UNTIL: Final = "__Host-until"
_FORM: Final = "__Host-form"
TOKEN: Final = "form"  # noqa: S105  # the name of the field, not what is in it

# Of this process; a form that was open while it started again is asked for once more.
_SEALING_KEY: Final = secrets.token_bytes(32)

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True, slots=True)
class Cookies:
    """What a browser brought: the session's key (`""` = none), when it ends, and the value that our forms repeat."""

    key: str = field(repr=False)
    until: int
    form: str = field(repr=False)


def cookies(request: web.Request) -> Cookies:
    """Return the cookies of a request; a browser that has no form value yet gets one with `remember_form`."""
    until = request.cookies.get(_UNTIL, "")
    return Cookies(
        key=request.cookies.get(SESSION, ""),
        until=int(until) if until.isascii() and until.isdigit() and len(until) < 12 else 0,
        form=request.cookies.get(_FORM, "") or secrets.token_urlsafe(16),
    )


def check_form(request: web.Request, fields: Mapping[str, object]) -> None:
    """Return if a form was filled in on one of our pages, else raise BadInput."""
    kept, sent = request.cookies.get(_FORM, ""), fields.get(TOKEN, "")
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    if elsewhere or not kept or not isinstance(sent, str) or not hmac.compare_digest(kept.encode(), sent.encode()):
        raise BadInput("FORM_NOT_OURS", "the form is not one of this page", hint="load the page again")


def seal(cookies: Cookies, shown: str) -> str:
    """Return what proves that this browser was shown this text."""
    return hmac.digest(_SEALING_KEY, f"{cookies.form} {shown}".encode(), "sha256").hex()


def check_seal(cookies: Cookies, shown: str, sealed: str) -> None:
    """Return if this browser was shown this text, else raise BadInput."""
    if not hmac.compare_digest(seal(cookies, shown).encode(), sealed.encode()):
        raise BadInput("FORM_NOT_OURS", "the form is not one of this page", hint="load the page again")


def remember_form(response: web.StreamResponse, cookies: Cookies) -> None:
    """Let the browser keep the value that our forms repeat."""
    _set(response, _FORM, cookies.form)


def remember(response: web.StreamResponse, session: Session) -> None:
    """Let the browser keep a session as long as it stays open."""
    _set(response, SESSION, session.key)
    _set(response, _UNTIL, str(session.until))


def forget(response: web.StreamResponse) -> None:
    """Let the browser forget its session."""
    for name in (SESSION, _UNTIL):
        response.del_cookie(name, path="/", secure=True, httponly=True, samesite="Strict")


def protect(response: web.StreamResponse) -> None:
    """Put the headers on an answer that do not stand there yet."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _set(response: web.StreamResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="Strict")
