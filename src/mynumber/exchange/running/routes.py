"""What every peer listener answers: /v1 calls of parties, the health page, the transparency log.

On /v1 a refusal is exactly {error, row?} as problem+json, and a hop whose next party does not answer is 503
{error: `PEER_DOWN`, party} (FLOWS section 4). Who calls is the party of the certificate, never a name in a body.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit.steps import RESTORED_S
from mynumber.exchange.running import clocks, openapi
from mynumber.exchange.running.node import Node
from mynumber.exchange.view import settling
from mynumber.pki import identity
from mynumber.plumbing import canonical, logs, server
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.errors import BadInput, MyNumberError, NotFinished, Refused

MOST_PARTS = 20_000
TOLD_S = 7 * 86_400
"""So long health says what has to be done about a store that came back from a backup."""
_AT_ONCE = 64 * 1024

Call = Callable[[str, Json], Awaitable[Json | bytes]]
"""(party of the certificate, body) -> answer, as bytes if it is another party's that is passed on unread; raises
ProtocolError to refuse."""


def party_of(node: Node, request: web.Request) -> str:
    """Return the party behind a request, or refuse: no certificate, another network's, or nobody of the directory."""
    der = server.peer_certificate(request)
    if der is None:
        raise ProtocolError("UNKNOWN_PARTY", "a certificate of the network is needed")
    try:
        found = identity.party_of(der)
    except identity.BadCertificate as problem:
        raise ProtocolError("UNKNOWN_PARTY", "the certificate names no party") from problem
    if found.network != node.config.network or node.view.directory.role_of(found.party) is None:
        raise ProtocolError("UNKNOWN_PARTY", "the certificate's party is not in the directory")
    return found.party


def _refusal(error: Exception) -> web.Response:
    if isinstance(error, ProtocolError):
        members = {"error": error.code} if error.row is None else {"error": error.code, "row": error.row}
        return _canonical(members, 400 if error.code == "BAD_ENCODING" else 403)
    if isinstance(error, PeerDown):
        return _canonical({"error": "PEER_DOWN", "party": error.peer}, 503)
    if isinstance(error, NotFinished):
        # That a key changes is told as it is: it is over in a minute, and nobody is away.
        code = settling.KEYS_CHANGE if error.code == settling.KEYS_CHANGE else "NOT_READY"
        return _canonical({"error": code}, 503)
    if isinstance(error, BadInput):
        return _canonical({"error": "BAD_ENCODING"}, 400)
    if isinstance(error, MyNumberError):
        return _canonical({"error": error.code}, error.http_status)
    logs.trouble("call.failed", error)
    return _canonical({"error": "OUR_FAULT"}, 500)


def _canonical(members: Json | dict[str, str] | bytes, status: int) -> web.Response:
    media = "application/json" if status == 200 else "application/problem+json"
    body = members if isinstance(members, bytes) else canonical.encode(members)
    return web.Response(body=body, status=status, content_type=media)


async def _read(request: web.Request) -> Json:
    """Return a call's body; large ones are read in a thread, and none may be made of many small parts.

    The largest lists of our messages are base64url texts, so a body with many separators is nobody's message, and
    reading it would cost more than sending it.
    """
    body = await server.read_body(request)
    if body.count(b",") + body.count(b"[") > MOST_PARTS:
        raise canonical.NotCanonical("a body of too many parts")
    return canonical.decode(body) if len(body) < _AT_ONCE else await asyncio.to_thread(canonical.decode, body)


def add_call(
    node: Node,
    name: str,
    call: Call,
    *,
    path: str | None = None,
    described: tuple[str, object, object] | None = None,
) -> None:
    """Answer POST /v1/<name> (or `path`) with `call`; `described` is (summary, body type, answer type) for OpenAPI."""
    if described is not None:
        node.types[name] = described

    async def handle(request: web.Request) -> web.Response:
        peer = "-"
        try:
            peer = party_of(node, request)
            answer = await call(peer, await _read(request))
        except Exception as error:  # noqa: BLE001  # the edge: every failure has one of the forms above
            response = _refusal(error)
            code = error.code if isinstance(error, MyNumberError) else type(error).__name__
            logs.info("call.refused", call=name, peer=peer, status=response.status, code=code)
            return response
        logs.info("call.answered", call=name, peer=peer, status=200)
        return _canonical(answer, 200)

    node.app.router.add_post(path or f"/v1/{name}", handle)


