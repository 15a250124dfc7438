"""What `mynumber init supervisor` makes: an X25519 seal secret, and who holds which role of the law.

The entry is made here and not with the other parties' (`codes.handing_in`): that module knows the secret keys of all
roles, and the supervisor has no way to a code.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mynumber.codes import jws
from mynumber.codes.parties import entries
from mynumber.codes.parties.entries import Supervisor
from mynumber.codes.wire import B32, B64
from mynumber.exchange import setup
from mynumber.exchange.setup import Party
from mynumber.oversight.store import SCHEMA

_ROLES = """
# Who holds which role of the law (law/roles.csv, or "portal"): role = [ids of parties]. Until a role has members, no
# row that names it lets anybody ask or answer. A changed list is signed as a new law table at the next start.
"""
_HIDE = """
# Procedures whose records may be kept from the person: procedure = article (Act art. 23(2)).
[hide]
"""


def init(folder: Path, party: Party, *, roles: Mapping[str, Sequence[str]] | None = None) -> None:
    """Make the supervisor's folder; `roles` are the members of each role of the law."""
    new = setup.begin(folder, party, SCHEMA)
    seal = X25519PrivateKey.from_private_bytes(new.secret("seal.key", os.urandom(32)))
    members = {role: "[" + ", ".join(map(setup.quoted, ids)) + "]" for role, ids in (roles or {}).items()}
    listed = "".join(f"{setup.quoted(role)} = {ids}\n" for role, ids in members.items())
    new.configure(tables=f"{_ROLES}[roles]\n{listed}{_HIDE}")
    new.create()
    entry = Supervisor(
        id=party.id,
        org=party.organisation,
        serial=1,
        sign=B32(jws.public_key(new.sign)),
        seal=B32(seal.public_key().public_bytes_raw()),
        self=(),
    )
    vouched = B64(jws.sign_bytes(new.sign, entries.self_input(party.network, entry)))
    new.hand_in(msgspec.structs.replace(entry, self=(vouched,)))
