"""The keeper's configuration."""

from typing import Annotated

import msgspec

from mynumber.plumbing.config import NodeConfig


class KeeperConfig(NodeConfig, frozen=True, kw_only=True):
    """What the keeper sets beside what every institution has."""

    replicate_every_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 2
    """How long rows and outcomes are gathered before they go to the portals, all of them together."""
