"""What makes a directory acceptable beyond its types: the checks D4 to D8 of PROTOCOL.md section 4, one function each.

Every check raises; none returns a bool. The operators' ids, order and keys come from local configuration.
"""

from collections.abc import Sequence

from mynumber.codes import group, hashing, jws, names
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import GENERATOR, Point
from mynumber.codes.parties import entries
from mynumber.codes.parties.entries import Agency, Body, Entry, Operator


def check_operators(body: Body, anchors: Sequence[tuple[str, bytes]]) -> None:
    """D4: the operators are the configured ones in their order, and no organisation plays two parts it must not."""
    if [(o.id, bytes(o.sign)) for o in body.operators] != [(kid, bytes(key)) for kid, key in anchors]:
        raise ProtocolError("SIGNATURE_SET")
    organisations = [o.org for o in body.operators]
    if len(set(organisations)) != len(organisations):
        raise ProtocolError("ROLE_CONFLICT")
    # The register knows the order of persons in every list, hence of every tag.
    if body.register.org in (*organisations, body.keeper.org):
        raise ProtocolError("ROLE_CONFLICT")


def check_keys(body: Body) -> None:
    """D5: every point is one, and no signing key is of small order."""
    for data in _points(body):
        group.point(data)
    for key in _signing_keys(body):
        if not group.valid_signing_key(key):
            raise ProtocolError("BAD_SIGNING_KEY")


def check_distinct(body: Body) -> None:
    """D6: points, signing keys and ids are pairwise different within each set, and no point is G."""
    points = [bytes(p) for p in _points(body)]
    keys = [bytes(key) for key in _signing_keys(body)]
    ids = [party for party, _ in body.roles()]
    for values in (points, keys, ids):
        if len(set(values)) != len(values):
            raise ProtocolError("DUPLICATE_KEY")
    if bytes(GENERATOR) in points:
        raise ProtocolError("DUPLICATE_KEY")


def check_possession(body: Body) -> None:
    """D7: whoever publishes a point has proved to know its secret, here and under this name only."""
    for operator in body.operators:
        _check_pop(body.network, operator.layer, operator.layer_pop, "layer", operator.id)
    keeper = body.keeper
    _check_pop(body.network, keeper.transport, keeper.pop, "transport", keeper.id)
    _check_pop(body.network, keeper.release, keeper.release_pop, "release", keeper.id)
    for agency in body.agencies:
        _check_pop(body.network, agency.transport, agency.pop, "transport", agency.id)
        for name, factor in entries.factors_of(agency):
            for operator, k, pop in zip(body.operators, factor.k, factor.pop, strict=True):
                context = names.pop_context(body.network, "factor", operator.id, name)
                hashing.check_schnorr(Point(k), pop, context, "BAD_POP")


def check_entries(body: Body) -> None:
    """D8, first half: every party vouches for its own entry, and what an agency names is listed."""
    for entry in body.entries():
        jws.check_signature(entry.sign, entry.self[0], entries.self_input(body.network, entry), "BAD_ENTRY")
    for agency in body.agencies:
        closed = not agency.epochs and not agency.portal
        if agency.epoch != 0 and str(agency.epoch) not in agency.epochs and not closed:
            raise ProtocolError("BAD_ENTRY")
        if str(agency.record_epoch) not in agency.records:
            raise ProtocolError("BAD_ENTRY")


def check_succession(body: Body, before: Body) -> None:
    """D8, second half: nobody is left out, changes its role or is replaced behind its back."""
    roles, old_roles = dict(body.roles()), dict(before.roles())
    if any(roles.get(party, role) != role for party, role in old_roles.items()):
        raise ProtocolError("BAD_ENTRY")
    if any(agency.id not in roles for agency in before.agencies):
        raise ProtocolError("BAD_ENTRY")
    old_entries: dict[str, Entry | Operator] = {e.id: e for e in (*before.operators, *before.entries())}
    for entry in (*body.operators, *body.entries()):
        old = old_entries.get(entry.id)
        if old is not None:
            check_change(body.network, entry, old)


def check_change(network: str, entry: Entry | Operator, old: Entry | Operator) -> None:
    """D8 for one party: raise BAD_ENTRY unless `entry` may stand where `old` stood."""
    if entry.org != old.org:
        raise ProtocolError("BAD_ENTRY")
    # The keys of operators are local configuration; they vouch for themselves by signing the directory.
    if isinstance(entry, Operator) or isinstance(old, Operator):
        return
    if entry.sign != old.sign:
        if len(entry.self) != 2:
            raise ProtocolError("BAD_ENTRY")
        jws.check_signature(old.sign, entry.self[1], entries.self_input(network, entry), "BAD_ENTRY")
    if entries.own_members(entry) != entries.own_members(old) and entry.serial <= old.serial:
        raise ProtocolError("BAD_ENTRY")
    if isinstance(entry, Agency) and isinstance(old, Agency):
        _check_epochs(entry, old)


def _check_epochs(agency: Agency, old: Agency) -> None:
    steady = (
        agency.portal == old.portal
        and agency.record_epoch >= old.record_epoch
        and (agency.epoch == 0 or agency.epoch >= old.epoch)
        and old.records.keys() <= agency.records.keys()
    )
    newest = max((int(e) for e in old.epochs), default=0)
    if not steady or any(int(e) <= newest for e in agency.epochs.keys() - old.epochs.keys()):
        raise ProtocolError("BAD_ENTRY")
    for ours, theirs in ((agency.epochs, old.epochs), (agency.records, old.records)):
        if any(ours[e].k != theirs[e].k for e in ours.keys() & theirs.keys()):
            raise ProtocolError("BAD_ENTRY")


def _check_pop(network: str, image: bytes, proof: bytes, role: names.PopRole, owner: str) -> None:
    hashing.check_schnorr(Point(image), proof, names.pop_context(network, role, owner, role), "BAD_POP")


def _points(body: Body) -> list[bytes]:
    found: list[bytes] = [o.layer for o in body.operators]
    found += [body.keeper.transport, body.keeper.release]
    for agency in body.agencies:
        found.append(agency.transport)
        for _, factor in entries.factors_of(agency):
            found += factor.k
    return found


def _signing_keys(body: Body) -> list[bytes]:
    return [*(o.sign for o in body.operators), *(e.sign for e in body.entries())]
