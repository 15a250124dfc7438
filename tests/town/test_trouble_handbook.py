"""The handbook's commands do what it says, for every role; and whoever comes back from yesterday's backup says so.

A small town of its own, because time moves in it. Each role is run, watched and backed up by the commands of the
handbook; a day passes in which the town works; then the store is lost and yesterday's copy put in its place. Nothing is
lost silently and nothing happens twice: what the role forgot others still have, comes back, or is refused by name.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from mynumber.gateway.desk import api
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import MyNumberError, NotFinished
from mynumber.world.story.stage import Entry, until
from mynumber.world.town.strangers import Stranger
from tests.town import books, handbook
from tests.town.handbook import block, shell
from tests.town.moving import DAY, Moving, moving
from tests.town.trouble import SECONDS, health, ready, unknown_to

TRIED = {"Run": 1, "Watch": 1, "Back up": 1, "Restore": 2, "Stop": 2, "Findings": 1}
REFUSING = 301
"""So long what was made before is refused by who came back."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """The town whose time moves."""
    with moving(tmp_path_factory.mktemp("moving") / "town") as made:
        yield made


def test_every_block_of_the_handbook_is_tried() -> None:
    chapters = [each.chapter for each in handbook.blocks()]
    assert {chapter: chapters.count(chapter) for chapter in chapters} == TRIED
    fences = handbook.HANDBOOK.read_text(encoding="utf-8").count("```")
    assert fences == 2 * len(chapters), "a block without a language is tried by nobody"


@dataclass
class Backed:
    """An institution that runs by the handbook's commands, with a copy of its store that is a day old."""

    world: Moving
    name: str
    names: dict[str, object]
    process: subprocess.Popen[bytes]

    @classmethod
    def yesterday(cls, world: Moving, name: str, folder: Path) -> "Backed":
        """Run, watch and back up an institution, and let a day pass."""
        place = world.stage.town.institution(name)
        backup, broken = folder / "backup", folder / "broken"
        names: dict[str, object] = {"ROLE": place.role, "DIR": place.folder, "PORT": place.port}
        names |= {"BACKUP": backup, "BROKEN": broken}
        world.stage.processes.stop(name)
        process = handbook.begun(block("Run"), names, place.folder / "journal" / "process.log")
        until(lambda: ready(world.stage, name), seconds=SECONDS, what=f"{name} by the handbook")
        told = json.loads(shell(block("Watch"), names))
        assert (told["party"], told["state"]) == (name, "ready")
        assert not any("backup" in each for each in told["warnings"])
        shell(block("Back up"), names)
        stores = {path.name for path in place.databases} - {"business.db"}
        assert {path.name for path in backup.iterdir()} == stores
        world.later(DAY)
        until(lambda: ready(world.stage, name), seconds=SECONDS, what=f"{name} a day later")
        return cls(world, name, names | {"PID": process.pid}, process)

    def lose(self) -> list[str]:
        """Stop it, put yesterday's store in its place, start it; return the warnings of its health."""
        # What was written last is noted in log/ within two seconds.
        time.sleep(3)
        shell(block("Stop"), self.names)
        assert self.process.wait(20) == 0
        shell(block("Restore"), self.names)
        self.world.stage.processes.start(self.name)
        return self.warnings()

    def warnings(self) -> list[str]:
        """Return what its health says without being asked to wait."""
        status, members = health(self.world.stage, self.name)
        assert status == 200
        found = members["warnings"]
        assert isinstance(found, list)
        return found

    def findings(self) -> set[str]:
        """Return of which kinds the supervisor found something about it."""
        query = "SELECT kind FROM findings WHERE party = ?"
        return {str(row[0]) for row in self.world.stage.evidence.rows("supervisor", query, (self.name,))}


def test_a_supervisor_of_yesterday_still_stops_what_it_stopped_and_finds_nothing_that_is_not_so(
    world: Moving, tmp_path: Path
) -> None:
    backed = Backed.yesterday(world, "supervisor", tmp_path)
    names = {"SUPERVISOR": world.stage.town.institution("supervisor").folder}
    stop, go_on = block("Stop", 1).splitlines()
    assert "city-b, any procedure, local_tax" in shell(stop, names)
    assert world.refused() == ""
    until(lambda: stopped(world), seconds=SECONDS, what="the stop at work")
    told = [each for each in backed.lose() if "came back from a backup" in each]
    assert len(told) == 1
    assert "acts and findings of since were taken back" in told[0]
    # Its state is newer than the last that others have of it, or in an hour nothing would be allowed any more.
    assert stopped(world)
    world.later(3700)
    assert stopped(world)
    assert world.refused() == ""
    assert shell(go_on, names).rstrip().endswith("nothing is blocked now")
    report = json.loads(shell(f"{block('Findings').splitlines()[0]} --json || true", names))
    assert {"its counts are of before our backup"} & {each["why"] for each in report["hindrances"]}
    # Whoever begins tells its counts anew, and so does everybody every ten minutes.
    for each in world.stage.town.institutions:
        if each.role in ("operator", "keeper", "gateway"):
            world.stage.processes.stop(each.name)
            world.stage.processes.launch(each.name)
    world.stage.processes.wait_ready()
    until(lambda: quiet(names), seconds=90, what="a network at rest", every=1)
    # Both commands end with 0: nothing was ever found.
    assert shell(block("Findings"), names).count("nothing found") == 1


