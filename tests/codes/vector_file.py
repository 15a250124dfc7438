"""Writes a vector file of any network: other keys, other names, other numbers of operators than the file at hand."""

from mynumber.codes.keys import AnyKeys, OperatorKeys, signer
from mynumber.codes.permit import steps
from mynumber.codes.permit.receive import Brought, Role
from mynumber.codes.permit.request import Body, Enrol, Exchange, Message, SelfRequest
from mynumber.codes.vectors.format import FORMAT
from mynumber.codes.vectors.primitives import PRIMITIVES
from mynumber.codes.vectors.things import THINGS
from mynumber.codes.wire import plain
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from tests.codes.ceremony import NOW, raw
from tests.codes.passage import CONTEXT, Stage, law_of, start

ISSUED = NOW + 1


def vector_file(net: Stage) -> Json:
    """Return a file of one world with a run of each kind, and calls that are refused."""
    runs: list[Json] = [
        run_of(net, net.enrol(2), "agency"),
        run_of(net, net.exchange(3), "provider"),
        run_of(net, net.self_request(), "provider"),
        run_of(net, net.read(), "portal"),
    ]
    primitives: dict[str, Json] = {name: [] for name in PRIMITIVES}
    return {
        "format": FORMAT,
        "label": "x",
        "primitives": primitives,
        "worlds": [world_of(net, runs)],
        "positive": [],
        "negative": refused_calls(net),
    }


def world_of(net: Stage, runs: list[Json]) -> Json:
    town = net.town
    offices = [*town.agencies.values(), town.portal]
    parties: list[AnyKeys] = [*town.operators, town.keeper, town.register, town.supervisor, *offices]
    keeper = town.keeper
    things: dict[str, Json] = {name: [] for name in THINGS}
    return {
        **things,
        "n": net.n,
        "network": net.directory.network,
        "now": NOW,
        "anchors": [[party, key.hex()] for party, key in town.anchors],
        "directory": net.directory.jws,
        "directory_hash": net.directory.hash.hex(),
        "laws": [law_of(town, net.directory)],
        "law_hashes": [net.laws.in_force(NOW).hash.hex()],
        "signing": {party: secret.hex() for party, secret in map(signer, parties)},
        "operators": [operator_of(one) for one in town.operators],
        "keeper": {"id": keeper.id, "y": keeper.y.hex(), "x": keeper.x.hex(), "sign": keeper.sign.hex()},
        "register": {"secret": town.register.secret.hex()},
        "supervisor": {"seal": town.supervisor.seal.hex()},
        "agencies": {one.id: {"y": one.y.hex(), "wrap": one.wrap.hex()} for one in offices},
        "runs": runs,
    }


def operator_of(keys: OperatorKeys) -> Json:
    return {"id": keys.id, "seed": keys.seed.hex(), "layer": keys.layer.hex(), "sign": keys.sign.hex()}


def run_of(net: Stage, body: Body, role: Role) -> Json:
    persons = range(body.count)
    message = net.message(body, persons)
    full = net.full(message, now=ISSUED)
    sent = steps.open_bundle(full, released=False)
    run: dict[str, Json] = {
        **asked(net, body, message),
        "steps": list(sent.steps),
        "endorsements": list(sent.endorsements),
        "issued": ISSUED,
        "expires": ISSUED + steps.valid_for(body.kind),
        "rand_steps": [raw(f"rand_step/{index}/{ISSUED}", 32).hex() for index in range(net.n)],
        "role": role,
    }
    final = full
    if role != "portal":
        released = net.released(full)
        final = released.bundle
        run |= {
            "stored": NOW + 2,
            "enrolled": {released.domain: [tag.hex() for tag in released.tags]},
            "rand_release": raw("rand_release", 32).hex(),
            "release": released.release,
            "tags": [tag.hex() for tag in released.tags],
        }
    peer = {"agency": net.town.register.id, "portal": ""}.get(role, getattr(body, "from_", ""))
    context = CONTEXT if role == "provider" else b""
    received = net.opened(final, role, brought=Brought(peer, context))
    final_steps = steps.open_bundle(final, released=role != "portal").steps
    return run | {
        "final_steps": list(final_steps),
        "permit_hash": received.permit_hash.hex(),
        "opened": [[None if value is None else value.hex() for value in leg] for leg in received.opened],
        "me": {"provider": net.provider, "agency": net.asker, "portal": net.town.portal.id}[role],
        "peer": peer,
        "context": context.hex(),
        "outstanding": outstanding(body, message),
    }


def asked(net: Stage, body: Body, message: Message) -> dict[str, Json]:
    """Return the part of a run that makes the message."""
    members = canonical.decode(canonical.encode(plain(body)))
    assert isinstance(members, dict)
    by_office = isinstance(body, Exchange)
    secret: bytes = net.town.agencies[net.asker].y if by_office else net.town.register.secret
    return {
        "name": "x",
        "kind": body.kind,
        "members": {name: value for name, value in members.items() if name != "list"},
        "values": [net.value(body, person).hex() for person in range(body.count)],
        "secret": secret.hex(),
        "signers": [signature.kid for signature in message.signed.signatures],
        "rand_enc": raw("rand_enc", 32).hex(),
        "rand_input": raw("rand_input", 32).hex(),
        "message": message.json,
        "request_hash": message.request_hash.hex(),
    }


def outstanding(body: Body, message: Message) -> Json:
    if isinstance(body, Enrol):
        return [canonical.b64(number) for number in body.acq]
    return [] if isinstance(body, Exchange | SelfRequest) else [message.request_hash.hex()]


def refused_calls(net: Stage) -> Json:
    """Return calls that are refused: too late, by an unknown person, by the wrong client."""
    full = net.full(net.message(net.exchange(), [1]), now=ISSUED)
    final = net.released(full).bundle
    operator: dict[str, Json] = {
        "op": 0,
        "bundle": start(net.message(net.exchange(), [1])),
        "now": NOW + 301,
        "laws": None,
        "rand": bytes(32).hex(),
        "switched": False,
        "known": [],
    }
    keeper: dict[str, Json] = {
        "bundle": full,
        "now": NOW + 2,
        "rand": bytes(32).hex(),
        "switched": False,
        "members": {},
        "known": [],
    }
    provider: dict[str, Json] = {
        "bundle": final,
        "now": NOW + 9,
        "me": net.provider,
        "role": "provider",
        "peer": net.provider,
        "context": CONTEXT.hex(),
        "laws": None,
        "switched": False,
        "used": [],
        "outstanding": [],
    }
    return [
        {"name": "x", "lie": "x", "call": "endorse", "args": operator, "error": "NOT_FRESH"},
        {"name": "x", "lie": "x", "call": "keeper_release", "args": keeper, "error": "UNKNOWN_TAG"},
        {"name": "x", "lie": "x", "call": "receive", "args": provider, "error": "PERMIT_MISMATCH"},
    ]
