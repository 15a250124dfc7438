"""The office listener's operations, and their OpenAPI 3.1 description, made from the types that bodies are read as."""

import json
import re
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from mynumber.gateway.desk import api


@dataclass(frozen=True, slots=True)
class Route:
    """One operation; `tag` is the function group of the real gateways."""

    operation: str
    method: str
    path: str
    tag: str
    summary: str
    answer: type
    body: type | None = None
    query: tuple[str, ...] = ()
    pending: bool = False


ROUTES = (
    Route("open_case", "POST", "/cases", "SKI", "Open a case.", api.CaseId, api.NewCase),
    Route("list_cases", "GET", "/cases", "SKI", "List the cases of one's procedures.", api.CaseList),
    Route("show_case", "GET", "/cases/{id}", "SKI", "See a case.", api.ShownCase),
    Route("close_case", "POST", "/cases/{id}/close", "SKI", "Close a case.", api.CaseId),
    Route(
        "inquire", "POST", "/inquiries", "SKI", "Ask another office.", api.ShownInquiry, api.NewInquiry, pending=True
    ),
    Route("show_inquiry", "GET", "/inquiries/{id}", "SKI", "Fetch what came of it.", api.ShownInquiry, pending=True),
    Route("list_looks", "GET", "/looks", "SCM", "See who looked at what (admin).", api.Looks, query=("after",)),
    Route(
        "list_acts",
        "GET",
        "/acts",
        "SCM",
        "See what was done about officers, rights and withheld persons (admin).",
        api.Acts,
        query=("after",),
    ),
    Route("list_rights", "GET", "/rights", "SCM", "List rights.", api.Rights),
    Route("grant_right", "POST", "/rights", "SCM", "Grant a right (admin).", api.Rights, api.NewRight),
    Route("revoke_right", "DELETE", "/rights/{officer}/{procedure}", "SCM", "Take a right back (admin).", api.Rights),
    Route("add_officer", "POST", "/officers", "SCM", "Add an officer (admin).", api.Credential, api.NewOfficer),
    Route("remove_officer", "DELETE", "/officers/{name}", "SCM", "Remove an officer (admin).", api.Removed),
    Route("shield", "POST", "/shields", "TKY", "Withhold a person (admin).", api.Shield, api.NewShield),
    Route("unshield", "DELETE", "/shields/{person}", "TKY", "End the withholding (admin).", api.Shield),
    Route(
        "hand_in", "POST", "/persons", "FGU", "Hand in persons whose codes are wanted.", api.Accepted, api.NewPersons
    ),
    Route("progress", "GET", "/acquisitions", "FGU", "Count acquisitions by their state.", dict[str, int]),
    Route(
        "progress_of",
        "POST",
        "/acquisitions",
        "FGU",
        "Count the newest acquisitions of these persons by their state.",
        dict[str, int],
        api.Persons,
    ),
    Route(
        "failed_of",
        "POST",
        "/acquisitions/failed",
        "FGU",
        "See which of these persons got no code, why, and which other reference holds it.",
        api.FailedPersons,
        api.Persons,
    ),
    Route("describe", "GET", "/openapi.json", "SYM", "Fetch this description.", dict[str, msgspec.Raw]),
)


def openapi(office: str, url: str) -> dict[str, object]:
    """Return the OpenAPI 3.1 description of an office's listener."""
    types = [kind for route in ROUTES for kind in (route.answer, route.body) if kind is not None]
    template = "#/components/schemas/{name}"
    schemas, components = msgspec.json.schema_components([*types, api.Problem], ref_template=template)
    schema = dict(zip(types, schemas, strict=False))
    paths: dict[str, dict[str, object]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema)
    description = {
        "openapi": "3.1.0",
        "info": {"title": f"Office listener of {office}", "version": "1", "description": _ABOUT},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"officer": {"type": "mutualTLS"}}},
        "security": [{"officer": []}],
    }
    # Patterns are written for `re`, where `$` lets a line end pass; a JSON Schema writes the same with ^ and $.
    written = json.dumps(description).replace(r"\\A", "^").replace(r"\\Z", "$")
    result: dict[str, object] = json.loads(written)
    return result


_ABOUT = (
    "For the office's own officers and systems, each with a client certificate of the office's own CA. Every look at a"
    " case, an inquiry or a person's data is written down."
)
_REFUSALS = {
    400: "The body or a parameter is not as described.",
    403: "No certificate of this office, or no right.",
    404: "No such thing here.",
    409: "The present state forbids it.",
    503: "Not ready yet; try again.",
}


def _operation(route: Route, schema: dict[type, dict[str, object]]) -> dict[str, object]:
    answer = {"application/json": {"schema": schema[route.answer]}}
    answers: dict[str, object] = {"200": {"description": HTTPStatus(200).phrase, "content": answer}}
    if route.pending:
        answers["202"] = {"description": "Pending; fetch it later.", "content": answer}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers |= {str(status): {"description": text, "content": problem} for status, text in _REFUSALS.items()}
    shown: dict[str, object] = {
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": answers,
    }
    if route.body is not None:
        shown["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema[route.body]}}}
    return shown


def _parameters(route: Route) -> list[dict[str, object]]:
    text, number = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}
    places = re.findall(r"\{(\w+)\}", route.path)
    inside = [{"name": name, "in": "path", "required": True, "schema": text} for name in places]
    return [*inside, *({"name": name, "in": "query", "required": False, "schema": number} for name in route.query)]
