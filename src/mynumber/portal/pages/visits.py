"""One request of one browser: its language, its session, and how an answer becomes a page.

An error becomes a page of its own with the next step on it. What the portal, the network or the law refused is told in
the reader's language by its code; a text of an error is never shown, because it was written for an operator.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from aiohttp import web

from mynumber.plumbing.errors import BadInput, MyNumberError, NotFinished, NotFound, Refused
from mynumber.portal.citizens import Citizens
from mynumber.portal.config import Language
from mynumber.portal.pages import guard, rendering
from mynumber.portal.pages.guard import Cookies
from mynumber.portal.pages.rendering import Place
from mynumber.portal.pages.telling.naming import Naming
from mynumber.portal.pages.telling.words import Words

_SIGNED_OUT: Final = "SIGNED_OUT"
_LONGEST_FORM: Final = 64 * 1024
_MOST_FIELDS: Final = 1000
_FORM_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Visit:
    """One request."""

    request: web.Request
    citizens: Citizens
    naming: Naming
    cookies: Cookies
    directory: Callable[[], str]
    now: Callable[[], int]

    @property
    def words(self) -> Words:
        """The reader's language."""
        return self.naming.words

    @property
    def language(self) -> Language:
        """The reader's language by its code."""
        return self.words.language

    @property
    def key(self) -> str:
        """Return the key of the session, or raise Refused."""
        if not self.cookies.key:
            raise Refused(_SIGNED_OUT, "nobody is signed in", hint="sign in")
        return self.cookies.key

    async def form(self) -> dict[str, list[str]]:
        """Return the fields of a form that is ours, or raise BadInput."""
        fields = await self._fields()
        guard.check_form(self.request, {name: values[0] for name, values in fields.items()})
        return fields

    async def _fields(self) -> dict[str, list[str]]:
        length = self.request.content_length
        if self.request.content_type != "application/x-www-form-urlencoded" or length is None or length > _LONGEST_FORM:
            raise BadInput("BAD_FORM", "a form is sent as such, and is not long", hint="use the page")
        try:
            async with asyncio.timeout(_FORM_SECONDS):
                body = await self.request.read()
            return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except (ValueError, TimeoutError, ConnectionError, web.RequestPayloadError):
            # The cause would show what was typed.
            raise BadInput("BAD_FORM", "the form broke off or is none", hint="use the page") from None

    def page(self, template: str, place: str, *, status: int = 200, **parts: object) -> web.Response:
        """Return a page that stands at `place`, so that it can be read in the other language too."""
        query = parts.pop("query", {})
        where = Place(place, query if isinstance(query, Mapping) else {})
        text = rendering.html(template, self.words, self.cookies, where, **parts)
        return rendering.page(text, self.cookies, status=status)

    def go(self, path: str, query: Mapping[str, str] | None = None) -> web.Response:
        """Return an answer that leads to another page."""
        return web.Response(status=303, headers={"Location": rendering.address(self.language, path, query)})


def trouble(visit: Visit, error: MyNumberError) -> web.Response:
    """Return the page for an error; a session that has ended leads to the sign-in, which says so."""
    if error.code == _SIGNED_OUT:
        response = visit.go("", {"why": "ended"} if visit.cookies.key else {"why": "first"})
        guard.forget(response)
        return response
    return visit.page(
        "trouble.html",
        "",
        status=error.http_status,
        kind=_kind(error),
        code=error.code,
        article=visit.naming.article(error.article or ""),
    )


def _kind(error: MyNumberError) -> str:
    match error:
        case NotFinished():
            return "crowd" if error.code == "BUSY" else "busy"
        case NotFound():
            return "nothing"
        case BadInput():
            return "form"
        case Refused(code="LAW_REFUSED"):
            return "refused"
        case Refused():
            return "unfinished"
        case _:
            return "fault"
