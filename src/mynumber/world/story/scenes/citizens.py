"""The scenes of the citizen: who asked about her, her own data, and what is hidden from her for a time.

A card with a key in software stands for the chip until that is here; the rest of the way is the real one.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from mynumber.card import folder as card_folder
from mynumber.card import visiting
from mynumber.card.visiting import Visit
from mynumber.gateway.desk.api import ShownInquiry
from mynumber.oversight.hidden import kept
from mynumber.plumbing.canonical import Json, b64, unb64
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.database import Store
from mynumber.portal.config import Language
from mynumber.portal.pages.telling.words import words
from mynumber.world.story import asked, copies, judging
from mynumber.world.story.stage import Entry, Stage, Step, until
from mynumber.world.town.boot import HIDDEN, HIDDEN_LONGEST_S, NAMES
from mynumber.world.town.evidence import Evidence

# Outcomes and copies of records travel in the background, every few seconds.
_KNOWN_SECONDS = 60.0


def history(stage: Stage) -> Step:
    """Every holder of a card signs in and sees exactly what offices asked about her, and nobody else's."""
    right, counts = [], {}
    for name, person in stage.cast.holders.items():
        expected, concealed = asked.about(stage, person)
        expected |= {each for each in concealed if each.permit in _disclosed(stage)}
        found = _until_shown(stage, name, expected)
        counts[name] = len(found)
        right.append(found == expected)
    named = _in_languages(stage, "recipient")
    ok = all(right) and counts["recipient"] > 0 and named == {"ja": True, "en": True}
    shown = ", ".join(f"{name} {count}" for name, count in counts.items())
    detail = (
        f"cards with a key in software; exchanges shown, each as the askers' own stores have it: {shown}; named in "
        f"{' and '.join(language for language, there in named.items() if there)}"
    )
    return Step("history", "", ok, detail, ("5-3", "5-4"))


