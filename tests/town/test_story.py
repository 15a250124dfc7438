"""The story's account: every step held, its members are those of the doors, and it is read from the stores."""

import json
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from mynumber.card import folder as card_folder
from mynumber.card import visiting
from mynumber.plumbing.canonical import b64, unb64
from mynumber.world.story import asked
from mynumber.world.story.scenes import ordinary, procedures, shields, stops, troubles
from mynumber.world.story.script import SCENES
from mynumber.world.town.evidence import Evidence
from tests.town.conftest import Served

MEMBERS = {
    "steps": {"id", "title", "ok", "detail", "promises"},
    "processes": {"role", "name", "organisation", "pid", "url", "config", "databases"},
    "exchanges": {
        *("id", "from", "to", "procedure", "items", "count", "permit", "outcome", "requested_at", "provided_at"),
    },
    "refusals": {"id", "from", "to", "procedure", "items", "by", "code", "article"},
    "logs": {"institution", "origin", "size", "root"},
    "officers": {"office", "name", "dir", "procedures"},
    "cases": {"office", "id", "procedure", "persons", "opened_by"},
}


def test_every_step_held(served: Served) -> None:
    steps = served.demo.account["steps"]
    assert [step for step in steps if not step["ok"]] == []  # type: ignore[attr-defined]
    ids = [step["id"] for step in steps]  # type: ignore[attr-defined]
    assert ids == [
        *("boot", "numbers", "codes", "lawful", "refused-by-law", "batch", "unknown-person", "desk"),
        *(
            "account",
            "assistance",
            "household",
            "refund",
            "deceased",
            "tax-agency-asked",
            "unassessed",
            "stop-switch",
            "withheld",
        ),
        *("replay", "outage", "history", "own-data", "hidden", "deleted-record", "supervision"),
    ]
    # A scene that breaks off is named after its function, so the two are the same.
    assert ids == [scene.play.__name__.replace("_", "-") for scene in SCENES]
    assert served.demo.ok


def test_the_account_has_the_members_of_the_doors(served: Served) -> None:
    account = json.loads(json.dumps(served.demo.account))
    for name, members in MEMBERS.items():
        assert account[name], name
        assert all(set(each) == members for each in account[name]), name
    assert set(account) == {*MEMBERS, "residents", "seed", "dir", "duration_s"}


def test_what_is_told_names_nobody(served: Served) -> None:
    told = json.dumps(served.demo.account["steps"], ensure_ascii=False)
    people, numbers = served.people.residents, served.people.numbers
    refs = [ref for held in served.cast.refs.values() for ref in held.values()]
    private = [*(person.name for person in people), *(person.kana for person in people), *numbers, *refs]
    assert [text for text in private if text in told] == []
    planted = told.replace('"detail": "', f'"detail": "{people[0].name} ', 1)
    assert [text for text in private if text in planted] == [people[0].name]


def test_what_citizens_asked_of_themselves_is_an_exchange_too(served: Served) -> None:
    exchanges = json.loads(json.dumps(served.demo.account))["exchanges"]
    own = [each for each in exchanges if each["from"] == "portal"]
    assert {each["to"] for each in own} == {"pension", "city-a", "accounts"}
    for each in own:
        assert (each["procedure"], each["count"], each["outcome"]) == ("self-information", 1, ["data"])
        assert each["provided_at"] is not None
        assert served.evidence.count("keeper", "releases", "permit = ?", (unb64(each["permit"], 32),)) == 1


def test_a_citizens_page_is_of_that_citizen_alone(served: Served) -> None:
    stage, cast = served.stage, served.cast
    pages = {}
    for name in ("recipient", "child", "stranger"):
        card = card_folder.load(served.town.cards / name)
        with visiting.signed_in(card, card_folder.pin_of(card, None)) as visit:
            pages[name] = asked.shown(visit.call("GET", "/api/history"))
        # What was asked while other tests played has come too, or comes.
        assert pages[name] <= asked.about(stage, cast.holders[name])[0], name
        assert pages[name], name
    assert pages["recipient"] - pages["child"]
    assert not pages["stranger"] & (pages["recipient"] | pages["child"])


def test_each_refusal_names_who_refused_and_by_which_article(served: Served) -> None:
    refusals = json.loads(json.dumps(served.demo.account))["refusals"]
    assert {each["code"] for each in refusals} == {"LAW_REFUSED"}
    # One was permitted before the stop, and the provider refused it.
    by = Counter((each["by"], each["article"].rpartition(" ")[2]) for each in refusals)
    assert by == {
        ("operator-1", "21(2)"): 2,
        ("operator-1", "28(6)"): 2,
        ("operator-1", "34"): 2,
        ("accounts", "34"): 1,
    }
    articles = Counter((each["from"], each["to"], each["article"].rpartition(" ")[2]) for each in refusals)
    assert articles == {
        ("city-a", "pension", "21(2)"): 1,
        ("city-a", "tax", "21(2)"): 1,
        ("city-a", "city-b", "28(6)"): 1,
        ("city-b", "city-a", "28(6)"): 1,
        ("city-a", "accounts", "34"): 2,
        ("tax", "accounts", "34"): 1,
    }


def test_a_record_that_is_lost_is_missed(served: Served, tmp_path: Path) -> None:
    stage = served.stage
    assert ordinary.lawful(stage).ok
    kept = stage.evidence
    # The provider's records are lost in a copy of the stores, and counted there as the scene counts them.
    for party in ("city-a", "pension", "keeper"):
        shutil.copytree(served.town.institution(party).folder, tmp_path / party)
    with closing(sqlite3.connect(tmp_path / "pension" / "gateway.db")) as connection:
        connection.execute("DELETE FROM answered WHERE kind = 'exchange'")
        connection.commit()
    query = "SELECT permit FROM inquiries WHERE id = ?"
    ((permit_hash,),) = kept.rows("city-a", query, (stage.inquiries["lawful"],))
    assert isinstance(permit_hash, bytes)
    permit = b64(permit_hash)
    assert kept.records_of(permit, "city-a", "pension") == {"keeper": 1, "city-a": 1, "pension": 1}
    assert Evidence(tmp_path).records_of(permit, "city-a", "pension") == {"keeper": 1, "city-a": 1, "pension": 0}


def test_the_same_scenes_can_be_played_again(served: Served) -> None:
    stage = served.stage
    for scene in (
        procedures.refund,
        stops.unassessed,
        shields.withheld,
        ordinary.refused_by_law,
        ordinary.batch,
        ordinary.unknown_person,
        ordinary.desk,
        ordinary.lawful,
        troubles.replay,
    ):
        step = scene(stage)
        assert step.ok, step
