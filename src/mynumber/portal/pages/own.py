"""A person's own information: choose an office, choose what, and see what the office holds.

Nothing that was answered is kept: asking is a form, its answer is the page, and the page is gone with the browser's
window. An office that has not answered yet can be asked again with the same form.
"""

from aiohttp import web

from mynumber.plumbing.errors import NotFinished
from mynumber.portal.citizens import OwnAnswer
from mynumber.portal.pages.visits import Visit


async def show(visit: Visit) -> web.StreamResponse:
    """Show which offices can be asked, and for the chosen one, what."""
    return await _choose(visit, visit.request.query.get("office", ""))


async def ask(visit: Visit) -> web.StreamResponse:
    """Ask the office, and show what it answers."""
    fields = await visit.form()
    office, items = fields.get("office", [""])[0], fields.get("item", [])
    if not items:
        return await _choose(visit, office, nothing_chosen=True)
    answer = await _answer(visit, office, items)
    return visit.page(
        "own_answer.html",
        "own",
        query={"office": office},
        answer=answer,
        office=visit.naming.party(office),
        items=[(item, visit.naming.item(item), _rows(answer, item)) for item in answer.items],
    )


async def _answer(visit: Visit, office: str, items: list[str]) -> OwnAnswer:
    """Return the answer; where somebody on the way is away, the same form can ask again as where the office is."""
    try:
        return await visit.citizens.own(visit.key, office, items)
    except NotFinished as away:
        if away.code != "PEER_DOWN":
            raise
        return OwnAnswer(office, tuple(items), "pending", {}, permit="")


async def _choose(visit: Visit, wanted: str, *, nothing_chosen: bool = False) -> web.Response:
    offices = await visit.citizens.offices(visit.key)
    office = wanted if wanted in offices else ""
    return visit.page(
        "own.html",
        "own",
        status=400 if nothing_chosen else 200,
        query={"office": office} if office else {},
        offices=[(party, visit.naming.party(party)) for party in offices],
        office=office,
        office_name=visit.naming.party(office),
        items=[(item, visit.naming.item(item)) for item in offices.get(office, ())],
        nothing_chosen=nothing_chosen,
    )


def _rows(answer: OwnAnswer, item: str) -> list[list[tuple[str, str]]]:
    return [[(column, _cell(value)) for column, value in row.items()] for row in answer.data.get(item, ())]


def _cell(value: object) -> str:
    return "" if value is None else str(value)
