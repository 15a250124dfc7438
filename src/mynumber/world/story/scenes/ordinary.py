"""The scenes in which everything goes its lawful way, or is refused by law or desk."""

import json

from mynumber.exchange.context import Conditions
from mynumber.gateway.desk import api
from mynumber.world.offices.desk import LAST_YEAR
from mynumber.world.story import judging
from mynumber.world.story.stage import Entry, Stage, Step
from mynumber.world.town import opened

RECIPIENT, CHILD = "local_tax/recipient", "local_tax/child"


def boot(stage: Stage) -> Step:
    """Every institution is a process, each with files of its own open and nobody else's."""
    listed = stage.processes.listed()
    strangers = [f"{each['name']}: {path}" for each in listed for path in opened.foreign(stage.town, each)]
    databases = [path for each in listed for path in each["databases"]]
    organisations = {each["organisation"] for each in listed}
    ok = len(listed) == len(stage.town.institutions) and not strangers and len(set(databases)) == len(databases)
    detail = (
        f"{len(listed)} processes of {len(organisations)} organisations, {len(databases)} databases, "
        f"{len(strangers)} files open in a folder of somebody else"
    )
    return Step("boot", "", ok, detail, ("5-2",))


def numbers(stage: Stage) -> Step:
    """Everybody has a number of its own, and only the register and the vaults hold it."""
    issued = stage.people.numbers
    residents = stage.evidence.count("register", "residents")
    ok = residents == len(issued) == len(set(issued)) == len(stage.people.residents)
    return Step("numbers", "", ok, f"register: {residents} residents, {len(set(issued))} different numbers")


def codes(stage: Stage) -> Step:
    """Each office acquired a code for everybody it knows; no two offices share one, and the keeper can list none."""
    wanted = {office: len(held) for office, held in stage.people.holdings.items()}
    held = {office: stage.evidence.count(office, "persons") for office in wanted}
    blobs = [row[0] for office in wanted for row in stage.evidence.rows(office, "SELECT blob FROM persons")]
    members = stage.evidence.count("keeper", "members")
    ok = held == wanted and len(set(blobs)) == len(blobs) and members == len(blobs)
    shown = ", ".join(f"{office} {count}" for office, count in held.items())
    detail = f"codes: {shown}; {len(set(blobs))} different wrapped codes; keeper: {members} members, as HMACs"
    return Step("codes", "", ok, detail, ("5-4",))


def lawful(stage: Stage) -> Step:
    """City A asks the pension service under row 107, and gets what the pension service itself finds."""
    person = stage.cast.recipient
    before = stage.evidence.count("keeper", "releases")
    case = stage.open_case("hanako", "link-107", [person], "child allowance: pension of the recipient")
    shown = stage.ask(case, "pension", [Entry(person, ("pension/recipient",))])
    stage.inquiries["lawful"] = shown.id
    records = judging.records(stage, shown, "pension")
    request = stage.evidence.request_of("city-a", shown.id)
    ruled = [stage.evidence.has_request(party, request) for party in ("operator-1", "operator-2", "keeper")]
    ok = (
        judging.told(shown) == [judging.held(stage, "pension", Entry(person, ("pension/recipient",)))] != [[]]
        and set(records.values()) == {1}
        and all(ruled)
        and stage.evidence.count("keeper", "releases") == before + 1
    )
    indexes = judging.log_indexes(stage, request)
    detail = f"permit {shown.permit}; one record each at {judging.names(records)}; log index {judging.pairs(indexes)}"
    return Step("lawful", "", ok, detail, ("5-2", "5-4", "5-5"))


