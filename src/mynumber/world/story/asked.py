"""Who was asked about whom, by the world's own account: the askers' stores and what citizens were told of themselves.

Against it the citizen's page is judged; nothing here comes from the keeper or the portal.
"""

import json
from dataclasses import dataclass

from mynumber.codes.permit import request
from mynumber.codes.permit.request import Exchange
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import b64
from mynumber.world.people.residents import Resident
from mynumber.world.story.stage import Stage
from mynumber.world.town import outcomes

_OUTCOME = {"data": "ok", "nothing-held": "ok", "not-available": "not-available", "pending": "pending"}


@dataclass(frozen=True, slots=True, order=True)
class Asked:
    """One exchange about a person, as a citizen's page shows it."""

    permit: str
    from_: str
    to: str
    procedure: str
    items: tuple[str, ...]
    outcome: str


def about(stage: Stage, person: Resident) -> tuple[set[Asked], set[Asked]]:
    """Return what offices asked about a person: what she may see, and what is hidden from her for a time."""
    seen: set[Asked] = set()
    hidden: set[Asked] = set()
    came = outcomes.outcomes(stage.town, stage.evidence)
    for office in (each.name for each in stage.town.offices):
        ref = stage.cast.refs[office].get(person.index, "")
        query = (
            "SELECT id, provider, message, permit, position FROM inquiries "
            "JOIN inquiry_entries ON inquiry = id WHERE person = ? AND permit IS NOT NULL"
        )
        for number, provider, message, permit, position in stage.evidence.rows(office, query, (ref,)):
            body = request.read_body(request.open_message(canonical.decode(_bytes(message))))
            assert isinstance(body, Exchange)  # noqa: S101  # what an office's desk sends
            # Permitted and recorded, but not answered: no outcome ever comes.
            class_ = came[str(number)][int(str(position))] if str(number) in came else "pending"
            found = Asked(
                b64(_bytes(permit)), office, str(provider), body.procedure, tuple(sorted(body.items)), _OUTCOME[class_]
            )
            (hidden if body.undisclosed else seen).add(found)
    return seen, hidden


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def shown(answer: object) -> set[Asked]:
    """Return the exchanges of a portal's answer; the citizen's own requests are left to `own`."""
    exchanges = json.loads(json.dumps(answer))["exchanges"]
    return {
        Asked(
            each["permit"], each["from"], each["to"], each["procedure"], tuple(sorted(each["items"])), each["outcome"]
        )
        for each in exchanges
        if each["procedure"] != "self-information"
    }


def own(answer: object) -> set[str]:
    """Return the permits of a citizen's own requests in a portal's answer."""
    exchanges = json.loads(json.dumps(answer))["exchanges"]
    return {each["permit"] for each in exchanges if each["procedure"] == "self-information"}
