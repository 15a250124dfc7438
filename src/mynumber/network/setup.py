"""What `mynumber init operator` makes: a seed for factors, a layer secret, and the anchor that others configure."""

import os
from pathlib import Path

from mynumber.codes import wire
from mynumber.codes.keys import OperatorKeys, scalar_from
from mynumber.codes.parties import handing_in
from mynumber.codes.parties.handing_in import Vouching
from mynumber.exchange import setup
from mynumber.exchange.setup import Party
from mynumber.network.store import SCHEMA
from mynumber.plumbing import canonical

_MEMBERS = """\
# How many entries of one agency are ruled on in any minute; more are refused (PROTOCOL.md R7).
entries_a_minute = 6000
"""


def init(folder: Path, party: Party) -> None:
    """Make an operator's folder."""
    new = setup.begin(folder, party, SCHEMA)
    seed, layer = new.secret("seed.key", os.urandom(32)), scalar_from(os.urandom(64))
    new.secret("layer.key", layer)
    new.configure(members=_MEMBERS)
    new.create()
    own = OperatorKeys(party.id, seed, layer, new.sign)
    entry = handing_in.operator_entry(own, Vouching(party.network, party.organisation, os.urandom(32)))
    anchor = {"id": entry.id, "sign": entry.sign, "layer": entry.layer}
    (new.hand_in(entry) / "anchor.json").write_bytes(canonical.encode(wire.plain(anchor)))