def refused_by_law(stage: Stage) -> Step:
    """The same question under row 106 ends at operator 1, with row and article; nobody behind it hears of it."""
    person = stage.cast.recipient
    case = stage.open_case("hanako", "link-106", [person], "child allowance: the wrong row")
    before = judging.accepted(stage)
    shown = stage.ask(case, "pension", [Entry(person, ("pension/recipient",))])
    stage.inquiries["refused"] = shown.id
    after, request = judging.accepted(stage), stage.evidence.request_of("city-a", shown.id)
    query = "SELECT code, row FROM refusals WHERE request = ?"
    recorded = stage.evidence.rows("operator-1", query, (request,))
    article = shown.refusal.article if isinstance(shown.refusal, api.Problem) else ""
    ok = shown.state == "refused" and recorded == [("LAW_REFUSED", "link-106")] and before == after and bool(article)
    detail = f"operator-1 recorded {recorded}; accepted requests unchanged ({judging.pairs(after)}); {article}"
    return Step("refused-by-law", "", ok, detail, ("5-5",))


def batch(stage: Stage) -> Step:
    """Local tax data of a recipient and her child in one batch: each entry has its own items, and nothing else."""
    cast, conditions = stage.cast, Conditions(fiscal_year=LAST_YEAR)
    entries = [Entry(cast.recipient, (RECIPIENT,)), Entry(cast.child, (CHILD,))]
    case = stage.open_case("hanako", "link-106", [cast.recipient, cast.child], "child allowance: income of last year")
    shown = stage.ask(case, "city-b", entries, conditions=conditions)
    stage.inquiries["batch"] = shown.id
    answered = [entry.data for entry in shown.entries]
    text = json.dumps(answered, ensure_ascii=False)
    foreign = [mark for mark in ("CANARY", cast.recipient.name, cast.child.name) if mark in text]
    records = judging.records(stage, shown, "city-b")
    ok = (
        judging.told(shown) == [judging.held(stage, "city-b", entry, LAST_YEAR) for entry in entries]
        and [sorted(data) for data in answered] == [[RECIPIENT], [CHILD]]
        and all(entry.class_ == "data" for entry in shown.entries)
        and not foreign
        and set(records.values()) == {1}
    )
    rows = sum(len(rows) for data in answered for rows in data.values())
    detail = (
        f"permit {shown.permit}; 2 entries, {rows} rows, {len(foreign)} canaries or names; {judging.names(records)}"
    )
    return Step("batch", "", ok, detail, ("5-2",))


def unknown_person(stage: Stage) -> Step:
    """City B knows nothing of this person; the answer is the one that a withheld person would get."""
    person = stage.cast.stranger
    case = stage.open_case("hanako", "link-106", [person], "child allowance: income of last year")
    shown = stage.ask(case, "city-b", [Entry(person, (RECIPIENT,))])
    stage.inquiries["unknown"] = shown.id
    records = judging.records(stage, shown, "city-b")
    ok = [entry.class_ for entry in shown.entries] == ["not-available"] and set(records.values()) == {1}
    return Step("unknown-person", "", ok, f"permit {shown.permit}; not-available; recorded at {judging.names(records)}")


def desk(stage: Stage) -> Step:
    """No right, no case, and who grants rights may not ask: the office's own desk refuses and writes it down."""
    person = stage.cast.recipient
    before = (stage.evidence.count("city-a", "refusals"), stage.evidence.count("city-a", "inquiries"))
    told = [
        stage.refused(lambda: stage.open_case("taro", "link-107", [person], "curiosity")),
        stage.refused(lambda: stage.ask("no-such-case", "pension", [Entry(person, ("pension/recipient",))])),
        stage.refused(lambda: stage.open_case("admin", "link-107", [person], "curiosity")),
    ]
    written = stage.evidence.count("city-a", "refusals") - before[0]
    asked = stage.evidence.count("city-a", "inquiries") - before[1]
    ok = told == ["NO_RIGHT", "NO_CASE", "NO_RIGHT"] and written == 3 and asked == 0
    return Step("desk", "", ok, f"{', '.join(told)}; city-a: {written} refusals written, {asked} inquiries", ("5-3",))
