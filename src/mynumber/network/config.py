"""An operator's configuration."""

from typing import Annotated

import msgspec

from mynumber.plumbing.config import NodeConfig


class OperatorConfig(NodeConfig, frozen=True, kw_only=True):
    """What an operator may set beside what every institution has."""

    entries_a_minute: Annotated[int, msgspec.Meta(ge=1)] = 6000
    """The rate of R7, for each agency."""