def quiet(names: dict[str, Path]) -> bool:
    report = json.loads(shell(f"{block('Findings').splitlines()[0]} --json || true", names))
    return bool(report["quiet"])


def stopped(world: Moving) -> bool:
    """Tell whether an inquiry for local tax of city-b is refused because of the stop."""
    person = world.stage.cast.recipient
    case = world.stage.open_case("hanako", "link-106", [person], "a stop that must not lapse")
    shown = world.stage.ask(case, "city-b", [Entry(person, ("local_tax/recipient",))])
    return isinstance(shown.refusal, api.Problem) and shown.refusal.code == "LAW_REFUSED"


def test_a_register_of_yesterday_says_what_to_do_and_gets_its_notes_again(world: Moving, tmp_path: Path) -> None:
    backed = Backed.yesterday(world, "register", tmp_path)
    newcomer = unknown_to(world.stage, "city-b")[0]
    ref = world.hand_in("city-b", newcomer)
    told = [each for each in backed.lose() if "came back from a backup" in each]
    assert len(told) == 1
    assert "load again who was loaded since" in told[0]
    assert "--lost" in told[0]
    assert [each for each in books.codes(books.Books(world.stage.town)) if each.startswith("city-b")] != []
    assert world.refused() == ""
    assert world.hand_in("city-b", newcomer, lost=True) == ref
    noted = ("register", "acquisitions", "agency = 'city-b' AND state = 'held'")
    stored = world.stage.evidence.count("city-b", "persons")
    until(lambda: world.stage.evidence.count(*noted) == stored, seconds=SECONDS, what="a note for each code")


def test_a_portal_of_yesterday_gets_everything_again_from_the_keeper(world: Moving, tmp_path: Path) -> None:
    backed = Backed.yesterday(world, "portal", tmp_path)
    assert world.refused() == ""
    rows = ("portal", "replica_rows")
    before = world.stage.evidence.count(*rows)
    until(lambda: world.stage.evidence.count("keeper", "owed") == 0, seconds=150, what="copies at the portal")
    have = world.stage.evidence.count(*rows)
    assert have >= before
    told = [each for each in backed.lose() if "came back from a backup" in each]
    assert len(told) == 1
    assert "the keeper sends again" in told[0]
    assert world.stage.evidence.count(*rows) < have
    # It looks every hour, and at its start.
    world.stage.processes.stop("keeper")
    world.stage.processes.start("keeper")
    until(lambda: world.stage.evidence.count(*rows) == have, seconds=150, what="all copies again")


def test_an_operator_of_yesterday_refuses_for_five_minutes_and_nothing_happens_twice(
    world: Moving, tmp_path: Path
) -> None:
    backed = Backed.yesterday(world, "operator-1", tmp_path)
    forgotten = world.ask()
    assert forgotten.state == "answered"
    assert any("came back from a backup" in each and "wait" in each for each in backed.lose())
    rows = world.stage.evidence.count("keeper", "rows")
    assert sent_again(world, forgotten.id) == "NOT_FRESH"
    assert world.refused() == "NOT_FRESH"
    assert world.stage.evidence.count("keeper", "rows") == rows
    world.later(REFUSING)
    assert sent_again(world, forgotten.id) == "NOT_FRESH"
    assert world.refused() == ""
    assert backed.warnings() == []
    until(lambda: "log-shrunk" in backed.findings(), seconds=SECONDS, what="a finding about the log")
    nothing_twice(world)


def sent_again(world: Moving, inquiry: str) -> str:
    """Send the message of an inquiry to operator 1 once more, as its asker would; return how it was refused."""
    query = "SELECT message FROM inquiries WHERE id = ?"
    message = world.stage.evidence.rows("city-a", query, (inquiry,))[0][0]
    assert isinstance(message, bytes)
    bundle = canonical.encode({"message": canonical.decode(message), "steps": [], "endorsements": []})
    answer = Stranger.with_keys_of(world.stage.town, "city-a").post("operator-1", "/v1/convert", bundle)
    return str(json.loads(answer.body).get("error", ""))


