"""The scenes of the citizen: who asked about her, her own data, and what is hidden from her for a time.

A card with a key in software stands for the chip until that is here; the rest of the way is the real one.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from mynumber.card import folder as card_folder
from mynumber.card import visiting
from mynumber.card.visiting import Visit
from mynumber.oversight.hidden import kept
from mynumber.plumbing.canonical import Json, b64, unb64
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.database import Store
from mynumber.world.offices.known import OFFICES
from mynumber.world.story import asked, judging
from mynumber.world.story.stage import Entry, Stage, Step, until
from mynumber.world.town.boot import HIDDEN

# Outcomes and copies of records travel in the background, every few seconds.
_KNOWN_SECONDS = 60.0


def history(stage: Stage) -> Step:
    """Every holder of a card signs in and sees exactly what offices asked about her, and nobody else's."""
    right, counts = [], {}
    for name, person in stage.cast.holders.items():
        expected, _ = asked.about(stage, person)
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
    with _signed_in(stage, "recipient") as visit:
        for office, (item, like) in wanted.items():
            answer = _members(visit.call("POST", "/api/own", {"office": office, "items": [item]}))
            data = answer["data"]
            rows = data[item] if isinstance(data, dict) else []
            told = [list(row.values()) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            right.append(answer["state"] == "data" and told == judging.held(stage, office, Entry(person, (like,))))
            permits.add(str(answer["permit"]))
            stage.own[str(answer["permit"])] = str(answer["state"])
    seen = _until_own(stage, "recipient", permits)
    others = [name for name in stage.cast.holders if name != "recipient" and _own_of(stage, name) & permits]
    ok = all(right) and seen == permits and not others
    detail = (
        f"{len(right)} offices told her what they hold; {len(seen)} records of it on her page, {len(others)} on others'"
    )
    return Step("own-data", "", ok, detail, ("5-2", "5-3"))


def hidden(stage: Stage) -> Step:
    """Public assistance asks with non-disclosure: the supervisor knows of it, and she only once it is disclosed."""
    person, article = stage.cast.applicant, HIDDEN["link-42"]
    case = stage.open_case("jiro", "link-42", [person], "public assistance: a review that must not be known yet")
    entry = Entry(person, ("pension/recipient",))
    told = stage.ask(case, "pension", [entry], officer="jiro", undisclosed=article)
    stage.inquiries["hidden"] = told.id
    # A later exchange that she may see shows that the records of that time have come.
    later = stage.ask(case, "pension", [entry], officer="jiro")
    expected, concealed = asked.about(stage, person)
    before = _until_shown(stage, "applicant", expected)
    with stage.supervisor() as store:
        until(lambda: told.permit in _kept(store), seconds=_KNOWN_SECONDS, what="the hidden record at the supervisor")
        named = f"{article}; the time of the review is over"
        store.write_now(lambda c: kept.disclose(c, unb64(told.permit, 32), None, at=Clock().now(), article=named))
    after = _until_shown(stage, "applicant", expected | concealed)
    ok = (
        {each.permit for each in concealed} == {told.permit}
        and later.permit in {each.permit for each in before}
        and before == expected
        and after == expected | concealed
    )
    detail = (
        f"permit {told.permit}; hidden by {article}: {len(before)} exchanges shown to her, the hidden one known to the "
        f"supervisor; disclosed: {len(after)} shown"
    )
    return Step("hidden", "", ok, detail, ("5-3",))


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
    """Return for each language whether the page names the offices in it."""
    names = {"ja": {office.name for office in OFFICES.values()}, "en": {office.name_en for office in OFFICES.values()}}
    found = {}
    with _signed_in(stage, name) as visit:
        for language, offices in names.items():
            shown = json.loads(json.dumps(visit.call("GET", f"/{language}/exchanges.json")))["exchanges"]
            asking = {each["names"]["from"] for each in shown} | {each["names"]["to"] for each in shown}
            found[language] = bool(asking) and asking <= offices
    return found


def _members(answer: Json) -> dict[str, Json]:
    assert isinstance(answer, dict)  # noqa: S101  # what the portal answers
    return answer


def _kept(store: Store) -> set[str]:
    with store.reading() as connection:
        return {b64(row.permit) for row in kept.rows(connection) if row.sealed is not None}
