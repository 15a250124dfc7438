"""What `mynumber init register` makes: the secret behind the encryption of every person's point."""

import os
from pathlib import Path

from mynumber.codes.keys import RegisterKeys, scalar_from
from mynumber.codes.parties import handing_in
from mynumber.codes.parties.handing_in import Vouching
from mynumber.exchange import setup
from mynumber.exchange.setup import Party
from mynumber.register.store import SCHEMA

_MEMBERS = """\
# How many acquisitions one office may ask for in any minute; at least 64, one full batch.
entries_a_minute = 6000
"""


def init(folder: Path, party: Party) -> None:
    """Make the register's folder; it has no resident yet, see `mynumber register load`."""
    new = setup.begin(folder, party, SCHEMA)
    secret = new.secret("encryption.key", scalar_from(os.urandom(64)))
    new.configure(members=_MEMBERS)
    new.create()
    own = RegisterKeys(party.id, secret, new.sign)
    new.hand_in(handing_in.register_entry(own, Vouching(party.network, party.organisation, os.urandom(32))))