def nothing_twice(world: Moving) -> None:
    """See that of all that was released each entry has one row, and each answer one outcome, at keeper and portal."""

    def said() -> list[str]:
        found = books.Books(world.stage.town)
        return [each for look in (books.one_row, books.outcomes, books.copies) for each in look(found)]

    with suppress(NotFinished):
        until(lambda: said() == [], seconds=150, what="rows, outcomes and copies once each", every=1)
    assert said() == []


def test_a_keeper_of_yesterday_asks_the_portals_first_and_forgets_no_row_for_its_person(
    world: Moving, tmp_path: Path
) -> None:
    nothing_twice(world)
    backed = Backed.yesterday(world, "keeper", tmp_path)
    newcomer = unknown_to(world.stage, "city-a")[0]
    ref = world.hand_in("city-a", newcomer)
    assert (world.refused(), world.refused(ref)) == ("", "")
    until(lambda: list(books.copies(books.Books(world.stage.town))) == [], seconds=150, what="copies at the portal")
    copies = world.stage.evidence.count("portal", "replica_rows")
    assert any("came back from a backup" in each for each in backed.lose())
    assert world.refused() == "PERMIT_EXPIRED"
    world.later(REFUSING)
    assert world.refused() == ""
    # It knows no more that this person was enrolled; the office is told so, and gets the code again.
    assert world.refused(ref) == "UNKNOWN_TAG"
    assert world.hand_in("city-a", newcomer, lost=True) == ref
    assert world.refused(ref) == ""
    # What it wrote since stands beside what it forgot, each under a locator of its own.
    query = "SELECT count(*), count(DISTINCT locator) FROM replica_rows"
    wanted = [(copies + 2, copies + 2)]
    until(lambda: world.stage.evidence.rows("portal", query) == wanted, seconds=150, what="rows beside the old ones")
    until(lambda: "log-shrunk" in backed.findings(), seconds=SECONDS, what="a finding about the log")


def test_a_provider_of_yesterday_refuses_for_five_minutes(world: Moving, tmp_path: Path) -> None:
    backed = Backed.yesterday(world, "pension", tmp_path)
    assert world.refused() == ""
    assert any("came back from a backup" in each and "wait" in each for each in backed.lose())
    answered = world.stage.evidence.count("pension", "answered")
    assert world.refused() == "PERMIT_EXPIRED"
    assert world.stage.evidence.count("pension", "answered") == answered
    world.later(REFUSING)
    assert world.refused() == ""
    until(lambda: "log-shrunk" in backed.findings(), seconds=SECONDS, what="a finding about the log")


def test_an_asker_of_yesterday_asks_anew_and_gets_its_codes_again(world: Moving, tmp_path: Path) -> None:
    backed = Backed.yesterday(world, "city-a", tmp_path)
    newcomer = unknown_to(world.stage, "city-a")[0]
    ref = world.hand_in("city-a", newcomer)
    forgotten = world.ask(ref)
    assert forgotten.state == "answered"
    assert any("came back from a backup" in each and "ask again" in each for each in backed.lose())
    desk = world.stage.desk("city-a", "hanako")
    with pytest.raises(MyNumberError) as gone:
        desk.call("GET", f"/inquiries/{forgotten.id}", api.ShownInquiry)
    assert gone.value.code == "UNKNOWN_INQUIRY"
    assert world.refused() == ""
    # The register knows that the office has this code, and brings it again to who says that it is lost.
    world.later(REFUSING)
    assert world.hand_in("city-a", newcomer, lost=True) == ref
    assert world.refused(ref) == ""
    until(lambda: "log-shrunk" in backed.findings(), seconds=SECONDS, what="a finding about the log")


def test_a_folder_that_came_back_as_a_whole_is_restored_when_its_operator_says_so(
    world: Moving, tmp_path: Path
) -> None:
    place = world.stage.town.institution("operator-2")
    config = place.config.read_bytes()
    world.stage.processes.stop("operator-2")
    shell(block("Restore", 1), {"DIR": place.folder})
    changed = place.config.read_text(encoding="utf-8")
    assert abs(int(changed.split("\nrestored_at = ")[1].split()[0]) - time.time()) < 60
    place.config.write_bytes(config)
    world.stage.processes.start("operator-2")
    names = {"SUPERVISOR": world.stage.town.institution("supervisor").folder}
    report = block("Findings").splitlines()
    assert "log demo/keeper/log: " in shell(f"{report[0]} || true", names)
    assert shell(report[1], names).rstrip().endswith("records")
