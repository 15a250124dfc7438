"""Every listener is held to its own description by a tool that knows nothing but that.

Promises that whatever fits or misfits a description, no party fails on it: what is refused is a problem document with a
code that the house knows, under a status that the description names.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

import mynumber
from mynumber.exchange.running import calls
from tests.town.conftest import Served
from tests.town.knocking import PROBLEM, Answer, Credential, Door, door

SERVERS = ("register", "operator-1", "keeper", "supervisor", "city-a", "portal")
EXAMPLES = 6
"""So many requests of each sort go to every operation: however slow the machine is, none is left out."""


@dataclass(frozen=True)
class Sent:
    """How many requests went to an operation: such as fit its description, and such as do not."""

    fitting: int
    misfitting: int


def known_codes() -> set[str]:
    """Return every text of the program that has the form of a code."""
    sources = Path(mynumber.__path__[0]).rglob("*.py")
    return {
        code for path in sources for code in re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"', path.read_text("utf-8"))
    }


CODES = known_codes()


def described(way: Door) -> dict[str, Any]:
    """Return what a listener says of itself."""
    answer = way.send("GET", "/openapi.json")
    assert answer.status == 200, answer
    value: dict[str, Any] = json.loads(answer.body)
    return value


def sent(way: Door, case: Case[Any]) -> Answer:
    """Send a case as the tool would, over our own connection."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="https://127.0.0.1")).prepare()
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    assert body is None or isinstance(body, bytes)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    assert prepared.method is not None
    return way.send(prepared.method, prepared.path_url, body, headers)


def check(answer: Answer, path: str, responses: dict[str, Any]) -> None:
    """See that an answer is one that the description knows, and no failure."""
    shown = (path, answer.status, answer.media, answer.body[:300])
    assert answer.status < 500 or (path == "/health" and answer.status == 503), shown
    assert str(answer.status) in responses, shown
    if answer.status < 400:
        return
    assert answer.media == PROBLEM, shown
    members = json.loads(answer.body)
    if path.startswith("/v1/") or set(members) <= {"error", "row", "party"}:
        assert members["error"] in calls.REFUSALS, shown
    else:
        assert {"code", "message", "hint"} <= set(members) <= {"code", "message", "hint", "article"}, shown
        assert members["code"] in CODES, shown


def bends(shown: dict[str, Any]) -> bool:
    """Tell whether anything can misfit an operation: one without parameters and body takes every request."""
    return bool(shown.get("parameters") or "requestBody" in shown)


def try_out(way: Door, operation: APIOperation[Any, Any, Any, Any], shown: dict[str, Any]) -> Sent:
    """Send what fits an operation and what does not; return how much was sent of each."""
    return Sent(
        fitting=send(way, operation, shown, GenerationMode.POSITIVE),
        misfitting=send(way, operation, shown, GenerationMode.NEGATIVE) if bends(shown) else 0,
    )


def send(way: Door, operation: APIOperation[Any, Any, Any, Any], shown: dict[str, Any], mode: GenerationMode) -> int:
    """Send what a generator makes of an operation and check what comes back; return how much that was."""
    count = 0

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
        nonlocal count
        count += 1
        check(sent(way, case), operation.path, shown["responses"])

    try:
        one()
    except Unsatisfiable:
        # Any text is an id: nothing can misfit it.
        assert mode is GenerationMode.NEGATIVE
    return count


def hold(way: Door) -> dict[str, Sent]:
    """Hold a listener to its description; return what was sent to each operation that it describes."""
    said = described(way)
    held = {}
    for each in schemathesis.openapi.from_dict(said).get_all_operations():
        if isinstance(each, Ok):
            operation = each.ok()
            shown = said["paths"][operation.path][operation.method]
            held[f"{operation.method.upper()} {operation.path}"] = try_out(way, operation, shown)
    return held


def operations(said: dict[str, Any]) -> list[str]:
    """Return every operation of a description, read without the tool."""
    return sorted(f"{method.upper()} {path}" for path, methods in said["paths"].items() for method in methods)


def left_out(said: dict[str, Any], held: dict[str, Sent]) -> list[str]:
    """Return the operations that got nothing that fits, or with a body not every misfit that was to be sent."""
    found = []
    for name in operations(said):
        method, path = name.split()
        got, body = held.get(name, Sent(0, 0)), "requestBody" in said["paths"][path][method.lower()]
        if not got.fitting or (body and got.misfitting < EXAMPLES):
            found.append(name)
    return found


def require_all(way: Door) -> None:
    """Hold a listener to its description and see that no operation of it was left out."""
    held = hold(way)
    assert left_out(described(way), held) == [], held


@pytest.mark.parametrize("server", SERVERS)
def test_a_peer_listener_is_as_it_says(served: Served, server: str) -> None:
    credential = Credential.of_node(served.town, "city-b")
    require_all(door(served.town.institution(server).port, credential))
    assert served.evidence.count("supervisor", "findings") == 0


@pytest.mark.parametrize("officer", ["hanako", "admin"])
def test_an_office_listener_is_as_it_says(served: Served, officer: str) -> None:
    port = served.town.institution("city-a").office_port
    assert port is not None
    require_all(door(port, Credential.of_officer(served.town, "city-a", officer)))


def test_the_check_finds_what_is_wrong() -> None:
    """What it is to find is planted: a failure, another media type, an unknown code, a status nobody described."""
    good = Answer(400, PROBLEM, b'{"code": "BAD_BODY", "message": "m", "hint": "h"}')
    check(good, "/cases", {"400": {}})
    wrong: tuple[tuple[Answer, dict[str, Any]], ...] = (
        (Answer(500, PROBLEM, good.body), {"500": {}}),
        (Answer(400, "text/plain", good.body), {"400": {}}),
        (Answer(400, PROBLEM, good.body.replace(b"BAD_BODY", b"NEVER_HEARD")), {"400": {}}),
        (Answer(400, PROBLEM, b'{"code": "BAD_BODY"}'), {"400": {}}),
        (good, {"200": {}}),
    )
    for answer, responses in wrong:
        with pytest.raises(AssertionError):
            check(answer, "/cases", responses)
    with pytest.raises(AssertionError):
        check(Answer(403, PROBLEM, b'{"error": "NEVER_HEARD"}'), "/v1/form", {"403": {}})


def test_an_operation_that_is_left_out_is_named() -> None:
    body: dict[str, Any] = {"requestBody": {}}
    said = {"paths": {"/v1/form": {"post": body}, "/health": {"get": {}}}}
    whole = {"POST /v1/form": Sent(1, EXAMPLES), "GET /health": Sent(1, 0)}
    assert left_out(said, whole) == []
    assert left_out(said, whole | {"POST /v1/form": Sent(1, 0)}) == ["POST /v1/form"]
    assert left_out(said, {"POST /v1/form": Sent(1, EXAMPLES)}) == ["GET /health"]
