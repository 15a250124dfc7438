"""The pages as routes: whose request it is, which page answers, and what every answer carries.

  1. The language is in the path; a path without one leads to the language that the browser asks for. At an address that
     does not exist a browser gets a page too, and a program what the other routes answer.
  2. The page answers. An error of ours becomes a page (visits.py); what is not ours is logged by its place only.
  3. Every answer, an error's too, carries the headers of guard.py.

Nothing is stored here; a crash loses the page that was being made.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from mynumber.plumbing import logs
from mynumber.plumbing.errors import MyNumberError, NotFound, OwnFault
from mynumber.portal.citizens import Citizens
from mynumber.portal.config import Language, PortalConfig
from mynumber.portal.pages import entrance, guard, own, record, rendering
from mynumber.portal.pages.telling.naming import Naming
from mynumber.portal.pages.telling.words import LANGUAGES, words
from mynumber.portal.pages.visits import Visit, trouble

Page = Callable[[Visit], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ONE: Final = "exchanges/{id:[A-Za-z0-9._-]{1,64}}"
_GET: Final[dict[str, Page]] = {
    "": entrance.show,
    "begin": entrance.show,
    "about": entrance.about,
    "exchanges": record.show_list,
    "exchanges.json": record.give_json,
    "exchanges.csv": record.give_csv,
    _ONE: record.show_one,
    f"{_ONE}/receipt.json": record.give_receipt,
    "own": own.show,
}
_POST: Final[dict[str, Page]] = {
    "begin": entrance.begin,
    "sign-in": entrance.enter,
    "sign-out": entrance.leave,
    "own": own.ask,
}


def add_pages(
    app: web.Application,
    citizens: Citizens,
    settings: PortalConfig,
    *,
    directory: Callable[[], str],
    now: Callable[[], int],
) -> None:
    """Add the pages to a listener; `directory` gives the hash of the directory in force, `now` the portal's time."""

    def route(page: Page, language: Language) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            naming = Naming(words(language), settings.name, now())
            visit = Visit(request, citizens, naming, guard.cookies(request), directory, now)
            response = await _answer(page, visit)
            guard.protect(response)
            return response

        return handle

    for language in LANGUAGES:
        for path, page in _GET.items():
            app.router.add_get(f"/{language}/{path}", route(page, language))
        for path, page in _POST.items():
            app.router.add_post(f"/{language}/{path}", route(page, language))
        app.router.add_get(f"/{language}/{{rest:.*}}", route(_nothing_here, language))
    for name in rendering.STYLES:
        app.router.add_get(f"/style/{{name:{name}}}", rendering.style)
    app.router.add_get("/", _to_language)
    app.middlewares.append(_nowhere({language: route(_nothing_here, language) for language in LANGUAGES}))


def _nowhere(pages: Mapping[Language, Handler]) -> Middleware:
    """Return what shows a page to a browser at an address that is no route."""

    @web.middleware
    async def nowhere(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            if "text/html" not in request.headers.get("Accept", ""):
                raise
            return await pages[preferred(request.headers.get("Accept-Language", ""))](request)

    return nowhere


def preferred(accepted: str) -> Language:
    """Return the first language of an `Accept-Language` that there is, else Japanese."""
    for wanted in accepted.lower().split(","):
        for language in LANGUAGES:
            if wanted.strip().startswith(language):
                return language
    return LANGUAGES[0]


async def _answer(page: Page, visit: Visit) -> web.StreamResponse:
    try:
        return await page(visit)
    except MyNumberError as error:
        if error.http_status >= 500:
            logs.trouble("page.failed", error)
        return trouble(visit, error)
    except Exception as error:  # noqa: BLE001  # the edge: nothing of it may leave but a code
        logs.trouble("page.failed", error)
        return trouble(visit, OwnFault("OUR_FAULT", "something failed here"))


async def _nothing_here(_visit: Visit) -> web.StreamResponse:
    raise NotFound("NO_SUCH_PAGE", "there is no such page", hint="begin at the first page")


async def _to_language(request: web.Request) -> web.StreamResponse:
    response = web.Response(
        status=303, headers={"Location": rendering.address(preferred(request.headers.get("Accept-Language", "")), "")}
    )
    guard.protect(response)
    return response
