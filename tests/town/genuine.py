"""What the parties of the town really sent each other, call by call, as it can be sent once more."""

import os
from dataclasses import dataclass

import msgspec

from mynumber.acquisition import messages
from mynumber.acquisition.basic import Basic
from mynumber.acquisition.messages import Entry
from mynumber.codes import wire
from mynumber.codes.records import forms
from mynumber.gateway.desk import api
from mynumber.number.my_number import MyNumber
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from mynumber.world.people.residents import Resident
from mynumber.world.story.scenes import ordinary, troubles
from mynumber.world.story.stage import Stage, until
from tests.town.conftest import Served
from tests.town.forging import Forge, code_form


@dataclass(frozen=True)
class Call:
    """A call of PROTOCOL.md section 10, or the acquisition: who answers it, and who makes it."""

    server: str
    path: str
    client: str

    def __str__(self) -> str:
        return f"{self.server}{self.path}"


CONVERT = Call("operator-1", "/v1/convert", "city-a")
CONVERT_ON = Call("operator-2", "/v1/convert", "operator-1")
RELEASE = Call("keeper", "/v1/release", "operator-2")
OUTCOME = Call("keeper", "/v1/form", "pension")
HIDDEN = Call("keeper", "/v1/hidden", "supervisor")
ACQUISITION = Call("register", "/acquisition", "city-a")
UNLINK = Call("register", "/v1/form", "city-a")
COUNTS = Call("supervisor", "/v1/form", "city-a")
INQUIRE = Call("pension", "/v1/inquire", "city-a")
ENROLLED = Call("city-a", "/v1/enrolled", "register")
CALLS = (CONVERT, CONVERT_ON, RELEASE, OUTCOME, HIDDEN, ACQUISITION, UNLINK, COUNTS, INQUIRE, ENROLLED)


def gather(served: Served, forge: Forge) -> dict[Call, Json]:
    """Let one lawful inquiry run, and return the body of every call as its server has answered it once."""
    stage = served.stage
    assert ordinary.lawful(stage).ok
    asked = stage.inquiries["lawful"]
    request = stage.evidence.request_of("city-a", asked)
    until(lambda: served.evidence.count("pension", "outbox", "delivered IS NULL") == 0, seconds=30, what="the outcome")
    converted = _json(stage, "operator-2", "SELECT bundle FROM requests WHERE request = ?", request)
    endorsed = _json(stage, "operator-1", "SELECT bundle FROM requests WHERE request = ?", request)
    assert isinstance(endorsed, dict)
    unlink = forms.Unlink(
        v=1, network=served.town.network, agency="city-a", acq=wire.B16(os.urandom(16)), reason="never asked"
    )
    return {
        CONVERT: {**endorsed, "steps": [], "endorsements": []},
        CONVERT_ON: endorsed,
        RELEASE: converted,
        OUTCOME: _json(stage, "pension", "SELECT body FROM outbox ORDER BY id DESC LIMIT 1"),
        HIDDEN: {},
        ACQUISITION: acquisition(served),
        UNLINK: forms.sign_form(unlink, forge.signer("city-a")),
        COUNTS: _json(stage, "supervisor", "SELECT form FROM counts WHERE party = 'city-a' ORDER BY month DESC"),
        INQUIRE: troubles.sent_to_provider(stage, asked),
        ENROLLED: _enrolled(served),
    }


def acquisition(served: Served, **changed: object) -> Json:
    """Return city-a's request for the code of the story's recipient, as the register accepted it; or a changed one."""
    person = served.cast.recipient
    acq = served.evidence.rows(
        "city-a", "SELECT acq FROM acquisitions WHERE person = ?", (served.cast.ref("city-a", person),)
    )[0][0]
    assert isinstance(acq, bytes)
    basic = wire.read(basic_of(person), Basic)
    entry = Entry(acq, MyNumber(served.people.numbers[person.index]), basic)
    members: dict[str, object] = {"ground": "107", "record_epoch": 1, "lost": False, "entries": (entry,), **changed}
    return messages.write_request(messages.Request(**members))  # type: ignore[arg-type]


def basic_of(person: Resident) -> dict[str, Json]:
    """Return the four basic data and the reading."""
    return {name: getattr(person, name) for name in ("name", "kana", "birth", "sex", "address")}


def _enrolled(served: Served) -> Json:
    """Let city-a declare a code lost, and return the enrolment by which the register brought it again."""
    ref = served.cast.ref("city-a", served.cast.child)
    person = msgspec.convert(new_person(served, served.cast.child, ref), api.NewPerson)
    body = api.NewPersons(ground="link-107", lost=True, persons=(person,))
    served.desk("city-a", "clerk").call("POST", "/persons", api.Accepted, body)
    until(lambda: served.evidence.count("city-a", "acquisitions", "state <> 'stored'") == 0, seconds=30, what="a code")
    query = "SELECT request, bundle FROM requests WHERE kind = 'enrol' AND agency = 'city-a' ORDER BY issued DESC"
    newest = served.evidence.rows("operator-2", query)[0]
    request, bundle = (bytes(value) for value in newest if isinstance(value, bytes))
    release = _json(served.stage, "keeper", "SELECT release FROM releases WHERE request = ?", request)
    return code_form(canonical.decode(bundle), release)


def new_person(served: Served, person: Resident, ref: str) -> dict[str, Json]:
    """Return a person as a department hands one in."""
    return {**basic_of(person), "ref": ref, "number": served.people.numbers[person.index]}


def _json(stage: Stage, party: str, query: str, *parameters: bytes) -> Json:
    value = stage.evidence.rows(party, query, parameters)[0][0]
    assert isinstance(value, bytes)
    return canonical.decode(value)
