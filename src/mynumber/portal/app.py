"""The portal as a process: a listener for institutions and one for citizens' browsers."""

from collections.abc import Mapping
from pathlib import Path

from mynumber.codes.group import secret_scalar
from mynumber.codes.keys import AgencyKeys
from mynumber.exchange.running import own_keys, serving
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.plumbing import config
from mynumber.portal import listener, replica, store
from mynumber.portal.config import PortalConfig
from mynumber.portal.signed_in.desk import Desk
from mynumber.portal.signed_in.orders import Orders


def serve(path: Path) -> None:
    """Serve the portal until it is asked to stop."""
    settings = config.load(path, PortalConfig)
    serving.serve(settings, path.parent, store.SCHEMA, lambda node: prepare(node, settings), follows_law=True)


def prepare(node: Node, settings: PortalConfig) -> None:
    """Add what the portal answers to a node."""
    own = keys_of(node)
    own.check()
    node.forgotten = "the keeper sends again within the hour what this copy lacks; until then citizens may see less"
    desk = Desk.of(node, settings, Orders(node, own))
    replica.add_replica(node)
    listener.add_public(node, settings, desk)
    node.loops += [own.settle, desk.forget]
    node.waits.append(lambda: _missing(node))


def keys_of(node: Node) -> Own[AgencyKeys]:
    """Return the portal's keys, by directory; it has no wrap key, because it holds no codes."""
    party = node.config.id

    def make(held: Mapping[str, bytes]) -> AgencyKeys:
        return AgencyKeys(party, secret_scalar(held["transport"]), b"", held["sign"])

    return Own(node, (own_keys.signing(party), own_keys.transport(party)), make)


def _missing(node: Node) -> str | None:
    """Say that no directory lists us as a portal."""
    party, standing = node.config.id, node.view.standing
    if standing is None or (standing.current.role_of(party) == "agency" and standing.current.agency(party).portal):
        return None
    return f"a directory that lists {party} as a portal"
