"""The supervisor's configuration."""

from typing import Annotated, Final

import msgspec

from mynumber.plumbing.config import NodeConfig

LONGEST: Final = 365 * 86_400
"""Twelve months, the longest time that a row stays hidden without an act that extends it (PROTOCOL.md section 11)."""


class OversightConfig(NodeConfig, frozen=True, kw_only=True):
    """What the supervisor sets beside what every institution has."""

    roles: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Role of the law data (or `portal`) -> ids of the parties that hold it; the law table is compiled for them."""

    hide: dict[str, str] = msgspec.field(default_factory=dict)
    """Procedure -> article by which its records may be kept from the person (Act art. 23(2))."""

    hidden_longest_s: Annotated[int, msgspec.Meta(ge=0, le=LONGEST)] = LONGEST
    """How many seconds after its permit was issued a hidden record is disclosed by itself; twelve months at most."""

    hidden_every_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 10
    """How often the keeper is asked for hidden records."""
