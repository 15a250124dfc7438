"""What the public listener's JSON calls take and give, and their OpenAPI 3.1 description, made from these types.

Promises that `GET /openapi.json` has every call below /api, and that a body is read as the type that it names.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from mynumber.portal.citizens import AnswerState, GapState, Outcome

SESSION: Final = "__Host-session"
"""The cookie of a session."""
_TEMPLATE: Final = "#/components/schemas/{name}"

Moment: TypeAlias = Annotated[int, msgspec.Meta(ge=0, description="unix seconds")]
Hash: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
Schema: TypeAlias = dict[str, Any]


class Empty(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing."""


class Nonce(msgspec.Struct):
    """A nonce for one sign-in of this browser, base64url; the portal's id that the card signs; seconds it lasts."""

    nonce: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{22}\Z")]
    portal: str
    expires_in: int


class Pasted(msgspec.Struct, forbid_unknown_fields=True):
    """The one line that the card made for the nonce."""

    text: str


class SignedIn(msgspec.Struct):
    """When the session ends at the latest."""

    until: Moment


class Exchange(msgspec.Struct, rename={"from_": "from"}):
    """One exchange about the citizen; `provided_at` is null until the provider's outcome has arrived."""

    requested_at: Moment
    provided_at: Moment | None
    from_: str
    to: str
    procedure: str
    items: list[str]
    outcome: Outcome
    permit: Hash


class MissingRecord(msgspec.Struct):
    """A record that must be there and is not: its number in its fiscal year; it may still be on its way."""

    agency: str
    year: int
    number: Annotated[int, msgspec.Meta(ge=0)]
    state: GapState


class Exchanges(msgspec.Struct):
    """Every exchange, the newest first; `unreadable` stands there only if something could not be read."""

    exchanges: list[Exchange]
    gaps: list[MissingRecord]
    unreadable: Annotated[int, msgspec.Meta(ge=1)] | msgspec.UnsetType = msgspec.UNSET


class Offices(msgspec.Struct):
    """Which offices can be asked for which items."""

    offices: dict[str, list[str]]


class OwnQuestion(msgspec.Struct, forbid_unknown_fields=True):
    """An office, and the items that the citizen asks it for."""

    office: str
    items: list[str]


class OwnData(msgspec.Struct):
    """What the office holds: item -> rows, column -> value; nothing unless `state` is `data` or `nothing-held`."""

    office: str
    items: list[str]
    state: AnswerState
    data: dict[str, list[dict[str, str | int | float | bool | None]]]
    permit: Hash


@dataclass(frozen=True, slots=True)
class Route:
    """One call; `signed_in` says that it needs the session's cookie."""

    method: Literal["GET", "POST"]
    path: str
    summary: str
    answer: type
    body: type | None = None
    signed_in: bool = False


ROUTES: Final = (
    Route("POST", "/api/nonce", "Begin a sign-in; sets the nonce's cookie.", Nonce, Empty),
    Route("POST", "/api/sign-in", "Sign in with what the card made; sets the session's cookie.", SignedIn, Pasted),
    Route("GET", "/api/history", "See every exchange about oneself.", Exchanges, signed_in=True),
    Route("GET", "/api/offices", "See which offices can be asked for what.", Offices, signed_in=True),
    Route("POST", "/api/own", "Ask an office for one's own data.", OwnData, OwnQuestion, signed_in=True),
    Route("POST", "/api/sign-out", "End the session; no error if there is none.", Empty, Empty),
)
_REFUSALS: Final = {
    400: "The body is not as described.",
    403: "Nobody is signed in, another site sent this, or a check or the law refuses it.",
    404: "There is no such thing here.",
    503: "A party behind the portal does not answer; the same may be asked again.",
}


class _Problem(msgspec.Struct):
    code: str
    message: str
    hint: str
    article: str | msgspec.UnsetType = msgspec.UNSET


def description(portal: str, url: str) -> Schema:
    """Return the OpenAPI 3.1 description of a portal's public listener."""
    types = [kind for route in ROUTES for kind in (route.answer, route.body) if kind is not None]
    known = list(dict.fromkeys([*types, _Problem]))
    made, components = msgspec.json.schema_components(known, ref_template=_TEMPLATE)
    schemas = dict(zip(known, made, strict=True))
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, url)
    described: Schema = {
        "openapi": "3.1.0",
        "info": {"title": f"Public listener of {portal}", "version": "1", "description": _ABOUT},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": SESSION}},
        },
    }
    # Patterns are written for `re`, where `$` lets a line end pass; a JSON Schema writes the same with ^ and $.
    written: Schema = json.loads(json.dumps(described).replace(r"\\A", "^").replace(r"\\Z", "$"))
    return written


_ABOUT: Final = (
    "For a citizen's own programs; her browser has the pages. Every POST brings this address as Origin. A sign-in"
    " counts only with the cookie of the nonce that it was made for."
)


def _operation(route: Route, schemas: dict[type, Schema], url: str) -> Schema:
    problem = {"application/problem+json": {"schema": schemas[_Problem]}}
    answer = {"application/json": {"schema": schemas[route.answer]}}
    shown: Schema = {
        "operationId": route.path.rpartition("/")[2],
        "summary": route.summary,
        "parameters": [],
        "responses": {"200": {"description": "OK", "content": answer}}
        | {str(status): {"description": text, "content": problem} for status, text in _REFUSALS.items()},
        "security": [{"session": []}] if route.signed_in else [],
    }
    if route.body is not None:
        shown["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[route.body]}}}
        origin = {"type": "string", "const": url}
        shown["parameters"] = [{"name": "Origin", "in": "header", "required": True, "schema": origin}]
    return shown
