"""The register's configuration."""

from typing import Annotated

import msgspec

from mynumber.plumbing.config import NodeConfig


class RegisterConfig(NodeConfig, frozen=True, kw_only=True):
    """What the register may set beside what every institution has."""

    entries_a_minute: Annotated[int, msgspec.Meta(ge=64)] = 6000
    """How many acquisitions an office may ask for in a minute; at least one full batch."""
