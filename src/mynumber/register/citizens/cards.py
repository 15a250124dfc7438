"""Whose card a certificate belongs to: issued to who stands in the register under this number and these data.

Promises that a person has one card that counts, that a certificate tells the register alone whose it is, and that a
certificate that was revoked, has ended or was never issued here is nobody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, insert, select, update

from mynumber.acquisition import basic
from mynumber.acquisition.basic import Basic
from mynumber.number.my_number import MyNumber
from mynumber.pki import certificates, citizens
from mynumber.pki.identity import BadCertificate
from mynumber.plumbing import keyfiles
from mynumber.plumbing.errors import Refused
from mynumber.register import residents
from mynumber.register.store import CARDS, Seals

CA_CERTIFICATE = "citizens-ca.crt"
CA_KEY = "citizens-ca.key"


@dataclass(frozen=True, slots=True)
class Authority:
    """The register's CA for cards."""

    network: str
    root: x509.Certificate = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def of(cls, folder: Path, network: str) -> "Authority":
        """Return the CA of a register's folder."""
        root = certificates.load_certificate(root_pem(folder))
        return cls(network, root, certificates.load_key(keyfiles.read_secret(folder / "keys" / CA_KEY)))


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies for a card: number and four basic data, and the key that the card made."""

    number: MyNumber
    basic: Basic = field(repr=False)
    public_key: ec.EllipticCurvePublicKey = field(repr=False)


def root_pem(folder: Path) -> bytes:
    """Return the CA's certificate of a register's folder as PEM."""
    return (folder / CA_CERTIFICATE).read_bytes()


def issue(
    connection: Connection, seals: Seals, authority: Authority, applicants: Sequence[Applicant], *, now: int
) -> list[x509.Certificate]:
    """Return a certificate for each applicant, in order; one who is not in the register as said gets none of them any.

    Unknown numbers and data that differ look alike.
    """
    held = residents.by_number(connection, seals, [applicant.number for applicant in applicants])
    issued = []
    for place, applicant in enumerate(applicants, start=1):
        person = held.get(applicant.number)
        if person is None or basic.differing(applicant.basic, person.basic):
            hint = "number, name, birth, sex and address are to be those of the register"
            raise Refused("NO_MATCH", f"applicant {place} is not in the register with these data", hint=hint)
        issued.append(_card(connection, authority, person.id, applicant.public_key, now=now))
    return issued


def _card(
    connection: Connection, authority: Authority, resident: int, public_key: ec.EllipticCurvePublicKey, *, now: int
) -> x509.Certificate:
    made = citizens.issue_citizen(
        authority.key, authority.root, public_key, authority.network, now=now, serial=x509.random_serial_number()
    )
    counting = (CARDS.c.resident == resident, CARDS.c.revoked.is_(None))
    connection.execute(update(CARDS).where(*counting).values(revoked=now))
    ends = int(made.not_valid_after_utc.timestamp())
    row = {"serial": f"{made.serial_number:x}", "resident": resident, "made": now, "not_after": ends}
    connection.execute(insert(CARDS).values(row))
    return made


def resident_of(connection: Connection, serial: int, *, now: int) -> int:
    """Return whose card has this serial number, or raise BadCertificate for one that does not count now."""
    query = select(CARDS.c.resident, CARDS.c.not_after, CARDS.c.revoked).where(CARDS.c.serial == f"{serial:x}")
    row = connection.execute(query).first()
    if row is None or row.revoked is not None or now > row.not_after:
        raise BadCertificate("the card does not count any more", hint="have a new card made")
    return int(row.resident)


def revoke(connection: Connection, serial: int, *, now: int) -> bool:
    """Let a card count no more; tell whether it did."""
    counting = (CARDS.c.serial == f"{serial:x}", CARDS.c.revoked.is_(None))
    return connection.execute(update(CARDS).where(*counting).values(revoked=now)).rowcount > 0
