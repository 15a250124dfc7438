"""A peer listener describes every route it has, and the description holds together."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from schemathesis.core.result import Ok

from mynumber.exchange.running import calls, openapi, routes
from mynumber.exchange.running.node import Node
from mynumber.keeper import store as keeper_store
from mynumber.plumbing import config
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.config import NodeConfig
from tests.keeper import town


async def nothing(_peer: str, _body: Json) -> Json:
    return {}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A party that has every call that is described for all, and one that is not."""
    place = town.settle(tmp_path / "keeper", keeper_store.SCHEMA, party="keeper", keys={"log.key": town.random_key()})
    path = place.configure(role="keeper", party="keeper")
    with town.opened(config.load(path, NodeConfig), place) as opened:
        for name in (*calls.TYPES, "unheard-of"):
            routes.add_call(opened, name, nothing)
        routes.add_call(opened, "own", nothing, path="/own", described=("Do it.", calls.Message, calls.Nothing))
        yield opened


def test_every_route_is_described(node: Node) -> None:
    described = openapi.description(node)
    found = {(method.upper(), path) for path, each in described["paths"].items() for method in each}
    there = {(route.method, route.resource.canonical) for route in node.app.router.routes() if route.resource}
    assert found == {(method, path) for method, path in there if method != "HEAD"}
    assert {"/openapi.json", "/health", "/log/inclusion", "/v1/convert", "/v1/unheard-of", "/own"} <= set(
        described["paths"]
    )
    assert described["paths"]["/own"]["post"]["summary"] == "Do it."


def test_every_reference_leads_somewhere_and_nothing_of_ours_is_left(node: Node) -> None:
    described = openapi.description(node)
    text = json.dumps(described)
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names == set(described["components"]["schemas"])
    assert calls.PAYLOAD not in text
    assert "\\\\A" not in text
    assert {"Message", "Bundle", "Exchange", "Outcome", "Refusal", "Problem"} <= names


def test_a_signed_member_shows_what_it_decodes_to(node: Node) -> None:
    schemas = openapi.description(node)["components"]["schemas"]
    payload = schemas["SignedRequest"]["properties"]["payload"]
    assert payload["contentEncoding"] == "base64url"
    kinds = [each["$ref"].rpartition("/")[2] for each in payload["contentSchema"]["anyOf"]]
    assert kinds == ["Exchange", "SelfRequest", "Enrol"]
    assert schemas["Exchange"]["properties"]["context"]["pattern"] == "^[A-Za-z0-9_-]{43}$"


def test_another_tool_reads_the_description(node: Node) -> None:
    read = schemathesis.openapi.from_dict(openapi.description(node))
    operations = [result for result in read.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) == len(openapi.description(node)["paths"])
