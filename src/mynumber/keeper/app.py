"""The record keeper as a process: `release` for the last operator, `form` for those who owe it one, `hidden`."""

from collections.abc import Mapping
from pathlib import Path

from mynumber.codes.group import secret_scalar
from mynumber.codes.keys import KeeperKeys, signer
from mynumber.codes.records import forms, rows
from mynumber.codes.records.forms import KeeperCounts
from mynumber.exchange.running import own_keys, reporting, routes, serving
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.keeper import outcomes, replicas, replicating, store, succeeding
from mynumber.keeper.config import KeeperConfig
from mynumber.keeper.releasing import Keeper
from mynumber.plumbing import config
from mynumber.plumbing.canonical import Json


def serve(path: Path) -> None:
    """Serve the keeper until it is asked to stop."""
    settings = config.load(path, KeeperConfig)
    serving.serve(settings, path.parent, store.SCHEMA, lambda running: _prepare(running, settings))


def _prepare(node: Node, settings: KeeperConfig) -> None:
    succeeding.require_taken_over(node.folder)
    own, h = keys_of(node), node.key("members.key")
    own.check()
    keeper = Keeper(node, own, h)
    routes.add_call(node, "release", keeper.release)
    routes.add_call(node, "form", lambda peer, body: outcomes.form(node, h, peer, body))
    routes.add_call(node, "hidden", lambda peer, body: outcomes.hidden_rows(node, peer, body))
    node.stands, node.subjects = store.stands, store.subjects
    node.short = lambda connection: replicas.short(connection, rows.fiscal_year(node.clock.now()))
    node.waits.append(lambda: replicating.missing(node))
    node.loops += [
        own.settle,
        reporting.reporter(node, lambda month: _counts(node, own.current, month)),
        lambda: replicating.relearn(node),
        lambda: replicating.replicate(node, settings.replicate_every_s),
        lambda: replicating.look_after(node),
        lambda: replicating.expire(node),
    ]


def keys_of(node: Node) -> Own[KeeperKeys]:
    """Return the keeper's keys, by directory."""
    party, h = node.config.id, node.key("members.key")
    secrets = (
        own_keys.signing(party),
        own_keys.scalar("transport", lambda directory: directory.body.keeper.transport),
        own_keys.scalar("release", lambda directory: directory.body.keeper.release),
    )

    def make(held: Mapping[str, bytes]) -> KeeperKeys:
        y, x = secret_scalar(held["transport"]), secret_scalar(held["release"])
        return KeeperKeys(party, y, x, held["sign"], h)

    return Own(node, secrets, make)


def _counts(node: Node, keys: KeeperKeys, month: str) -> Json:
    with node.store.reading() as connection:
        counts = store.counts(connection, month)
    return forms.sign_form(KeeperCounts(v=1, network=node.config.network, month=month, counts=counts), signer(keys))
