"""The register's small CA for citizens' cards: a certificate says that the register knows its holder, not who it is.

Nothing in a certificate tells a person: the serial number is random, and only the register can look it up. So a portal
that hands one on learns nothing about a citizen but that the same card signed in before.
"""

from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.pki.certificates import (
    CLIENT,
    Leaf,
    issue_authority,
    issue_leaf,
    require_authority,
    require_p256,
    subject,
)
from mynumber.pki.identity import UNREADABLE, BadCertificate, identifier

_MAX_DER = 4096


class Holder(NamedTuple):
    """What a certificate that the CA issued says of its holder; `not_after` is unix seconds."""

    serial: int
    not_after: int
    public_key: ec.EllipticCurvePublicKey


def issue_citizens_root(key: ec.EllipticCurvePrivateKey, network: str, *, now: int, serial: int) -> x509.Certificate:
    """Return the certificate of the CA for citizens' cards, valid ten years."""
    return issue_authority(key, _root_name(network), now=now, serial=serial)


def issue_citizen(
    ca_key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    public_key: ec.EllipticCurvePublicKey,
    network: str,
    *,
    now: int,
    serial: int,
) -> x509.Certificate:
    """Return a card's certificate, valid 400 days; it names nobody."""
    require_authority(ca, _root_name(network))
    name = subject(identifier(network), unit="citizens", name=f"{serial:x}")
    uri = x509.UniformResourceIdentifier(f"urn:mynumber:{network}:citizen:{serial:x}")
    return issue_leaf(ca_key, ca, Leaf(name, (uri,), (CLIENT,), public_key), now=now, serial=serial)


def holder_of(der: bytes, ca: x509.Certificate, *, now: int) -> Holder:
    """Return the holder of a certificate in DER that this CA issued and that counts now, or raise BadCertificate."""
    if len(der) > _MAX_DER:
        raise BadCertificate("a card's certificate is not so long")
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.verify_directly_issued_by(ca)
        public_key = require_p256(certificate.public_key())
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except (*UNREADABLE, InvalidSignature) as problem:
        raise BadCertificate("this is no certificate of a card of this register") from problem
    if not begins.timestamp() <= now <= ends.timestamp():
        raise BadCertificate("the card's certificate has ended", hint="have a new card made")
    return Holder(certificate.serial_number, int(ends.timestamp()), public_key)


def sign(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return the card's signature over data: ECDSA with SHA-256, as DER."""
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def check_signature(public_key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> None:
    """Return if the card made this signature over data, else raise BadCertificate."""
    try:
        public_key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as problem:
        raise BadCertificate("the signature is not this card's") from problem


def _root_name(network: str) -> x509.Name:
    return subject(identifier(network), name="mynumber citizens root")
