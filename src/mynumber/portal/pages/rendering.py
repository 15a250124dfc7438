"""Turns what a page knows into HTML: templates that escape everything, and a place for every word.

A template that names something it was not given fails; it never shows an empty place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from mynumber.portal.config import Language
from mynumber.portal.pages import guard
from mynumber.portal.pages.guard import Cookies
from mynumber.portal.pages.telling.naming import iso
from mynumber.portal.pages.telling.words import LANGUAGES, Words

STYLES: Final = ("tokens.css", "pages.css")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: its path behind the language, and the query that another language keeps."""

    path: str
    query: Mapping[str, str]

    def url(self, language: Language) -> str:
        """Return the address of this page in a language."""
        return address(language, self.path, self.query)


def address(language: Language, path: str, query: Mapping[str, str] | None = None) -> str:
    """Return an address on this host."""
    return f"/{language}/{path}" + (f"?{urlencode(query)}" if query else "")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mynumber.portal.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"address": address, "iso": iso, "languages": LANGUAGES, "styles": STYLES}
    return environment


def html(template: str, words: Words, cookies: Cookies, place: Place, **parts: object) -> str:
    """Return a page."""
    return (
        _environment()
        .get_template(template)
        .render(
            _=words.say,
            count=words.count,
            lang=words.language,
            place=place,
            token_field=guard.TOKEN,
            token=cookies.form,
            signed_in=bool(cookies.key),
            until=words.hour(cookies.until) if cookies.key and cookies.until else "",
            **parts,
        )
    )


def page(text: str, cookies: Cookies, *, status: int = 200) -> web.Response:
    """Return a page as an answer."""
    response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    guard.remember_form(response, cookies)
    return response


def download(body: bytes, *, media: str, name: str) -> web.Response:
    """Return a file that the browser keeps and does not show."""
    response = web.Response(body=body, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def style(request: web.Request) -> web.Response:
    """Answer with a style sheet of the package; it is the one thing here that a browser may keep."""
    text = (files("mynumber.portal.pages") / "style" / request.match_info["name"]).read_text(encoding="utf-8")
    response = web.Response(text=text, content_type="text/css", charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    guard.protect(response)
    return response
