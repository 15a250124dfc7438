"""The supervisor's configuration."""

import msgspec

from mynumber.plumbing.config import NodeConfig


class OversightConfig(NodeConfig, frozen=True, kw_only=True):
    """What the supervisor sets beside what every institution has."""

    roles: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Role of the law data (or `portal`) -> ids of the parties that hold it; the law table is compiled for them."""

    hide: dict[str, str] = msgspec.field(default_factory=dict)
    """Procedure -> article by which its records may be kept from the person (Act art. 23(2))."""
