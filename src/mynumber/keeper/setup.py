"""What `mynumber init keeper` makes: transport and release secrets, and the key under which members are remembered."""

import os
from pathlib import Path

from mynumber.codes.keys import KeeperKeys, scalar_from
from mynumber.codes.parties import handing_in
from mynumber.codes.parties.handing_in import Vouching
from mynumber.exchange import setup
from mynumber.exchange.setup import Party
from mynumber.keeper.store import SCHEMA


def init(folder: Path, party: Party, *, successor: bool = False) -> None:
    """Make the record keeper's folder; a successor gets the key of members from the keeper before (succeeding.py)."""
    new = setup.begin(folder, party, SCHEMA)
    transport, release, members = scalar_from(os.urandom(64)), scalar_from(os.urandom(64)), os.urandom(32)
    new.secret("transport.key", transport)
    new.secret("release.key", release)
    # Without this key nobody's membership can be found again, and every agency needs a new record epoch.
    if not successor:
        new.secret("members.key", members)
    new.configure(members=_MEMBERS)
    new.create()
    own = KeeperKeys(party.id, transport, release, new.sign, members)
    new.hand_in(handing_in.keeper_entry(own, Vouching(party.network, party.organisation, os.urandom(32))))


_MEMBERS = """\
# How many seconds records are gathered before they go to the portals. What goes together tells a portal less about what
# was written together, so a network with little traffic takes longer.
replicate_every_s = 2
"""