def own_data(stage: Stage) -> Step:
    """The recipient fetches her own data from three offices; each request is a record that she sees."""
    wanted = {
        "pension": ("pension", "pension/recipient"),
        "city-a": ("resident_record", "resident_record/recipient"),
        "accounts": ("public_benefit_account", "public_benefit_account/recipient"),
    }
    person, right, permits = stage.cast.recipient, [], set()
    before = _own_of(stage, "recipient")
    with _signed_in(stage, "recipient") as visit:
        for office, (item, like) in wanted.items():
            answer = _members(visit.call("POST", "/api/own", {"office": office, "items": [item]}))
            data = answer["data"]
            rows = data[item] if isinstance(data, dict) else []
            told = [list(row.values()) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            right.append(answer["state"] == "data" and told == judging.held(stage, office, Entry(person, (like,))))
            permits.add(str(answer["permit"]))
            stage.own[str(answer["permit"])] = str(answer["state"])
    seen = _until_own(stage, "recipient", permits) - before
    others = [name for name in stage.cast.holders if name != "recipient" and _own_of(stage, name) & permits]
    ok = all(right) and seen == permits and not others
    detail = (
        f"{len(right)} offices told her what they hold; {len(seen)} records of it on her page, {len(others)} on others'"
    )
    return Step("own-data", "", ok, detail, ("5-2", "5-3"))


def hidden(stage: Stage) -> Step:
    """Public assistance asks with non-disclosure: she sees one when it is disclosed, one when its time is over.

    Two are hidden, and the supervisor knows of both. It discloses the first by an act. Nobody acts on the second: in a
    copy of the network all clocks are moved behind the longest time, and there she sees it too.
    """
    article = HIDDEN["link-42"]
    case = stage.open_case("jiro", "link-42", [stage.cast.applicant], "public assistance: a review not to be known yet")
    first, second = (_ask_hidden(stage, case, article) for _ in range(2))
    stage.inquiries["hidden"] = first.id
    # A later exchange that she may see shows that the records of that time have come.
    later = _ask_hidden(stage, case, "")
    expected, concealed = asked.about(stage, stage.cast.applicant)
    disclosed = {each for each in concealed if each.permit == first.permit}
    before = _until_shown(stage, "applicant", expected)
    with stage.supervisor() as store:
        both = {first.permit, second.permit}
        until(lambda: both <= _kept(store), seconds=_KNOWN_SECONDS, what="the hidden records at the supervisor")
        named = f"{article}; the time of the review is over"
        store.write_now(lambda c: kept.disclose(c, unb64(first.permit, 32), None, at=Clock().now(), article=named))
    after = _until_shown(stage, "applicant", expected | disclosed)
    in_time, acts = _when_time_is_over(stage, expected | concealed, second.permit)
    ok = (
        {each.permit for each in concealed} == both
        and later.permit in {each.permit for each in before}
        and before == expected
        and after == expected | disclosed
        and in_time == expected | concealed
        and acts == 0
    )
    detail = (
        f"permits {first.permit}, {second.permit}; hidden by {article}: {len(before)} exchanges shown to her, both "
        f"known to the supervisor; one disclosed by its act: {len(after)} shown; {HIDDEN_LONGEST_S // 86_400} days "
        f"later, in a copy with its clocks moved, the other without an act: {len(in_time)} shown"
    )
    return Step("hidden", "", ok, detail, ("5-3",))


def _ask_hidden(stage: Stage, case: str, article: str) -> ShownInquiry:
    entry = Entry(stage.cast.applicant, ("pension/recipient",))
    return stage.ask(case, "pension", [entry], officer="jiro", undisclosed=article)


def _when_time_is_over(stage: Stage, expected: set[asked.Asked], permit: str) -> tuple[set[asked.Asked], int]:
    """Return what she is shown behind the longest time, and how many acts were about a permit."""
    roles = {each.name: each.role for each in stage.town.institutions}
    network = [name for name, role in roles.items() if role != "gateway"]
    offices = [name for name, role in roles.items() if role == "gateway"]
    with copies.of(stage, network, resting=offices) as folder:
        with copies.serving(stage, folder, network, ahead_s=HIDDEN_LONGEST_S + 1):
            shown = _until_shown(stage, "applicant", expected)
        acts = Evidence(folder).count("supervisor", "hidden_acts", "permit = ?", (unb64(permit, 32),))
    return shown, acts


@contextmanager
def _signed_in(stage: Stage, name: str) -> Iterator[Visit]:
    card = card_folder.load(stage.town.cards / name)
    with visiting.signed_in(card, card_folder.pin_of(card, None)) as visit:
        yield visit


def _until_shown(stage: Stage, name: str, expected: set[asked.Asked]) -> set[asked.Asked]:
    """Return what the portal shows to a holder: as soon as it is what is expected, else at the end of the time."""
    found: set[asked.Asked] = set()

    def there() -> bool:
        found.clear()
        with _signed_in(stage, name) as visit:
            found.update(asked.shown(visit.call("GET", "/api/history")))
        return expected <= found

    until(there, seconds=_KNOWN_SECONDS, what=f"{len(expected)} exchanges at the portal", every=0.5)
    return found


def _until_own(stage: Stage, name: str, permits: set[str]) -> set[str]:
    until(
        lambda: permits <= _own_of(stage, name), seconds=_KNOWN_SECONDS, what="her own requests on her page", every=0.5
    )
    return _own_of(stage, name)


def _own_of(stage: Stage, name: str) -> set[str]:
    with _signed_in(stage, name) as visit:
        return asked.own(visit.call("GET", "/api/history"))


def _in_languages(stage: Stage, name: str) -> dict[str, bool]:
    """Return for each language whether the page names in it who asked and who answered."""
    languages: tuple[Language, ...] = ("ja", "en")
    found: dict[str, bool] = {}
    with _signed_in(stage, name) as visit:
        for language in languages:
            # For what she asked herself, the page says that it was she.
            known = {named[language] for named in NAMES.values()} | {words(language).say("list.you")}
            shown = json.loads(json.dumps(visit.call("GET", f"/{language}/exchanges.json")))["exchanges"]
            asking = {each["names"]["from"] for each in shown} | {each["names"]["to"] for each in shown}
            found[language] = bool(asking) and asking <= known
    return found


def _members(answer: Json) -> dict[str, Json]:
    assert isinstance(answer, dict)  # noqa: S101  # what the portal answers
    return answer


def _disclosed(stage: Stage) -> set[str]:
    """Return the permits of hidden records that the keeper has had back: their persons see them from then on."""
    rows = stage.evidence.rows("supervisor", "SELECT permit FROM hidden WHERE disclosed > 0")
    return {b64(permit) for (permit,) in rows if isinstance(permit, bytes)}


def _kept(store: Store) -> set[str]:
    with store.reading() as connection:
        return {b64(row.permit) for row in kept.rows(connection) if row.sealed is not None}
