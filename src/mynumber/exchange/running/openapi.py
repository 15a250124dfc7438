"""`GET /openapi.json` of a peer listener: OpenAPI 3.1, made from the routes that are there and their bodies' types.

Promises that no route is left out: the description begins with the router, and a route that nobody described has a
summary that says so. Signed members show what they decode to.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from mynumber.codes.wire import B16, B32, B64, B128, Blob
from mynumber.exchange.running import calls
from mynumber.exchange.running.node import Node
from mynumber.plumbing import server

Schema = dict[str, Any]

_TEMPLATE: Final = "#/components/schemas/{name}"
_CHARACTERS: Final = {B16: 22, B32: 43, B64: 86, B128: 171}
_PROBLEM: Final = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why not: a stable code, a sentence, the next action, and the article where the law decided."""

    code: str
    message: str
    hint: str
    article: str = ""


class Health(msgspec.Struct, frozen=True):
    """Whether this party can work, what it waits for, and what is no hindrance yet; there may be more members."""

    party: str
    role: str
    state: str
    waiting_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What can be fetched: what it is, its media type, and the numbers that the query asks for."""

    summary: str
    media: str = "application/json"
    query: tuple[str, ...] = ()


PAGES: Final = {
    "/health": Page("See whether this party can work, or what it waits for."),
    "/openapi.json": Page("Fetch this description."),
    "/log/checkpoint": Page("Fetch the log's signed checkpoint (C2SP).", "text/plain"),
    "/log/vkey": Page("Fetch the log's verifier key (C2SP).", "text/plain"),
    "/log/consistency": Page("Prove that one size of the log begins another.", query=("old", "new")),
    "/log/inclusion": Page("Prove that an entry is in the log.", query=("index", "size")),
    "/directory/current": Page("Fetch the directory, signed by all operators."),
    "/directory/{hash}": Page("Fetch a directory by its hash."),
    "/addresses.json": Page("Fetch where parties live; unsigned, because certificates prove them."),
    "/law/current": Page("Fetch the law table in force, signed by the supervisor."),
    "/law/next": Page("Fetch the law table that is announced."),
    "/law/{hash}": Page("Fetch a law table by its hash."),
    "/state/current": Page("Fetch the state of the network, signed by the supervisor."),
}


def add_description(node: Node) -> None:
    """Answer `GET /openapi.json` to everybody; what it says is no secret."""

    async def describe(_request: web.Request) -> web.Response:
        return server.json_response(description(node))

    node.app.router.add_get("/openapi.json", describe)


def description(node: Node) -> Schema:
    """Return the description of a node's peer listener."""
    types = {**calls.TYPES, **node.types}
    routes = sorted({(method, path) for method, path in _routes(node.app)}, key=lambda route: (route[1], route[0]))
    needed = [kind for _, path in routes for kind in types.get(path.rpartition("/")[2], ("", None, None))[1:]]
    schemas, components = _schemas([*(kind for kind in needed if kind is not None), calls.Refusal, Problem, Health])
    paths: dict[str, Schema] = {}
    for method, path in routes:
        operation = _call(path, types, schemas) if method == "POST" else _page(path, schemas)
        paths.setdefault(path, {})[method.lower()] = operation
    described: Schema = {
        "openapi": "3.1.0",
        "info": {"title": f"Peer listener of {node.config.id} ({node.config.role})", "version": "1"},
        "servers": [{"url": node.config.peer.url}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"party": {"type": "mutualTLS"}}},
        "security": [{"party": []}],
    }
    # Patterns are written for `re`, where `$` lets a line end pass; a JSON Schema writes the same with ^ and $.
    written: Schema = json.loads(json.dumps(described).replace(r"\\A", "^").replace(r"\\Z", "$"))
    return written


def _routes(app: web.Application) -> Iterable[tuple[str, str]]:
    for route in app.router.routes():
        if route.resource is not None and route.method in ("GET", "POST"):
            yield route.method, route.resource.canonical


