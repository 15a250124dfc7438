"""A CA for citizens' cards, and cards of invented persons that sign in as a card does."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.codes.permit import portal
from mynumber.pki import certificates, citizens
from mynumber.plumbing.database import Store
from mynumber.register.citizens import cards
from mynumber.register.citizens.cards import CA_CERTIFICATE, Applicant, Authority
from mynumber.register.store import Seals
from tests.register.people import NOW, persons, plain, registered

NETWORK = "demo"


def authority(network: str = NETWORK, now: int = NOW) -> Authority:
    """Return a new CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    root = citizens.issue_citizens_root(key, network, now=now, serial=x509.random_serial_number())
    return Authority(network, root, key)


def found_authority(folder: Path) -> Authority:
    """Put a new CA's certificate into a register's folder."""
    made = authority()
    (folder / CA_CERTIFICATE).write_bytes(certificates.certificate_pem(made.root))
    return made


@dataclass(frozen=True)
class SomeCard:
    """A card and its key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate as it travels."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def sign(self, nonce: bytes, portal_id: str = "portal", network: str = NETWORK) -> bytes:
        """Return the signature with which the holder signs in."""
        return citizens.sign(self.key, portal.sign_in_input(network, portal_id, nonce))


def cards_of(store: Store, seals: Seals, by: Authority, count: int, now: int = NOW) -> list[SomeCard]:
    """Register persons and return a card of each."""
    numbers = registered(store, seals, count)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(count)]
    applicants = [
        Applicant(number, plain(person), key.public_key())
        for number, person, key in zip(numbers, persons(count), keys, strict=True)
    ]
    with store.writing() as connection:
        issued = cards.issue(connection, seals, by, applicants, now=now)
    return [SomeCard(key, certificate) for key, certificate in zip(keys, issued, strict=True)]


def forged(by: Authority, serial: int, now: int = NOW) -> SomeCard:
    """Return a card that another CA of the same name issued, with the serial number of a real one."""
    key = ec.generate_private_key(ec.SECP256R1())
    other = authority(by.network, now)
    made = citizens.issue_citizen(other.key, other.root, key.public_key(), by.network, now=now, serial=serial)
    return SomeCard(key, made)


def some_nonce() -> bytes:
    """Return a nonce that no register gave."""
    return os.urandom(portal.NONCE_BYTES)
