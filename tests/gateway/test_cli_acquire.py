"""`mynumber acquire` against a running office: who is handed in, what became of each, and what to do about it."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, literal, select, update

from mynumber.gateway.store import ACQUISITIONS, DOUBLES
from tests.gateway.running import Office
from tests.gateway.test_cli_office import LINE, Told, as_, tell


def test_persons_are_handed_in_from_a_file_or_standard_input(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "persons.jsonl"
    path.write_text(LINE + "\n", encoding="utf-8")
    ground = ("--ground", "link-107")
    done = tell("acquire", *as_(office, "taro"), *ground, path, "--json")
    assert (done.status, done.json) == (0, {"accepted": 1, "acquisitions": {"waiting": 1}, "failed": 0, "persons": []})
    again = tell("acquire", *as_(office, "taro"), *ground, "-", stdin=LINE)
    assert (again.status, again.out) == (0, "0 of 1 persons are new\nof these persons: 1 waiting\n")
    waited = tell("acquire", *as_(office, "taro"), *ground, "--wait", "1", path, "--json")
    assert (waited.status, waited.json["accepted"]) == (3, 0)
    assert tell("acquire", *as_(office), *ground, path, "--json").error == (1, "NO_RIGHT")
    assert tell("acquire", *as_(office, "taro"), "--ground", "link-9999", path, "--json").error == (2, "UNKNOWN_ROW")


@pytest.mark.parametrize("state", ["no-match", "already-acquired", "refused", "no-number", "law-refused"])
def test_a_person_without_a_code_at_the_end_is_a_clear_no(office: Office, tmp_path: Path, state: str) -> None:
    path, ref = tmp_path / "persons.jsonl", f"r-{state}"
    path.write_text(LINE.replace("r1", ref), encoding="utf-8")
    order = ("acquire", *as_(office, "taro"), "--ground", "link-107", path)
    assert tell(*order).status == 0
    change = update(ACQUISITIONS).where(ACQUISITIONS.c.person == ref).values(state=state, at=1)
    office.node.store.write_now(lambda c: c.execute(change))
    # Handed in again it is open; what became of its first number counts no more.
    assert tell(*order, "--json").json == {"accepted": 1, "acquisitions": {"waiting": 1}, "failed": 0, "persons": []}
    office.node.store.write_now(lambda c: c.execute(change))
    body = {"persons": [ref]}
    assert office.call("POST", "/acquisitions", body, who="taro").value == {state: 1}
    assert office.call("POST", "/acquisitions", body, who="hanako").status == 403


def ended(office: Office, tmp_path: Path, ends: dict[str, str], *rest: str, twice: str = "") -> Told:
    """Hand these persons in, wait, and let each acquisition end like this; `twice` is held under r-first."""
    path = tmp_path / "persons.jsonl"
    path.write_text("".join(LINE.replace("r1", ref) for ref in ends), encoding="utf-8")

    def end(connection: Connection) -> None:
        for ref, state in ends.items():
            connection.execute(update(ACQUISITIONS).where(ACQUISITIONS.c.person == ref).values(state=state))
        of = select(ACQUISITIONS.c.acq, literal("r-first")).where(ACQUISITIONS.c.person == twice)
        new = of.where(ACQUISITIONS.c.acq.not_in(select(DOUBLES.c.acq)))
        connection.execute(insert(DOUBLES).from_select(["acq", "other"], new))

    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(
            lambda: tell("acquire", *as_(office, "taro"), "--ground", "link-107", "--wait", "20", path, *rest)
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not told.done():
            office.node.store.write_now(end)
            time.sleep(0.1)
    return told.result()


def test_an_acquisition_that_failed_ends_with_one_and_counts(office: Office, tmp_path: Path) -> None:
    done = ended(office, tmp_path, {"r-bad": "no-match", "r-good": "stored"}, "--json")
    counted = {"accepted": 2, "acquisitions": {"no-match": 1, "stored": 1}, "failed": 1}
    assert (done.status, done.json) == (1, counted | {"persons": [{"ref": "r-bad", "state": "no-match", "other": ""}]})


def test_who_has_no_code_is_named_with_the_reason_and_the_other_reference(office: Office, tmp_path: Path) -> None:
    ends = {"r-twice": "duplicate-code", "r-again": "already-acquired", "r-odd": "bad-encoding", "r-here": "stored"}
    told = ended(office, tmp_path, ends, twice="r-twice")
    assert told.status == 1
    assert set(told.out.splitlines()[2:]) == {
        "r-twice  duplicate-code  the code is held under r-first",
        "r-again  already-acquired",
        "r-odd  bad-encoding",
    }
    already, odd, duplicate = told.err.splitlines()
    assert already.startswith("hint: already-acquired: this office got the code before")
    assert odd.startswith("hint: bad-encoding: the register refused this")
    assert duplicate.startswith("hint: duplicate-code: two references stand for one person")
