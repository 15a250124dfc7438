"""The record keeper as a process: `release` for the last operator, `form` for those who owe it one, `hidden`."""

from pathlib import Path

from mynumber.codes import group
from mynumber.codes.group import secret_scalar
from mynumber.codes.keys import KeeperKeys, signer
from mynumber.codes.records import forms
from mynumber.codes.records.forms import KeeperCounts
from mynumber.exchange import own_keys, reporting, routes, serving
from mynumber.exchange.node import Node
from mynumber.keeper import outcomes, store
from mynumber.keeper.releasing import Keeper
from mynumber.plumbing import config
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.config import NodeConfig


def serve(path: Path) -> None:
    """Serve the keeper until it is asked to stop."""
    settings = config.load(path, NodeConfig)
    serving.serve(settings, path.parent, store.SCHEMA, _prepare)


def _prepare(node: Node) -> None:
    keeper = Keeper(node, _keys(node))
    _check_keys(node, keeper.keys)
    h = keeper.keys.h
    routes.add_call(node, "release", keeper.release)
    routes.add_call(node, "form", lambda peer, body: outcomes.form(node, h, peer, body))
    routes.add_call(node, "hidden", lambda peer, body: outcomes.hidden_rows(node, peer, body))
    node.loops.append(reporting.reporter(node, lambda month: _counts(node, keeper.keys, month)))


def _keys(node: Node) -> KeeperKeys:
    y, x = secret_scalar(node.key("transport.key")), secret_scalar(node.key("release.key"))
    return KeeperKeys(node.config.id, y, x, node.key("sign.key"), node.key("members.key"))


def _check_keys(node: Node, keys: KeeperKeys) -> None:
    if node.view.standing is not None:
        directory = node.view.directory
        own_keys.require("transport.key", fits=group.base(keys.y) == directory.transport(keys.id))
        own_keys.require("release.key", fits=group.base(keys.x) == directory.release)


def _counts(node: Node, keys: KeeperKeys, month: str) -> Json:
    with node.store.reading() as connection:
        counts = store.counts(connection, month)
    return forms.sign_form(KeeperCounts(v=1, network=node.config.network, month=month, counts=counts), signer(keys))
