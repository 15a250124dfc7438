"""What stands for a person in the network, computed once more from everybody's secrets, to look for it.

Promises of every enrolled person the root, the point that the register encrypts, the record tag by which an office is
recorded, and the keyed hash of it that the keeper keeps. Only the world can compute them: it borrows the keys of the
register, of every operator and of the keeper, which nobody else has together.
"""

from collections.abc import Iterator

from mynumber.codes import group, names
from mynumber.codes.group import Scalar
from mynumber.codes.hashing import h2g
from mynumber.codes.keys import factor
from mynumber.codes.permit.release import member
from mynumber.plumbing import keyfiles
from mynumber.register.store import Seals
from mynumber.world.search.search import Needle
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Town


def of_town(town: Town) -> Iterator[Needle]:
    """Return the symbols of everybody of whom an office holds a code."""
    seals = Seals.of(_key(town, "register", "store.key"))
    h = _key(town, "keeper", "members.key")
    query = (
        "SELECT DISTINCT a.agency, a.record_epoch, r.root FROM acquisitions AS a"
        " JOIN residents AS r ON r.id = a.resident WHERE a.state = 'held'"
    )
    for agency, epoch, sealed in Evidence(town.folder).rows("register", query):
        if not (isinstance(agency, str) and isinstance(epoch, int) and isinstance(sealed, bytes)):
            continue  # the columns are STRICT
        root = seals.root.open(sealed)
        domain = names.record_name(agency, epoch)
        point = h2g("person", root)
        tag = group.mul(_factor(town, domain), point)
        yield Needle("root", root)
        yield Needle("point", bytes(point))
        yield Needle(f"tag {agency}", bytes(tag))
        yield Needle(f"member {agency}", member(h, domain, tag))


def _factor(town: Town, domain: str) -> Scalar:
    """Return the product of all operators' factors of a domain."""
    seeds = [_key(town, each.name, "seed.key") for each in town.institutions if each.role == "operator"]
    first, *others = [factor(seed, town.network, domain) for seed in seeds]
    for other in others:
        first = group.times(first, other)
    return first


def _key(town: Town, name: str, file: str) -> bytes:
    return keyfiles.read_secret(town.institution(name).folder / "keys" / file)
