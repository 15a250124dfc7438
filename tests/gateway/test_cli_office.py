"""The officers' commands against a running office: objects, sentences and exit status as DOORS says."""

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from mynumber.cli.main import main
from mynumber.codes import law_table, wire
from mynumber.codes.jws import public_key
from mynumber.codes.law_table import LawTables
from mynumber.codes.permit.answers import Result
from mynumber.gateway.asking import refusals
from mynumber.gateway.store import ACQUISITIONS
from tests.gateway import running
from tests.gateway.running import Office

PERSON = {"ref": "r1", "name": "甲野花子", "kana": "", "birth": "2000-01-31", "sex": "female", "address": "甲野市1"}
LINE = json.dumps(PERSON | {"number": "123456789018"}, ensure_ascii=False) + "\n"


@dataclass
class Told:
    """What a command left: exit status, standard output and standard error."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output as the one JSON object that it is."""
        assert self.out.count("\n") == 1
        value: dict[str, Any] = json.loads(self.out)
        return value

    @property
    def error(self) -> tuple[int, str]:
        """Exit status and code of an error."""
        return self.status, self.json["error"]["code"]


def tell(*arguments: str | Path, stdin: str | None = None) -> Told:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Told(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def case(office: Office) -> str:
    """A case of hanako about p1 and p2, whose codes the office has."""
    for person in ("p1", "p2"):
        office.give_code(person)
    opened = tell("case", "open", *as_(office), *PROCEDURE, "--person", "p1", "--person", "p2", *REASON, "--json")
    assert opened.status == 0
    assert list(opened.json) == ["case"]
    return str(opened.json["case"])


PROCEDURE = ("--procedure", "link-107")
REASON = ("--reason", "claim 5")


def as_(office: Office, name: str = "hanako") -> tuple[str, Path]:
    return "--as", office.officer(name)


def inquire(office: Office, case: str, *rest: str, who: str = "hanako") -> Told:
    return tell("inquire", *as_(office, who), "--case", case, "--provider", "pension", *rest, "--json")


# Officers, rights, withheld persons.


def test_an_officer_is_added_with_a_key_that_nobody_else_reads(office: Office) -> None:
    done = tell("officer", "add", *as_(office, "admin"), "--name", "kenji", "--department", "Housing", "--json")
    place = office.officer("kenji")
    assert (done.status, done.json) == (0, {"officer": "kenji", "dir": str(place)})
    assert {path.name for path in place.iterdir()} == {"officer.key", "officer.crt", "ca.crt", "gateway.toml"}
    assert stat.S_IMODE((place / "officer.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert tell("case", "list", "--as", place).status == 0
    assert office.rows("SELECT department FROM officers WHERE name = 'kenji'") == [("Housing",)]


def test_an_officer_who_is_not_added_leaves_no_folder(office: Office) -> None:
    assert tell("officer", "add", *as_(office), "--name", "rei", "--json").error == (1, "NO_RIGHT")
    assert not office.officer("rei").exists()


@pytest.mark.parametrize("name", ["hanako", "../rei", "Rei", ""])
def test_a_name_that_is_none_or_taken_is_wrong_use(office: Office, name: str) -> None:
    assert tell("officer", "add", *as_(office, "admin"), "--name", name, "--json").error == (2, "BAD_NAME")


def test_a_person_is_withheld_and_released_by_admin(office: Office) -> None:
    office.give_code("w 1/甲")
    person, withheld = ("--person", "w 1/甲"), "SELECT person FROM shields"
    done = tell("person", "withhold", *as_(office, "admin"), *person, "--json")
    assert (done.status, done.json) == (0, {"person": "w 1/甲", "withheld": True})
    assert office.rows(withheld) == [("w 1/甲",)]
    assert "withheld from every other office" in tell("person", "withhold", *as_(office, "admin"), *person).out
    done = tell("person", "release", *as_(office, "admin"), *person, "--json")
    assert (done.status, done.json) == (0, {"person": "w 1/甲", "withheld": False})
    assert office.rows(withheld) == []
    assert tell("person", "release", *as_(office, "admin"), *person, "--json").error == (1, "UNKNOWN_PERSON")


def test_who_is_not_held_is_not_withheld_and_only_admin_withholds(office: Office) -> None:
    for command in ("withhold", "release"):
        told = tell("person", command, *as_(office), "--person", "p1", "--json")
        assert told.error == (1, "NO_RIGHT")
    told = tell("person", "withhold", *as_(office, "admin"), "--person", "nobody", "--json")
    assert told.error == (1, "UNKNOWN_PERSON")
    assert office.rows("SELECT person FROM shields") == []


def test_rights_are_granted_listed_and_revoked(office: Office) -> None:
    right = ("--officer", "jiro", "--procedure", "link-1")
    granted = tell("rights", "grant", *as_(office, "admin"), *right, "--json")
    assert granted.status == 0
    assert [one["procedure"] for one in granted.json["rights"]] == ["link-1", "link-106"]
    assert granted.json["rights"] == tell("rights", "list", *as_(office, "jiro"), "--json").json["rights"]
    assert "jiro  link-1  granted by admin" in tell("rights", "list", *as_(office, "admin")).out
    assert tell("rights", "revoke", *as_(office, "admin"), *right).out.startswith("jiro  link-106")
    assert tell("rights", "revoke", *as_(office, "admin"), *right, "--json").error == (1, "UNKNOWN_RIGHT")


def test_rights_are_for_admin_to_grant_and_not_to_hold(office: Office) -> None:
    right = ("--procedure", "link-1", "--json")
    assert tell("rights", "grant", *as_(office), "--officer", "jiro", *right).error == (1, "NO_RIGHT")
    assert tell("rights", "grant", *as_(office, "admin"), "--officer", "admin", *right).error == (1, "NO_RIGHT")
    assert tell("rights", "grant", *as_(office, "admin"), "--officer", "ghost", *right).error == (1, "UNKNOWN_OFFICER")


def test_a_procedure_that_cannot_be_one_is_wrong_use(office: Office) -> None:
    done = tell("rights", "grant", *as_(office, "admin"), "--officer", "jiro", "--procedure", "107", "--json")
    assert done.error == (2, "BAD_BODY")
    assert done.json["error"]["hint"]


def test_a_removed_officer_gets_nowhere(office: Office) -> None:
    office.hire("shiro", "link-107")
    for name in ("shiro", "rei"):
        removed = tell("officer", "remove", *as_(office), "--name", name, "--json")
        assert removed.error == (1, "NO_RIGHT")
    assert tell("officer", "remove", *as_(office, "admin"), "--name", "rei", "--json").error == (1, "UNKNOWN_OFFICER")
    done = tell("officer", "remove", *as_(office, "admin"), "--name", "shiro", "--json")
    assert (done.status, done.json["officer"]) == (0, "shiro")
    assert office.rows("SELECT removed FROM officers WHERE name = 'shiro'") == [(done.json["removed"],)]
    assert tell("case", "list", *as_(office, "shiro"), "--json").error == (1, "NO_RIGHT")
    office.hire("goro")
    assert tell("officer", "remove", *as_(office, "admin"), "--name", "goro").out.startswith("goro is no officer since")


# Cases.


def test_a_case_is_listed_shown_and_closed(office: Office, case: str) -> None:
    listed = tell("case", "list", *as_(office), "--json").json["cases"]
    assert [one["procedure"] for one in listed if one["id"] == case] == ["link-107"]
    shown = tell("case", "show", *as_(office), "--case", case, "--json").json
    assert (shown["persons"], shown["reason"], shown["department"]) == (["p1", "p2"], "claim 5", "City A")
    assert "persons: p1, p2" in tell("case", "show", *as_(office), "--case", case).out
    assert tell("case", "close", *as_(office), "--case", case).out == f"case {case} is closed\n"
    assert f"{case}  link-107  2 person(s)  hanako" in tell("case", "list", *as_(office)).out
    assert tell("case", "close", *as_(office), "--case", case, "--json").error == (1, "NO_CASE")


@pytest.mark.parametrize("who", ["admin", "jiro"])
def test_a_case_takes_a_right(office: Office, who: str) -> None:
    done = tell("case", "open", *as_(office, who), *PROCEDURE, "--person", "p1", *REASON)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert "[NO_RIGHT]\nhint: " in done.err


# Inquiries.


def items_of(office: Office, inquiry: str) -> list[tuple[str, list[str]]]:
    rows = office.rows("SELECT person, items FROM inquiry_entries WHERE inquiry = ? ORDER BY position", inquiry)
    return [(person, json.loads(items)) for person, items in rows]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("asked", "entries"),
    [
        # The row allows one relation, and it is taken.
        (["--person", "p1", "--item", "pension"], [("p1", ["pension/recipient"])]),
        # One that the row lacks goes out as it was written.
        (["--person", "p1=child,recipient", "--item", "pension"], [("p1", ["pension/child", "pension/recipient"])]),
        # An item that the row lacks goes out bare.
        (["--person", "p1", "--item", "local_tax"], [("p1", ["local_tax"])]),
        # An item that names its relation stays as it is.
        (
            ["--person", "p1=recipient", "--item", "pension/child", "--item", "residence_card"],
            [("p1", ["pension/child", "residence_card/recipient"])],
        ),
        (
            ["--person", "p1=recipient", "--person", "p2", "--item", "pension", "--item", "pension/recipient"],
            [("p1", ["pension/recipient"]), ("p2", ["pension/recipient"])],
        ),
    ],
)
def test_an_entry_asks_the_items_in_the_relation_that_was_said(
    office: Office, case: str, asked: list[str], entries: list[tuple[str, list[str]]]
) -> None:
    done = inquire(office, case, *asked)
    assert (done.status, done.json["state"]) == (3, "pending")
    assert items_of(office, done.json["id"]) == entries


@pytest.mark.usefixtures("impatient")
def test_where_the_row_has_several_relations_the_item_goes_out_bare(office: Office) -> None:
    office.give_code("p9")
    opened = tell("case", "open", *as_(office, "jiro"), "--procedure", "link-106", "--person", "p9", *REASON, "--json")
    done = inquire(office, opened.json["case"], "--person", "p9", "--item", "local_tax", who="jiro")
    assert items_of(office, done.json["id"]) == [("p9", ["local_tax"])]


@pytest.mark.usefixtures("impatient")
def test_a_reference_may_hold_the_sign_of_a_relation(office: Office) -> None:
    for ref in ("a=1", "a=b"):
        office.give_code(ref)
    opened = tell("case", "open", *as_(office), *PROCEDURE, "--person", "a=1", "--person", "a=b", *REASON, "--json")
    persons = ("--person", "a=1", "--person", "a=b=recipient")
    done = inquire(office, opened.json["case"], *persons, "--item", "pension")
    assert items_of(office, done.json["id"]) == [("a=1", ["pension/recipient"]), ("a=b", ["pension/recipient"])]


@pytest.mark.usefixtures("patient")
def test_an_inquiry_is_pending_then_answered(office: Office, case: str) -> None:
    asked = tell(
        "inquire", *as_(office), "--case", case, "--provider", "pension", "--person", "p1", "--item", "pension"
    )
    assert asked.status == 3
    first, hint = asked.out.splitlines()
    inquiry = first.split()[1]
    assert first == f"inquiry {inquiry} is pending, waiting for operator-1"
    assert hint == f"fetch it later: mynumber inquiry {inquiry} --as {office.officer('hanako')}"
    office.end(inquiry, Result(available=True, data={"pension/recipient": [{"year": 2024, "name": None}]}))
    fetched = tell("inquiry", inquiry, *as_(office), "--json")
    assert (fetched.status, fetched.json) == (
        0,
        {
            "id": inquiry,
            "state": "answered",
            "permit": "",
            "entries": [
                {"person": "p1", "class": "data", "data": {"pension/recipient": [{"year": 2024, "name": None}]}}
            ],
        },
    )
    told = tell("inquiry", inquiry, *as_(office)).out.splitlines()
    assert told[1:] == ["p1:", "  pension/recipient:", "    year 2024, name -"]


@pytest.mark.usefixtures("impatient")
def test_classes_are_told_apart_for_people(office: Office, case: str) -> None:
    inquiry = inquire(office, case, "--person", "p1", "--person", "p2", "--item", "pension").json["id"]
    held: dict[str, Any] = {"pension/recipient": []}
    places = [
        row[0] for row in office.rows("SELECT listed FROM inquiry_entries WHERE inquiry = ? ORDER BY position", inquiry)
    ]
    results = [Result(available=True, data=held), Result(available=False)]
    office.end(inquiry, *(results[places.index(listed)] for listed in range(2)))
    told = tell("inquiry", inquiry, *as_(office))
    assert (told.status, told.out.splitlines()[1:]) == (0, ["p1: nothing held", "p2: not available"])


@pytest.mark.usefixtures("impatient")
def test_a_refused_inquiry_ends_with_1_and_its_article(office: Office, case: str) -> None:
    inquiry = inquire(office, case, "--person", "p1", "--item", "pension").json["id"]
    office.end(inquiry, refusal=refusals.explain("LAW_REFUSED", "link-107"))
    told = tell("inquiry", inquiry, *as_(office), "--json")
    assert (told.status, told.json["state"]) == (1, "refused")
    assert told.json["refusal"] == refusals.explain("LAW_REFUSED", "link-107")
    people = tell("inquiry", inquiry, *as_(office), "--lang", "ja")
    assert people.status == 1
    assert "児童手当" in people.out
    assert "[LAW_REFUSED] (506M60004008009 Art.2 row 107" in people.out


@pytest.mark.usefixtures("impatient")
def test_conditions_come_from_a_file(office: Office, case: str, tmp_path: Path) -> None:
    path = tmp_path / "condition.json"
    for text in ('{"fiscal_year": 2025}', '{"from": "2025-01-01", "to": "2025-12-31"}', "{}"):
        path.write_text(text, encoding="utf-8")
        done = inquire(office, case, "--person", "p1", "--item", "pension", "--condition", str(path))
        assert done.status == 3
    for text in ('{"fiscal_year": "2025"}', '{"year": 2025}', '{"from": "2025-01-01"}', ""):
        path.write_text(text, encoding="utf-8")
        done = inquire(office, case, "--person", "p1", "--item", "pension", "--condition", str(path))
        assert done.error == (2, "BAD_CONDITION")


def test_what_the_desk_refuses_ends_with_1(office: Office, case: str) -> None:
    ask = ("--person", "p1", "--item", "pension")
    assert inquire(office, case, *ask, who="jiro").error == (1, "NO_RIGHT")
    assert inquire(office, case, *ask, who="admin").error == (1, "NO_RIGHT")
    assert inquire(office, "nonsense", *ask).error == (1, "NO_CASE")
    assert inquire(office, case, "--person", "p3", "--item", "pension").error == (1, "UNKNOWN_PERSON")
    assert tell("inquiry", "nonsense", *as_(office), "--json").error == (1, "UNKNOWN_INQUIRY")
    office.open_case("p4")
    without = office.open_case("p5")
    assert inquire(office, without, "--person", "p5", "--item", "pension").error == (1, "CODE_NOT_ACQUIRED")


# Looks and acquisition.


def test_looks_are_for_admin(office: Office, case: str) -> None:
    found = tell("looks", *as_(office, "admin"), "--json").json["looks"]
    assert [(look["officer"], look["what"]) for look in found if look["case"] == case] == [("hanako", "case-opened")]
    assert len(found) == office.rows("SELECT count(*) FROM looks")[0][0]
    assert f"hanako  case-opened  case {case}\n" in tell("looks", *as_(office, "admin")).out
    assert tell("looks", *as_(office), "--json").error == (1, "NO_RIGHT")


def test_looks_are_fetched_to_the_last_page(office: Office, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mynumber.gateway.desk.cases.MOST_LOOKS", 2)
    tell("case", "show", *as_(office), "--case", case)
    found = tell("looks", *as_(office, "admin"), "--json").json["looks"]
    assert len(found) == office.rows("SELECT count(*) FROM looks")[0][0] > 2


def test_a_ground_in_which_the_office_takes_no_part_is_refused(office: Office, tmp_path: Path) -> None:
    signed = town_of_laws()
    office.node.view.laws = signed
    try:
        path = tmp_path / "persons.jsonl"
        path.write_text(LINE.replace("r1", "r-ground"), encoding="utf-8")
        order = ("acquire", *as_(office, "taro"), path, "--json")
        assert tell(*order, "--ground", "link-106").error == (1, "LAW_REFUSED")
        assert tell(*order, "--ground", "link-107").status == 0
        assert tell(*order, "--ground", "107").status == 0
    finally:
        office.node.view.laws = LawTables.of(())


def town_of_laws() -> LawTables:
    """Return a table in which city-a asks in link-107, and others in link-106."""
    items = ("pension/recipient",)
    rows = [
        {"kind": "exchange", "from": who, "to": "jps", "procedure": procedure, "items": items, "hide": ""}
        for who, procedure in (("municipality", "link-107"), ("other", "link-106"))
    ]
    roles = {"municipality": ["city-a"], "jps": ["pension"], "other": ["city-b"]}
    body = {"v": 1, "network": "demo", "from": 1, "roles": roles, "rows": rows}
    secret = bytes(range(32))
    jws = law_table.sign_law(wire.read(body, law_table.Body), ("supervisor", secret))
    return LawTables.of([law_table.load_law(jws, "demo", ("supervisor", public_key(secret)))])


def test_a_loss_is_declared_with_a_flag(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "persons.jsonl"
    path.write_text(LINE.replace("r1", "r-lost"), encoding="utf-8")
    order = ("acquire", *as_(office, "taro"), "--ground", "link-107", path, "--json")
    assert tell(*order).json["accepted"] == 1
    office.node.store.write_now(lambda c: c.execute(update(ACQUISITIONS).values(state="stored")))
    assert tell(*order).json["accepted"] == 0
    assert tell(*order, "--lost").json["accepted"] == 1
    assert office.rows("SELECT count(*) FROM acquisitions WHERE person = 'r-lost' AND lost") == [(1,)]


@pytest.mark.parametrize("text", ["", "{}\n", LINE + "nonsense\n", LINE.replace("female", "甲野"), LINE + LINE])
def test_a_file_that_is_not_as_described_is_wrong_use(office: Office, tmp_path: Path, text: str) -> None:
    path = tmp_path / "persons.jsonl"
    path.write_text(text, encoding="utf-8")
    done = tell("acquire", *as_(office, "taro"), "--ground", "link-107", path, "--json")
    assert done.status == 2
    assert done.json["error"]["code"] in ("NO_PERSONS", "BAD_LINE", "BAD_BODY")
    assert "甲野" not in done.out


# The way to the gateway.


def copy_of(office: Office, folder: Path, **changed: str) -> Path:
    """Return a copy of hanako's folder with other lines in gateway.toml."""
    folder.mkdir()
    for path in office.officer("hanako").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    lines = (folder / "gateway.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.partition(" ")[0] not in changed]
    text = "\n".join([*kept, *(f"{name} = {json.dumps(value)}" for name, value in changed.items())])
    (folder / "gateway.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_folder_of_nobody_is_wrong_use(tmp_path: Path) -> None:
    assert tell("case", "list", "--as", tmp_path, "--json").error == (2, "NO_OFFICER")


@pytest.mark.parametrize("name", ["ca.crt", "officer.crt", "officer.key"])
def test_a_folder_with_a_broken_file_is_wrong_use(office: Office, tmp_path: Path, name: str) -> None:
    folder = copy_of(office, tmp_path / "broken")
    (folder / name).write_text("-", encoding="utf-8")
    assert tell("case", "list", "--as", folder, "--json").error == (2, "BAD_CERTIFICATE")
    (folder / name).unlink()
    assert tell("case", "list", "--as", folder, "--json").error == (2, "BAD_CERTIFICATE")


def test_a_gateway_that_is_down_is_not_finished(office: Office, tmp_path: Path) -> None:
    url = f"https://127.0.0.1:{running.free_port()}"
    folder = copy_of(office, tmp_path / "down", office_url=url)
    done = tell("case", "list", "--as", folder, "--json")
    assert done.error == (3, "GATEWAY_DOWN")
    assert url in done.json["error"]["message"]


def test_a_gateway_of_somebody_else_is_refused(office: Office, tmp_path: Path) -> None:
    other = running.make(tmp_path / "other")
    with other.listening():
        folder = copy_of(office, tmp_path / "astray", office_url=f"https://127.0.0.1:{other.port}")
        assert tell("case", "list", "--as", folder, "--json").error == (1, "NOT_THE_GATEWAY")
        (folder / "ca.crt").write_bytes((other.folder / "office-ca.crt").read_bytes())
        done = tell("case", "list", "--as", folder, "--json")
        assert done.error == (3, "GATEWAY_DOWN")
        assert "refuses this certificate" in done.json["error"]["message"]