def _schemas(types: Iterable[Any]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """Return the schema of each type, and of every type that these need or decode to."""
    known = list(dict.fromkeys(types))
    known = list(dict.fromkeys([*known, *_payloads(known)]))
    made, components = msgspec.json.schema_components(known, schema_hook=_text, ref_template=_TEMPLATE)
    schemas = dict(zip(known, made, strict=True))
    for component in components.values():
        _put_payloads(component, schemas)
    return schemas, dict(components)


def _payloads(types: Iterable[Any]) -> list[Any]:
    _, components = msgspec.json.schema_components(types, schema_hook=_text, ref_template=_TEMPLATE)
    found: list[Any] = []
    for component in components.values():
        for member in component.get("properties", {}).values():
            found += calls.PAYLOADS.get(member.get(calls.PAYLOAD, ""), ())
    return found


def _put_payloads(component: Schema, schemas: Mapping[Any, Schema]) -> None:
    for member in component.get("properties", {}).values():
        payloads = calls.PAYLOADS.get(member.pop(calls.PAYLOAD, ""), ())
        if payloads:
            member["contentMediaType"], member["contentEncoding"] = "application/json", "base64url"
            member["contentSchema"] = {"anyOf": [schemas[kind] for kind in payloads]}


def _text(kind: type) -> Schema:
    """Return how bytes travel: base64url without padding."""
    if kind is Blob:
        return {"type": "string", "pattern": "^[A-Za-z0-9_-]*$"}
    if kind not in _CHARACTERS:
        # So a hook of msgspec says that it does not know a type; msgspec then refuses to describe it.
        raise NotImplementedError(kind)
    return {"type": "string", "pattern": f"^[A-Za-z0-9_-]{{{_CHARACTERS[kind]}}}$"}


def _call(path: str, types: Mapping[str, tuple[str, Any, Any]], schemas: Mapping[Any, Schema]) -> Schema:
    name = path.rpartition("/")[2]
    anything: Schema = {"type": "object"}
    summary, body, answer = types.get(name, (f"Call {name}.", None, None))
    refusals = {
        str(status): _response(said, _PROBLEM, schemas[calls.Refusal])
        for status, said in (
            (400, "The body is malformed."),
            (403, "A check refuses it."),
            (404, "There is no such thing."),
            (409, "The present state forbids it."),
            (503, "A party behind this one, or something here, is not there now; repeat the same body."),
        )
    }
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schemas.get(body, anything)}}},
        "responses": {"200": _response("OK", "application/json", schemas.get(answer, anything)), **refusals},
    }


def _page(path: str, schemas: Mapping[Any, Schema]) -> Schema:
    page = PAGES.get(path, Page(f"Fetch {path}."))
    number = {"type": "string", "pattern": "^[0-9]{1,15}$"}
    inside = re.findall(r"\{(\w+)\}", path)
    places = [_parameter(name, "path", {"type": "string", "pattern": "^[0-9a-f]{64}$"}) for name in inside]
    problems = {
        str(status): _response(said, _PROBLEM, schemas[Problem])
        for status, said in ((400, "A parameter is malformed."), (403, "No certificate."), (404, "No such thing here."))
    }
    shown: Schema = schemas[Health] if path == "/health" else {}
    waiting = _response("Not ready.", "application/json", shown) if path == "/health" else None
    unavailable = waiting or _response("Not ready yet; try again.", _PROBLEM, schemas[Problem])
    return {
        "operationId": "get" + re.sub(r"\W+", "_", path).rstrip("_"),
        "summary": page.summary,
        "parameters": [*places, *(_parameter(name, "query", number) for name in page.query)],
        "responses": {"200": _response("OK", page.media, shown), **problems, "503": unavailable},
    }


def _parameter(name: str, place: str, schema: Schema) -> Schema:
    return {"name": name, "in": place, "required": True, "schema": schema}


def _response(said: str, media: str, schema: Schema) -> Schema:
    return {"description": said, "content": {media: {"schema": schema}}}
