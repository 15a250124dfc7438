"""In and out: the sign-in with the card's text, the page about these pages, the sign-out.

A nonce belongs to the browser that was shown it: the form carries a seal over both, so that a text that was copied on
its way from the card is worth nothing to who has not this browser.
"""

from typing import Final

from aiohttp import web

from mynumber.exchange import signing_in
from mynumber.exchange.signing_in import SignIn
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import BadInput, Refused
from mynumber.portal.pages import guard
from mynumber.portal.pages.visits import Visit

_NOTES: Final = ("ended", "first", "out")
_LIST: Final = "exchanges"
# What is told at the sign-in for a refusal, and whether the nonce may serve again: it did not leave this page.
_TOLD: Final = {"TEXT_EMPTY": True, "BAD_SIGN_IN": True, "OTHER_NONCE": False}
_OTHERWISE: Final = "NOT_SIGNED_IN"


async def show(visit: Visit) -> web.StreamResponse:
    """Show how to begin a sign-in, which costs the register nothing; who is signed in already goes on to the list."""
    if visit.cookies.key:
        return visit.go(_LIST)
    why = visit.request.query.get("why", "")
    return visit.page("sign_in.html", "", nonce="", seal="", note=why if why in _NOTES else "", error="")


async def begin(visit: Visit) -> web.StreamResponse:
    """Begin a sign-in with a fresh nonce."""
    await visit.form()
    return visit.go(_LIST) if visit.cookies.key else await _sign_in_page(visit)


async def enter(visit: Visit) -> web.StreamResponse:
    """Sign in with what was pasted."""
    fields = await visit.form()
    nonce, seal, text = (fields.get(name, [""])[0] for name in ("nonce", "seal", "text"))
    guard.check_seal(visit.cookies, nonce, seal)
    try:
        shown = _read(text, nonce)
        session = await visit.citizens.sign_in(shown.nonce, shown.certificate, shown.signature)
    except Refused as refused:
        error = refused.code if refused.code in _TOLD else _OTHERWISE
        return await _sign_in_page(visit, error=error, nonce=nonce if _TOLD.get(error, False) else "")
    # Whoever was signed in here before is not any more: the browser would forget that session, and nobody end it.
    await _end(visit)
    response = visit.go(_LIST)
    guard.remember(response, session)
    return response


async def leave(visit: Visit) -> web.StreamResponse:
    """Sign out."""
    await visit.form()
    await _end(visit)
    response = visit.go("", {"why": "out"})
    guard.forget(response)
    return response


async def about(visit: Visit) -> web.StreamResponse:
    """Show what these pages are and what they are not."""
    return visit.page("about.html", "about")


async def _end(visit: Visit) -> None:
    if visit.cookies.key:
        await visit.citizens.sign_out(visit.cookies.key)


def _read(text: str, nonce: str) -> SignIn:
    if not text.strip():
        raise BadInput("TEXT_EMPTY", "nothing was pasted", hint="paste the line of the command")
    shown = signing_in.read(text)
    if canonical.b64(shown.nonce) != nonce:
        raise BadInput("OTHER_NONCE", "the text was made for another nonce", hint="repeat the command")
    return shown


async def _sign_in_page(visit: Visit, *, error: str = "", nonce: str = "") -> web.Response:
    nonce = nonce or canonical.b64(await visit.citizens.nonce(visit.request.remote or ""))
    seal = guard.seal(visit.cookies, nonce)
    status = 400 if error else 200
    return visit.page("sign_in.html", "", status=status, nonce=nonce, seal=seal, note="", error=error)
