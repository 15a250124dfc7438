"""The portal's public listener is held to its own description, by a tool that knows nothing but that.

Promises that whatever fits or misfits it, signed in or not, no call fails: what is refused is a problem document with a
code, under a status that the description names; and that what is answered has the members that are described, no more.
"""

import json
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from mynumber.card import folder as card_folder
from mynumber.card import signing
from mynumber.card.visiting import Visit
from mynumber.exchange import signing_in
from mynumber.portal.api import ROUTES, SESSION
from tests.town.conftest import Served
from tests.town.knocking import PROBLEM, Answer, Credential, Door

EXAMPLES = 6
"""So many requests of each sort go to every call: however slow the machine is, none is left out."""


def door_of(served: Served) -> Door:
    portal = served.town.institution("portal")
    assert portal.public_port is not None
    return Door(portal.public_port, Credential(portal.folder / "pages.crt"))


def described(way: Door) -> dict[str, Any]:
    answer = way.send("GET", "/openapi.json")
    assert answer.status == 200, answer
    value: dict[str, Any] = json.loads(answer.body)
    return value


def cookie_of(served: Served) -> str:
    """Return the cookie of a citizen who is signed in."""
    card = card_folder.load(served.town.cards / "recipient")
    visit = Visit(card)
    nonce = signing_in.read_nonce(json.loads(json.dumps(visit.call("POST", "/api/nonce", {})))["nonce"])
    visit.call("POST", "/api/sign-in", {"text": signing.sign_in(card, nonce, card_folder.pin_of(card, None))})
    return f"{SESSION}={visit._cookies[SESSION].value}"


def sent(way: Door, case: Case[Any], cookie: str) -> Answer:
    """Send a case as the tool would, in somebody's session or nobody's."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="https://127.0.0.1")).prepare()
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    assert body is None or isinstance(body, bytes)
    headers = {name: str(value) for name, value in prepared.headers.items() if name == "Origin"}
    headers |= {"Content-Type": "application/json"} if body is not None else {}
    headers |= {"Cookie": cookie} if cookie else {}
    assert prepared.method is not None
    return way.send(prepared.method, prepared.path_url, body, headers)


def check(answer: Answer, method: str, path: str, responses: dict[str, Any]) -> None:
    """See that an answer is one that the description knows, and no failure."""
    shown = (path, answer.status, answer.media, answer.body[:300])
    assert answer.status < 500, shown
    assert str(answer.status) in responses, shown
    members = json.loads(answer.body)
    if answer.status < 400:
        (kind,) = (route.answer for route in ROUTES if (route.method, route.path) == (method, path))
        assert msgspec.to_builtins(msgspec.convert(members, kind)) == members, shown
        return
    assert answer.media == PROBLEM, shown
    assert {"code", "message", "hint"} <= set(members) <= {"code", "message", "hint", "article"}, shown


def try_out(way: Door, operation: APIOperation[Any, Any, Any, Any], shown: dict[str, Any], cookie: str) -> list[int]:
    """Send what fits an operation and what does not; return the statuses."""
    statuses = list[int]()
    for mode in (GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if "requestBody" in shown else [])):

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def one(case: Case[Any]) -> None:
            answer = sent(way, case, cookie)
            statuses.append(answer.status)
            check(answer, operation.method.upper(), operation.path, shown["responses"])

        try:
            one()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE
    return statuses


@pytest.fixture(scope="module")
def way(served: Served) -> Door:
    return door_of(served)


def test_the_description_has_every_call(way: Door) -> None:
    said = described(way)
    assert {(method.upper(), path) for path, each in said["paths"].items() for method in each} == {
        (route.method, route.path) for route in ROUTES
    }
    assert way.send("GET", "/api/nothing").status == 404


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_public_listener_is_as_it_says(served: Served, way: Door, signed_in: bool) -> None:
    said, cookie = described(way), cookie_of(served) if signed_in else ""
    found = [each.ok() for each in schemathesis.openapi.from_dict(said).get_all_operations() if isinstance(each, Ok)]
    assert len(found) == len(ROUTES)
    # Signing out comes last: behind it nobody is signed in.
    statuses = dict[str, list[int]]()
    for operation in sorted(found, key=lambda each: each.path == "/api/sign-out"):
        shown = said["paths"][operation.path][operation.method]
        statuses[operation.path] = try_out(way, operation, shown, cookie)
    assert 200 in statuses["/api/nonce"]
    assert statuses["/api/history"] == [200 if signed_in else 403] * len(statuses["/api/history"]) != []
    assert 400 in statuses["/api/own"] + statuses["/api/sign-in"]
    assert served.evidence.count("supervisor", "findings") == 0


def test_what_is_answered_has_the_members_that_are_described(served: Served, way: Door) -> None:
    cookie, said = cookie_of(served), described(way)
    headers = {"Cookie": cookie, "Origin": said["servers"][0]["url"], "Content-Type": "application/json"}
    asked = json.dumps({"office": "pension", "items": ["pension"]}).encode()
    answers = {
        ("GET", "/api/history"): way.send("GET", "/api/history", None, headers),
        ("GET", "/api/offices"): way.send("GET", "/api/offices", None, headers),
        ("POST", "/api/own"): way.send("POST", "/api/own", asked, headers),
        ("POST", "/api/sign-out"): way.send("POST", "/api/sign-out", b"{}", headers),
    }
    for (method, path), answer in answers.items():
        assert answer.status == 200, answer
        check(answer, method, path, said["paths"][path][method.lower()]["responses"])
    assert len(json.loads(answers["GET", "/api/history"].body)["exchanges"]) > 0


def test_the_check_finds_what_is_wrong() -> None:
    """What it is to find is planted: a failure, another media type, a member that nobody described, a status too."""
    responses: dict[str, Any] = {"200": {}, "400": {}, "500": {}}
    check(Answer(200, "application/json", b'{"until": 5}'), "POST", "/api/sign-in", responses)
    for answer in (
        Answer(500, PROBLEM, b'{"code": "C", "message": "m", "hint": "h"}'),
        Answer(400, "text/plain", b'{"code": "C", "message": "m", "hint": "h"}'),
        Answer(400, PROBLEM, b'{"code": "C"}'),
        Answer(200, "application/json", b'{"until": 5, "name": "x"}'),
        Answer(404, PROBLEM, b'{"code": "C", "message": "m", "hint": "h"}'),
    ):
        with pytest.raises(AssertionError):
            check(answer, "POST", "/api/sign-in", responses)
