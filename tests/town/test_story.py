"""The story's account: every step held, its members are those of the doors, and it is read from the stores."""

import json

from mynumber.world import scenes, troubles
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
    assert len(steps) == 11  # type: ignore[arg-type]
    assert served.demo.ok


def test_the_account_has_the_members_of_the_doors(served: Served) -> None:
    account = json.loads(json.dumps(served.demo.account))
    for name, members in MEMBERS.items():
        assert account[name], name
        assert all(set(each) == members for each in account[name]), name
    assert set(account) == {*MEMBERS, "residents", "seed", "dir", "duration_s"}


def test_the_refusal_names_who_refused_and_by_which_article(served: Served) -> None:
    refusals = served.demo.account["refusals"]
    assert [(each["by"], each["code"]) for each in refusals] == [("operator-1", "LAW_REFUSED")]  # type: ignore[attr-defined]
    assert "19(8)" in refusals[0]["article"]  # type: ignore[index]


def test_a_lost_record_makes_its_step_fail(served: Served) -> None:
    stage = served.stage
    assert scenes.lawful(stage).ok
    evidence = stage.evidence
    found = evidence.rows("pension", "SELECT permit FROM answered WHERE kind = 'exchange' LIMIT 1")
    assert evidence.count("pension", "answered", "permit = ?", found[0]) == 1

    class Blind(type(evidence)):  # type: ignore[misc]
        """Stores in which the provider's records are gone."""

        def records_of(self, permit: str, asker: str, provider: str) -> dict[str, int]:
            return {**super().records_of(permit, asker, provider), provider: 0}

    stage.evidence = Blind(evidence.town)
    assert not scenes.lawful(stage).ok


def test_the_same_scenes_can_be_played_again(served: Served) -> None:
    stage = served.stage
    for scene in (scenes.refused_by_law, scenes.batch, scenes.unknown, scenes.desk, scenes.lawful, troubles.replay):
        step = scene(stage)
        assert step.ok, step
