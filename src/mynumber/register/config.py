"""The register's configuration."""

from typing import Annotated

import msgspec

from mynumber.plumbing.config import NodeConfig


class RegisterConfig(NodeConfig, frozen=True, kw_only=True):
    """What the register may set beside what every institution has."""

    entries_a_minute: Annotated[int, msgspec.Meta(ge=64)] = 6000
    """How many acquisitions an office may ask for in a minute; at least one full batch."""
    sign_ins_a_minute: Annotated[int, msgspec.Meta(ge=1)] = 600
    """How many sign-ins a portal may begin in a minute."""
    orders_a_minute: Annotated[int, msgspec.Meta(ge=1)] = 6000
    """How many requests a portal may have written in a minute, for all its citizens together."""
    orders_a_session: Annotated[int, msgspec.Meta(ge=1)] = 200
    """How many requests one session is good for."""
