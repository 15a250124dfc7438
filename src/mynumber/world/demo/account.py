"""What a town shows of itself: exchanges, refusals, logs, officers, cases, all read from the stores (DOORS)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mynumber.codes.permit import request
from mynumber.codes.permit.request import Exchange, open_message
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import b64
from mynumber.tlog import checkpoint, note
from mynumber.world.story.stage import Step
from mynumber.world.town.evidence import Evidence, Value
from mynumber.world.town.layout import Town
from mynumber.world.town.processes import Listed


@dataclass(frozen=True, slots=True)
class Came:
    """What came of each inquiry (id -> class per entry), and of citizens' own requests (permit -> class)."""

    inquiries: Mapping[str, Sequence[str]]
    own: Mapping[str, str]


def account(
    town: Town, evidence: Evidence, came: Came, *, steps: Sequence[Step], processes: list[Listed]
) -> dict[str, object]:
    """Return the object of `mynumber demo --json`, without `duration_s`."""
    offices = [each.name for each in town.institutions if each.role == "gateway"]
    return {
        "steps": [
            {"id": step.id, "title": step.title, "ok": step.ok, "detail": step.detail, "promises": list(step.promises)}
            for step in steps
        ],
        "processes": processes,
        "exchanges": [
            *(one for office in offices for one in _exchanges(evidence, office, came.inquiries)),
            *(one for office in offices for one in _own(evidence, office, came.own)),
        ],
        "refusals": [one for office in offices for one in _refusals(evidence, town, office)],
        "logs": [one for each in town.institutions for one in _log(evidence, each.name)],
        "officers": [one for office in offices for one in _officers(evidence, town, office)],
        "cases": [one for office in offices for one in _cases(evidence, office)],
        "residents": town.residents,
        "seed": town.seed,
        "dir": str(town.folder),
    }


def _asked(office: str, provider: Value, message: Value) -> dict[str, object]:
    read = request.read_body(open_message(canonical.decode(message if isinstance(message, bytes) else b"")))
    items = list(read.items) if isinstance(read, Exchange) else []
    procedure = read.procedure if isinstance(read, Exchange) else ""
    return {"from": office, "to": provider, "procedure": procedure, "items": items}


def _exchanges(evidence: Evidence, office: str, outcomes: Mapping[str, Sequence[str]]) -> list[dict[str, object]]:
    query = (
        "SELECT id, provider, message, permit, created, state FROM inquiries WHERE state <> 'refused' ORDER BY created"
    )
    found = []
    for number, provider, message, permit, created, state in evidence.rows(office, query):
        digest = permit if isinstance(permit, bytes) else b""
        provided = evidence.rows(str(provider), "SELECT provided FROM answered WHERE permit = ?", (digest,))
        count = evidence.count(office, "inquiry_entries", "inquiry = ?", (number,))
        classes = list(outcomes.get(str(number), [])) if state == "answered" else ["pending"] * count
        found.append(
            {
                "id": number,
                **_asked(office, provider, message),
                "count": count,
                "permit": b64(digest),
                "outcome": classes,
                "requested_at": created,
                "provided_at": provided[0][0] if provided else None,
            }
        )
    return found


def _own(evidence: Evidence, office: str, own: Mapping[str, str]) -> list[dict[str, object]]:
    """Return what citizens asked of themselves, as the provider recorded it; its class is known of the story alone."""
    query = (
        'SELECT request, permit, "from", procedure, items, issued, provided FROM answered '
        "WHERE kind = 'self' ORDER BY issued"
    )
    found = []
    for request_hash, permit, asker, procedure, items, issued, provided in evidence.rows(office, query):
        digest, name = (value if isinstance(value, bytes) else b"" for value in (request_hash, permit))
        found.append(
            {
                "id": digest.hex()[:16],
                "from": asker,
                "to": office,
                "procedure": procedure,
                "items": json.loads(str(items)),
                "count": 1,
                "permit": b64(name),
                "outcome": [own.get(b64(name), "data")],
                "requested_at": issued,
                "provided_at": provided,
            }
        )
    return found


def _refusals(evidence: Evidence, town: Town, office: str) -> list[dict[str, object]]:
    query = "SELECT id, provider, message, request, refusal FROM inquiries WHERE state = 'refused' ORDER BY created"
    found = []
    for number, provider, message, digest, refusal in evidence.rows(office, query):
        told = json.loads(str(refusal))
        found.append(
            {
                "id": number,
                **_asked(office, provider, message),
                "by": _refuser(evidence, town, digest if isinstance(digest, bytes) else b"") or office,
                "code": told["code"],
                "article": told.get("article", ""),
            }
        )
    return found


def _refuser(evidence: Evidence, town: Town, digest: bytes) -> str | None:
    """Return whose log has the refusal of a request."""
    query = "SELECT 1 FROM log_entries WHERE instr(record, ?) > 0 AND instr(record, ?) > 0"
    marks = (b'"event":"refused"', b64(digest).encode("ascii"))
    logged = [each.name for each in town.institutions if each.role in ("operator", "keeper", "gateway")]
    return next((party for party in logged if evidence.rows(party, query, marks)), None)


def _log(evidence: Evidence, party: str) -> list[dict[str, object]]:
    if not evidence.rows(party, "SELECT 1 FROM sqlite_master WHERE name = 'log_checkpoint'"):
        return []
    signed = evidence.rows(party, "SELECT note FROM log_checkpoint")
    if not signed or not isinstance(signed[0][0], bytes):
        return []
    head = checkpoint.parse_checkpoint(note.parse_note(signed[0][0]).text)
    return [{"institution": party, "origin": head.origin, "size": head.head.size, "root": b64(head.head.root)}]


def _officers(evidence: Evidence, town: Town, office: str) -> list[dict[str, object]]:
    folder = town.institution(office).folder / "officers"
    names = [str(row[0]) for row in evidence.rows(office, "SELECT name FROM officers ORDER BY name")]
    rights = "SELECT procedure FROM rights WHERE officer = ? ORDER BY procedure"
    return [
        {
            "office": office,
            "name": name,
            "dir": str(folder / name),
            "procedures": [row[0] for row in evidence.rows(office, rights, (name,))],
        }
        for name in names
    ]


def _cases(evidence: Evidence, office: str) -> list[dict[str, object]]:
    persons = 'SELECT person FROM case_persons WHERE "case" = ? ORDER BY person'
    return [
        {
            "office": office,
            "id": number,
            "procedure": procedure,
            "persons": [row[0] for row in evidence.rows(office, persons, (number,))],
            "opened_by": officer,
        }
        for number, procedure, officer in evidence.rows(
            office, "SELECT id, procedure, opened_by FROM cases ORDER BY opened"
        )
    ]
