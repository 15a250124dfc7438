"""The supervisor as a process: law tables and state for everybody, `form` for those who count."""

from functools import partial
from pathlib import Path

from aiohttp import web

from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms
from mynumber.exchange.running import reporting, routes, serving
from mynumber.exchange.running.node import Node
from mynumber.oversight import beside, publishing, reconciling, store
from mynumber.oversight.config import OversightConfig
from mynumber.oversight.hidden import handling, keys
from mynumber.oversight.logs import holding, watching
from mynumber.plumbing import canonical, config, logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFound, WrongUse

_FORGOTTEN = (
    "acts and findings of since were taken back from log/; see that `mynumber oversight report` has all of them, and"
    " compare counts again only when everybody has sent them anew, which takes ten minutes"
)


def serve(path: Path) -> None:
    """Serve the supervisor until it is asked to stop."""
    settings = config.load(path, OversightConfig)
    serving.serve(settings, path.parent, store.SCHEMA, lambda running: _prepare(running, settings, path))


def _prepare(node: Node, settings: OversightConfig, path: Path) -> None:
    # Roles that cannot be compiled end the start, not the first round of a loop.
    publishing.due_table(settings, node.view.laws, now=node.clock.now(), first=0)
    own = keys.keys_of(node)
    own.check()
    own.before = partial(_before, node, settings)
    node.forgotten = _FORGOTTEN
    with node.store.writing() as connection:
        # While we were away others may have worked; counts that are old by now prove no quiet.
        store.look_anew(connection)
        back = beside.recover(connection, node.folder)
        if node.restored is not None:
            node.schema.restorations.note(connection, node.restored)
    if back:
        logs.info("acts.recovered", count=back)
    routes.add_call(node, "form", lambda peer, body: _form(node, peer, body))
    _add_papers(node)
    node.waits += [lambda: publishing.missing(node), lambda: _missing_logs(node)]
    node.warns.append(lambda: publishing.warning(node, path))
    node.loops += [
        lambda: beside.export(node),
        lambda: publishing.publish_law(node, settings, lambda: own.current, path),
        lambda: publishing.publish_state(node, lambda: own.current),
        lambda: watching.watch(node),
        lambda: holding.hold(node),
        lambda: reconciling.reconcile(node),
        lambda: handling.handle(node, settings, own),
        own.settle,
    ]


async def _before(node: Node, settings: OversightConfig, name: str) -> bool:
    """Tell whether a key may go: the seal key once nothing is sealed to it, at the keeper or here."""
    if name != keys.SEAL:
        return True
    if not await handling.fetch(node, settings, keys.seals(node.folder)):
        return False
    count = await node.store.write(lambda connection: keys.seal_anew(connection, node.folder))
    logs.info("hidden.sealed-anew", count=count)
    return True


def _add_papers(node: Node) -> None:
    """What everybody may read."""

    async def current(_: web.Request) -> web.Response:
        begun = [table for table in node.view.laws.tables if table.begins <= node.clock.now()]
        return _paper(begun[-1].jws if begun else None)

    async def following(_: web.Request) -> web.Response:
        announced = [table for table in node.view.laws.tables if table.begins > node.clock.now()]
        return _paper(announced[0].jws if announced else None)

    async def named(request: web.Request) -> web.Response:
        digest = bytes.fromhex(request.match_info["hash"])
        body = await node.store.read(lambda connection: node.schema.papers.get(connection, "law", digest))
        return _paper(None if body is None else canonical.decode(body))

    async def state(_: web.Request) -> web.Response:
        return _paper(None if node.view.state is None else node.view.state.jws)

    node.app.router.add_get("/law/current", current)
    node.app.router.add_get("/law/next", following)
    node.app.router.add_get("/law/{hash:[0-9a-f]{64}}", named)
    node.app.router.add_get("/state/current", state)


def _paper(jws: Json) -> web.Response:
    if jws is None:
        raise NotFound("NO_PAPER", "there is no such paper here", hint="ask again later")
    return web.Response(body=canonical.encode(jws), content_type="application/json")


async def _form(node: Node, peer: str, body: Json) -> Json:
    """Keep a party's counts as it signed them; the newest replaces.

    Who has nothing to count is refused, and so is any month but the running one and the one before: a party could fill
    the store with months, or change what was compared long ago.
    """
    directory = node.view.directory
    role = directory.role_of(peer)
    kind = None if role is None else reconciling.COUNTS.get(role)
    if kind is None:
        raise ProtocolError("WRONG_TYPE")
    form = forms.open_form(kind, body, directory.signer(peer), node.config.network)
    signed, now = canonical.encode(body), node.clock.now()
    if form.month not in (reporting.month_before(now), reporting.month_of(now)):
        raise ProtocolError("PERMIT_MISMATCH")
    await node.store.write(lambda connection: store.put_counts(connection, peer, form.month, at=now, form=signed))
    return {}


def _missing_logs(node: Node) -> str | None:
    try:
        watching.keys_of(node.folder, node.config.network)
    except WrongUse:
        return f"{watching.FILE}, from the ceremony"
    return None
