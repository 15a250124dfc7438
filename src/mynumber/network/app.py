"""An operator as a process: `convert` for parties, and directory and addresses for everybody."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec
from aiohttp import web

from mynumber.codes import group, jws, names, wire
from mynumber.codes.keys import OperatorKeys
from mynumber.codes.parties import entries
from mynumber.codes.parties.directory import Directory
from mynumber.codes.records import forms
from mynumber.exchange.rate import Rate
from mynumber.exchange.running import own_keys, reporting, routes, serving
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.network import rotation, store
from mynumber.network.config import OperatorConfig
from mynumber.network.ruling import Operator
from mynumber.plumbing import canonical, config
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFound

ERASE_SECONDS = 30.0
WATCH_SECONDS = 2.0


def serve(path: Path) -> None:
    """Serve an operator until it is asked to stop."""
    settings = config.load(path, OperatorConfig)
    serving.serve(settings, path.parent, store.SCHEMA, lambda running: _prepare(running, settings), follows_law=True)


def _prepare(node: Node, settings: OperatorConfig) -> None:
    own = _own_keys(node)
    own.check()
    operator = Operator(node, own, Rate(settings.entries_a_minute))
    routes.add_call(node, "convert", operator.convert)
    node.stands, node.subjects = store.stands, store.subjects
    node.app.router.add_get("/directory/current", partial(_current_directory, node))
    node.app.router.add_get("/directory/{hash:[0-9a-f]{64}}", partial(_directory, node))
    node.app.router.add_get("/addresses.json", partial(_addresses, node))
    node.loops += [
        lambda: _watch_folder(node),
        lambda: _erase(node),
        own.settle,
        lambda: rotation.deliver(node, own),
        reporting.reporter(node, lambda month: _counts(node, own.current, month)),
    ]


def _own_keys(node: Node) -> Own[OperatorKeys]:
    seed, party = node.key("seed.key"), node.config.id

    def listed(directory: Directory) -> bytes:
        return directory.layers[directory.operators.index(party)]

    def make(secrets: Mapping[str, bytes]) -> OperatorKeys:
        return OperatorKeys(party, seed, group.secret_scalar(secrets["layer"]), secrets["sign"])

    own = Own(node, (own_keys.signing(party), own_keys.scalar("layer", listed)), make)
    if node.view.standing is not None:
        _check_seed(own.current, node.view.directory)
    return own


def _check_seed(keys: OperatorKeys, directory: Directory) -> None:
    place = directory.operators.index(keys.id)
    for agency, epoch in directory.domains[:1]:
        name = names.record_name(agency, epoch)
        named = directory.commitments(name)
        own_keys.require(
            "seed.key", fits=named is not None and keys.commitment(directory.network, name) == named[place]
        )


async def _current_directory(node: Node, _request: web.Request) -> web.Response:
    body = canonical.encode(node.view.directory.jws)
    return web.Response(body=body, content_type="application/json")


async def _directory(node: Node, request: web.Request) -> web.Response:
    digest = bytes.fromhex(request.match_info["hash"])
    body = await node.store.read(lambda connection: node.schema.papers.get(connection, "directory", digest))
    if body is None:
        raise NotFound("NO_DIRECTORY", "no directory with this hash was accepted here", hint="ask another operator")
    return web.Response(body=body, content_type="application/json")


async def _addresses(node: Node, _request: web.Request) -> web.FileResponse:
    # NOTE: unsigned, because the certificate proves the peer behind an address.
    return web.FileResponse(node.folder / "addresses.json")


async def _watch_folder(node: Node) -> None:
    """Take the directory and the addresses that the ceremony puts into the folder, at the start and when they change.

    Every other party fetches both from an operator; an operator has them from the ceremony alone.
    """
    seen = b""
    while True:
        node.peers.learn(await asyncio.to_thread(_own_addresses, node.folder))
        data = await asyncio.to_thread((node.folder / "directory.json").read_bytes)
        if data != seen and _has_begun(data, node.clock.now()):
            await node.view.accept_directory(canonical.decode(data))
            seen = data
        await asyncio.sleep(WATCH_SECONDS)


def _has_begun(data: bytes, now: int) -> bool:
    """Tell whether a directory counts by now; the next one lies in the folder beforehand, served from its hour on."""
    body = entries.read_body(jws.parse(canonical.decode(data), entries.TYP, wire.MAX_LARGE_PAYLOAD).value)
    return body.not_before <= now


def _own_addresses(folder: Path) -> dict[str, str]:
    return msgspec.json.decode((folder / "addresses.json").read_bytes(), type=dict[str, str])


async def _erase(node: Node) -> None:
    while True:
        await node.store.write(lambda connection: store.erase(connection, node.clock.now()))
        await asyncio.sleep(ERASE_SECONDS)


def _counts(node: Node, keys: OperatorKeys, month: str) -> Json:
    with node.store.reading() as connection:
        rows = store.counts(connection, month)
    counts = tuple(forms.Endorsed(agency=agency, kind=kind, endorsed=count) for agency, kind, count in rows)
    form = forms.OperatorCounts(v=1, network=node.config.network, month=month, counts=counts)
    return forms.sign_form(form, (keys.id, keys.sign))