@web.middleware
async def _calls(request: web.Request, handler: server.Handler) -> web.StreamResponse:
    """Refuse a call that does not exist in the form of a call."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if not request.path.startswith("/v1/"):
            raise
        return _canonical({"error": server.code_of(error)}, error.status)


def add_common(node: Node) -> None:
    """Add what every party answers."""
    node.app.middlewares.append(_calls)
    clocks.show(node)
    openapi.add_description(node)
    node.app.router.add_get("/health", partial(health, node))
    if node.schema.journal is not None:
        node.app.router.add_get("/log/checkpoint", partial(_checkpoint, node))
        node.app.router.add_get("/log/vkey", partial(_vkey, node))
        node.app.router.add_get("/log/consistency", partial(_proof, node, "old", "new"))
        node.app.router.add_get("/log/inclusion", partial(_proof, node, "index", "size"))


async def health(node: Node, request: web.Request) -> web.Response:
    """Say `ready`, or what is waited for and what is no hindrance yet; to this machine and to certificate holders."""
    if server.peer_certificate(request) is None and not server.from_loopback(request):
        raise Refused("NO_CERTIFICATE", "a certificate of the network is needed", hint="show one")
    waiting = node.waiting_for()
    standing, now = node.view.standing, node.clock.now()
    shown: dict[str, object] = {
        "party": node.config.id,
        "role": node.config.role,
        "state": "waiting" if waiting else "ready",
        "waiting_for": waiting,
        "time": now,
    }
    if standing is not None:
        shown["directory"] = {"version": standing.current.body.version, "hash": standing.current.hash.hex()}
    begun = [table for table in node.view.laws.tables if table.begins <= now]
    if begun:
        shown["law"] = begun[-1].hash.hex()
    shown["warnings"] = _warnings(node, now)
    return server.json_response(shown, status=503 if waiting else 200)


def _warnings(node: Node, now: int) -> list[str]:
    """Say what does not stop this party, but somebody has to look at."""
    found, off = [], clocks.heard(node)
    if off is not None:
        found.append(f"{off.sentence()}; {off.hint()}")
    found += [warning for warn in node.warns if (warning := warn())]
    if node.restored is not None and node.forgotten and now <= node.restored + TOLD_S:
        found.append(f"this store came back from a backup; {node.forgotten}")
    if node.restored is not None and node.schema.journal is not None and now <= node.restored + RESTORED_S:
        left = node.restored + RESTORED_S - now
        found.append(
            "this store came back from a backup; what was issued before it and until now is refused, so that nothing"
            f" happens twice; wait {left} s, then ask again for what is missing"
        )
    return found


async def _checkpoint(node: Node, _request: web.Request) -> web.Response:
    return web.Response(body=await node.store.read(node.journal.checkpoint), content_type="text/plain")


async def _vkey(node: Node, _request: web.Request) -> web.Response:
    return web.Response(text=node.journal.vkey + "\n", content_type="text/plain")


async def _proof(node: Node, first: str, second: str, request: web.Request) -> web.Response:
    numbers = [request.query.get(name, "") for name in (first, second)]
    if not all(text.isascii() and text.isdecimal() and len(text) < 16 for text in numbers):
        raise BadInput("BAD_NUMBER", f"{first} and {second} are decimal numbers", hint="see the API description")
    a, b = (int(text) for text in numbers)
    journal = node.journal
    prove = journal.consistency if first == "old" else journal.inclusion
    hashes = await node.store.read(lambda connection: prove(connection, a, b))
    return server.json_response({"hashes": [canonical.b64(each) for each in hashes]})
