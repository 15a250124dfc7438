"""What the world writes down after the story, for whoever wants to check it; it belongs to no institution.

people.jsonl       who everybody is, and under which reference and code each office knows each; only the world, which
                   reads every key directory once, can make it
exchanges/ID.json  the bundle of each exchange as it reached the provider, with context and sealed answer
own.json           what citizens were told of their own data in the story: permit -> class
"""

import json
from collections.abc import Mapping
from pathlib import Path

from mynumber.codes import at_rest
from mynumber.plumbing import canonical, keyfiles
from mynumber.plumbing.canonical import Json, b64
from mynumber.world.town import outcomes
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Institution, Town
from mynumber.world.town.populate import People


def write_people(town: Town, people: People, evidence: Evidence) -> None:
    """Write town/people.jsonl, readable by its owner alone."""
    held: dict[int, dict[str, Json]] = {resident.index: {} for resident in people.residents}
    for office in town.offices:
        codes = _codes(office, evidence)
        for holding in people.holdings[office.name]:
            code = codes.get(holding.ref)
            if code is not None:
                held[holding.person][office.name] = {"ref": holding.ref, "code": b64(code)}
    lines = []
    for resident, number in zip(people.residents, people.numbers, strict=True):
        members = ("name", "kana", "birth", "sex", "address", "household")
        person: dict[str, Json] = {"number": number} | {name: getattr(resident, name) for name in members}
        lines.append(json.dumps({**person, "held_by": held[resident.index]}, ensure_ascii=False))
    keyfiles.write_secret(town.folder / "town" / "people.jsonl", ("\n".join(lines) + "\n").encode())


def _codes(office: Institution, evidence: Evidence) -> Mapping[str, bytes]:
    key = keyfiles.read_secret(office.folder / "keys" / "wrap.key")
    return {
        str(person): at_rest.unwrap(key, office.name, int(str(epoch)), blob)
        for person, epoch, blob in evidence.rows(office.name, "SELECT person, epoch, blob FROM persons")
        if isinstance(blob, bytes)
    }


def write_own(town: Town, own: Mapping[str, str]) -> None:
    """Write town/own.json: no store has the class of an answer that only the portal's memory opened."""
    _own(town).write_text(json.dumps(dict(own)), encoding="ascii")


def read_own(town: Town) -> dict[str, str]:
    """Return what citizens were told of their own data in the story, empty for a town that broke off before."""
    path = _own(town)
    return dict(json.loads(path.read_text(encoding="ascii"))) if path.exists() else {}


def _own(town: Town) -> Path:
    return town.folder / "town" / "own.json"


def write_exchanges(town: Town, evidence: Evidence) -> None:
    """Write town/exchanges/ID.json for every exchange that has a permit; an answer that was written before stays."""
    folder = town.folder / "town" / "exchanges"
    folder.mkdir(exist_ok=True)
    for office in town.offices:
        seals = outcomes.seals_of(office)
        query = "SELECT id, provider, bundle, context, permit FROM inquiries WHERE permit IS NOT NULL"
        for number, provider, bundle, context, permit in evidence.rows(office.name, query):
            if not (isinstance(bundle, bytes) and isinstance(context, bytes) and isinstance(permit, bytes)):
                continue
            answered = evidence.rows(str(provider), "SELECT answer FROM answered WHERE permit = ?", (permit,))
            answer, path = answered[0][0] if answered else None, folder / f"{number!s}.json"
            if answer is None and path.exists():
                continue
            exchange: dict[str, Json] = {
                "bundle": canonical.decode(bundle),
                "context": b64(seals.context.open(context)),
                "answer": canonical.decode(answer) if isinstance(answer, bytes) else None,
            }
            path.write_bytes(canonical.encode(exchange))
