"""Names of factors, and what a proof of possession is bound to (PROTOCOL.md sections 3 and 4)."""

from typing import Literal, TypeAlias

from mynumber.codes import hashing

PopRole: TypeAlias = Literal["layer", "transport", "release", "factor"]


def agency_name(agency: str, epoch: int | str) -> str:
    """Return the name of a code domain: agency/<id>/<epoch>."""
    return f"agency/{agency}/{epoch}"


def record_name(agency: str, epoch: int | str) -> str:
    """Return the name of a record domain: record/<id>/<record epoch>."""
    return f"record/{agency}/{epoch}"


def pop_context(network: str, role: PopRole, owner: str, name: str) -> bytes:
    """Return what a proof of possession is bound to, so that it cannot be copied to another place."""
    return hashing.frame("pop", network, role, owner, name)
