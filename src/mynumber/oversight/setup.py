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
from mynumber.oversight.config import LONGEST
from mynumber.oversight.store import SCHEMA

_ROLES = """
# Who holds which role of the law (law/roles.csv, or "portal"): role = [ids of parties]. Until a role has members, no
# row that names it lets anybody ask or answer. A changed list is announced within seconds as a new law table, and
# begins 330 s later; one with an unknown role or party changes nothing.
"""
_HIDE = """
# Procedures whose records may be kept from the person: procedure = article (Act art. 23(2)).
"""


def _hidden(longest_s: int) -> str:
    return f"""\
# A hidden record is disclosed by itself so many seconds after its permit was issued; twelve months ({LONGEST}) at most.
# `mynumber oversight hidden extend` lets a single one stay hidden for longer.
hidden_longest_s = {longest_s}
# How often the keeper is asked for hidden records, in seconds.
hidden_every_s = 10
"""


def init(
    folder: Path,
    party: Party,
    *,
    roles: Mapping[str, Sequence[str]] | None = None,
    hide: Mapping[str, str] | None = None,
    hidden_longest_s: int = LONGEST,
) -> None:
    """Make the supervisor's folder.

    `roles` are the members of each role of the law, `hide` the procedures whose records may be kept from the person,
    each with its article, and `hidden_longest_s` how long at most without an act that extends it.
    """
    new = setup.begin(folder, party, SCHEMA)
    seal = X25519PrivateKey.from_private_bytes(new.secret("seal.key", os.urandom(32)))
    members = {role: "[" + ", ".join(map(setup.quoted, ids)) + "]" for role, ids in (roles or {}).items()}
    listed = "".join(f"{setup.quoted(role)} = {ids}\n" for role, ids in members.items())
    tables = f"{_ROLES}[roles]\n{listed}{_HIDE}{setup.table('hide', hide or {})}"
    new.configure(members=_hidden(hidden_longest_s), tables=tables)
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
