"""What `mynumber init register` makes: the secret behind the encryption of points, and the CA for citizens' cards."""

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.codes.keys import RegisterKeys, scalar_from
from mynumber.codes.parties import handing_in
from mynumber.codes.parties.handing_in import Vouching
from mynumber.exchange import setup
from mynumber.exchange.setup import NewFolder, Party
from mynumber.pki import certificates, citizens
from mynumber.plumbing.clock import Clock
from mynumber.register.citizens.cards import CA_CERTIFICATE, CA_KEY
from mynumber.register.store import SCHEMA

_MEMBERS = """\
# How many acquisitions one office may ask for in any minute; at least 64, one full batch.
entries_a_minute = 6000
# How many sign-ins of citizens a portal may begin in any minute, how many requests it may have written in any minute,
# and for how many requests one session is good.
sign_ins_a_minute = 600
orders_a_minute = 6000
orders_a_session = 200
"""


def init(folder: Path, party: Party) -> None:
    """Make the register's folder; it has no resident yet, see `mynumber register load`."""
    new = setup.begin(folder, party, SCHEMA)
    secret = new.secret("encryption.key", scalar_from(os.urandom(64)))
    new.configure(members=_MEMBERS)
    new.create()
    _found_authority(new)
    own = RegisterKeys(party.id, secret, new.sign)
    new.hand_in(handing_in.register_entry(own, Vouching(party.network, party.organisation, os.urandom(32))))


def _found_authority(new: NewFolder) -> None:
    """Make the CA for citizens' cards; it signs nothing but cards and nobody but the register trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    root = citizens.issue_citizens_root(key, new.party.network, now=Clock().now(), serial=serial)
    new.secret(CA_KEY, certificates.key_pem(key))
    (new.path / CA_CERTIFICATE).write_bytes(certificates.certificate_pem(root))
