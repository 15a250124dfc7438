"""An enrolment as pure steps, from the register's roots to the office's codes, through real operators and keeper."""

import os
from pathlib import Path

import pytest

from mynumber.acquisition.office import Kept
from mynumber.codes import group
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.hashing import h2g
from mynumber.codes.names import agency_name
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit.request import Enrol, Message, read_body
from mynumber.plumbing.canonical import Json, b64
from mynumber.register import enrolling
from mynumber.register.enrolling import Applicant, Chance, Target
from tests.register.people import NOW
from tests.register.town import Office, Town, acquired, world

TARGET = Target("ward-a", 2)


def applicants(count: int) -> list[Applicant]:
    return [Applicant(os.urandom(16), os.urandom(32)) for _ in range(count)]


def build(people: list[Applicant], target: Target = TARGET, now: int = NOW) -> Message:
    chance = Chance(os.urandom(16), os.urandom(32), os.urandom(32))
    return enrolling.build(people, target, keys=world().register, directory=world().directory, now=now, chance=chance)


def converted(message: Message, tmp_path: Path) -> tuple[Town, Json]:
    town = Town(tmp_path)
    return town, town.convert({"message": message.json, "steps": [], "endorsements": []})


def code_of(person: Applicant, agency: str, epoch: int) -> Point:
    """Return what section 3 says the code is, with all factors in one hand as nobody has them."""
    point = h2g("person", person.root)
    for keys in world().operators:
        point = group.mul(keys.factor("demo", agency_name(agency, epoch)), point)
    return point


def test_the_office_opens_the_codes_of_the_persons_it_asked_for(tmp_path: Path) -> None:
    people = applicants(3)
    message = build(people)
    town, bundle = converted(message, tmp_path)
    permit = enrolling.check(message, bundle, standing=Standing(world().directory), now=town.clock.now())
    town.offices["ward-a"] = Office(refs={person.acq: person.acq.hex() for person in people})
    answer = town.enrolled("ward-a", bundle)
    results = enrolling.acknowledged(answer, agency="ward-a", permit=permit.hash, count=3, directory=world().directory)
    assert results == ["stored"] * 3
    assert town.offices["ward-a"].codes == {p.acq.hex(): code_of(p, "ward-a", 1) for p in people}
    assert permit.expires - permit.issued == 3600


def test_the_message_says_no_more_than_the_protocol() -> None:
    people = applicants(2)
    message = build(people)
    body = read_body(message)
    assert isinstance(body, Enrol)
    assert (body.to, body.to_epoch, body.record_epoch, body.count, body.created) == ("ward-a", 1, 2, 2, NOW)
    assert enrolling.numbers(message) == tuple(person.acq for person in people)
    for person in people:
        for secret in (person.root, h2g("person", person.root)):
            assert secret not in message.list
            assert b64(secret).encode() not in message.text


def test_a_closed_office_gets_no_message() -> None:
    with pytest.raises(ProtocolError, match="UNKNOWN_EPOCH"):
        build(applicants(1), Target("portal", 2))  # the directory's only agency with code epoch 0


@pytest.mark.parametrize("lie", ["other message", "no step", "no release", "late"])
def test_what_comes_back_is_checked(tmp_path: Path, lie: str) -> None:
    message = build(applicants(1))
    town, bundle = converted(message, tmp_path)
    assert isinstance(bundle, dict)
    now = town.clock.now()
    if lie == "other message":
        message = build(applicants(1))
    elif lie == "no step":
        bundle = {**bundle, "steps": [], "endorsements": []}
    elif lie == "no release":
        del bundle["release"]
    else:
        now += 3700
    errors = {
        "other message": "PERMIT_MISMATCH",
        "no step": "CHAIN_MISMATCH",
        "no release": "BAD_ENCODING",
        "late": "PERMIT_EXPIRED",
    }
    with pytest.raises(ProtocolError, match=errors[lie]):
        enrolling.check(message, bundle, standing=Standing(world().directory), now=now)


@pytest.mark.parametrize(
    ("signer", "permit", "count", "error"),
    [
        ("ward-a", bytes(32), 1, None),
        ("ward-c", bytes(32), 1, "SIGNATURE_SET"),
        ("ward-a", bytes([1]) * 32, 1, "PERMIT_MISMATCH"),
        ("ward-a", bytes(32), 2, "PERMIT_MISMATCH"),
    ],
)
def test_an_acknowledgement_is_the_offices_for_this_permit(
    signer: str, permit: bytes, count: int, error: str | None
) -> None:
    answer = acquired(signer, permit, (Kept(bytes(16), "a-1", Point(bytes(32))),))
    expected = {"agency": "ward-a", "permit": bytes(32), "count": count, "directory": world().directory}
    if error is None:
        assert enrolling.acknowledged(answer, **expected) == ["stored"]  # type: ignore[arg-type]
    else:
        with pytest.raises(ProtocolError, match=error):
            enrolling.acknowledged(answer, **expected)  # type: ignore[arg-type]


def test_a_repr_shows_no_root() -> None:
    person = applicants(1)[0]
    assert "root" not in repr(person)
    assert repr(person.root) not in repr((person, TARGET, Chance(b"id", b"secret-1", b"secret-2")))
    assert "secret" not in repr(Chance(b"id", b"secret-1", b"secret-2"))
