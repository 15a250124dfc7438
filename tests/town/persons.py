"""The record tags of everybody at every party that asks, computed from the keys of all parties together."""

from collections.abc import Iterator
from dataclasses import dataclass

from mynumber.codes import group, names
from mynumber.codes.group import Point, Scalar
from mynumber.codes.hashing import h2g
from mynumber.codes.keys import factor
from mynumber.codes.permit.release import member
from mynumber.plumbing import keyfiles
from mynumber.register.store import Seals
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Town

EPOCH = 1
"""The record epoch of every party of a town that was never changed."""


@dataclass(frozen=True)
class Tag:
    """One person as one party asks about him; `member` is the keyed hash of it, `held` whether it holds a code."""

    agency: str
    tag: Point
    member: bytes
    held: bool


def tags(town: Town) -> Iterator[Tag]:
    """Return the tag of every resident at every office, and at the portal, which asks for citizens themselves."""
    look, seals = Evidence(town.folder), Seals.of(_key(town, "register", "store.key"))
    h = _key(town, "keeper", "members.key")
    points = {
        resident: h2g("person", seals.root.open(root))
        for resident, root in look.rows("register", "SELECT id, root FROM residents")
        if isinstance(root, bytes)
    }
    held = set(look.rows("register", "SELECT agency, resident FROM acquisitions WHERE state = 'held'"))
    for agency in (*(office.name for office in town.offices), "portal"):
        domain = names.record_name(agency, EPOCH)
        product = _factor(town, domain)
        for resident, point in points.items():
            tag = group.mul(product, point)
            yield Tag(agency, tag, member(h, domain, tag), (agency, resident) in held)


def _factor(town: Town, domain: str) -> Scalar:
    first, *others = [
        factor(_key(town, each.name, "seed.key"), town.network, domain)
        for each in town.institutions
        if each.role == "operator"
    ]
    for other in others:
        first = group.times(first, other)
    return first


def _key(town: Town, name: str, file: str) -> bytes:
    return keyfiles.read_secret(town.institution(name).folder / "keys" / file)
