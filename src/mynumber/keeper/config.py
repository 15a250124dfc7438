"""The record keeper's configuration."""

from typing import Annotated

import msgspec

from mynumber.plumbing.config import NodeConfig


class KeeperConfig(NodeConfig, frozen=True, kw_only=True):
    """What the keeper may set beside what every institution has."""

    restored_at: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Unix time of the first start after the whole folder came back from a backup; 0 = never (PROTOCOL.md O6)."""
