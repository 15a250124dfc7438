"""The exchanges about a person: the list, one of them step by step, and the files to take away."""

import json
from typing import Final

from aiohttp import web

from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFound
from mynumber.portal.citizens import History, Seen
from mynumber.portal.pages import rendering
from mynumber.portal.pages.telling import choosing, explaining, exporting
from mynumber.portal.pages.visits import Visit

_JSON: Final = "application/json"


async def show_list(visit: Visit) -> web.StreamResponse:
    """Show the exchanges of the chosen year and office."""
    history = await visit.citizens.history(visit.key)
    choice = choosing.choose(visit.request.query)
    found = choosing.chosen(choice, history.exchanges)
    page = choosing.turn_to(choice, found)
    return visit.page(
        "exchanges.html",
        "exchanges",
        query=choice.query(page.number),
        choice=choice,
        page=page,
        found=len(found),
        total=len(history.exchanges),
        asker=visit.naming.asker,
        exchanges=[visit.naming.show(seen) for seen in page.exchanges],
        years=choosing.years(choice, history.exchanges),
        offices=[(party, visit.naming.party(party)) for party in choosing.offices(choice, history.exchanges)],
        gaps=[visit.naming.show_gap(gap) for gap in history.gaps],
        unreadable=history.unreadable,
    )


async def show_one(visit: Visit) -> web.StreamResponse:
    """Show one exchange step by step."""
    shown = visit.naming.show(await _wanted(visit))
    steps = explaining.explain(shown, visit.naming)
    place = f"exchanges/{shown.seen.id}"
    return visit.page(
        "exchange.html", place, shown=shown, steps=steps, article=visit.naming.article(shown.seen.undisclosed)
    )


async def give_json(visit: Visit) -> web.StreamResponse:
    """Give the chosen exchanges as JSON."""
    history, found = await _chosen(visit)
    return _file(exporting.as_json(found, history, visit.naming), "exchanges.json")


async def give_csv(visit: Visit) -> web.StreamResponse:
    """Give the chosen exchanges as CSV."""
    _, found = await _chosen(visit)
    return rendering.download(exporting.as_csv(found, visit.naming), media="text/csv", name="exchanges.csv")


async def give_receipt(visit: Visit) -> web.StreamResponse:
    """Give the receipt of one exchange."""
    seen = await _wanted(visit)
    made = exporting.receipt(seen, visit.naming, made_at=visit.now(), directory=visit.directory())
    return _file(made, f"receipt-{seen.permit[:12]}-{seen.entry}.json")


async def _chosen(visit: Visit) -> tuple[History, tuple[Seen, ...]]:
    history = await visit.citizens.history(visit.key)
    choice = choosing.choose(visit.request.query)
    return history, choosing.chosen(choice, history.exchanges)


async def _wanted(visit: Visit) -> Seen:
    wanted = visit.request.match_info["id"]
    for seen in (await visit.citizens.history(visit.key)).exchanges:
        if seen.id == wanted:
            return seen
    raise NotFound("NO_EXCHANGE", "there is no such exchange in this session", hint="choose one of the list")


def _file(value: Json, name: str) -> web.Response:
    text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    return rendering.download(text.encode(), media=_JSON, name=name)
