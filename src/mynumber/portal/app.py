"""The portal as a process: a listener for institutions and one for citizens' browsers."""

from pathlib import Path

from mynumber.exchange import serving
from mynumber.exchange.node import Node
from mynumber.plumbing import config
from mynumber.portal import replica, store
from mynumber.portal.config import PortalConfig


def serve(path: Path) -> None:
    """Serve the portal until it is asked to stop."""
    settings = config.load(path, PortalConfig)
    serving.serve(settings, path.parent, store.SCHEMA, lambda node: prepare(node, settings), follows_law=True)


def prepare(node: Node, settings: PortalConfig) -> None:
    """Add what the portal answers to a node."""
    replica.add_replica(node)
    node.waits.append(lambda: None if node.view.standing is None else _portal_waits(node, settings))


def _portal_waits(node: Node, settings: PortalConfig) -> str | None:
    if node.view.directory.role_of(settings.id) == "agency" and node.view.directory.agency(settings.id).portal:
        return None
    return f"a directory that lists {settings.id} as a portal"
