"""The certificates of one private CA: P-256 only, one level deep, valid for a stated time, nothing in them by default.

Promises that an authority signs only with its own key, under its own name and not beyond its own end. Keys, serial
numbers and the time are the caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from mynumber.pki.identity import UNREADABLE, BadCertificate
from mynumber.plumbing.errors import BadInput

CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
LEAF_DAYS = 400
ROOT_DAYS = 3650
# A peer whose clock is behind must not refuse a certificate that was just made.
BACKDATED = timedelta(hours=1)
_MAX_PEM = 16_384
# RFC 5280 section 4.1.2.2: positive, at most 20 octets.
_MAX_SERIAL = 2**159 - 1


@dataclass(frozen=True, slots=True)
class Leaf:
    """What an authority states about the holder of a key."""

    subject: x509.Name
    names: tuple[x509.GeneralName, ...]
    usages: tuple[ObjectIdentifier, ...]
    public_key: ec.EllipticCurvePublicKey = field(repr=False)


def subject(network: str, *, unit: str = "", name: str) -> x509.Name:
    """Return a distinguished name for people who read a certificate."""
    parts = [
        (NameOID.ORGANIZATION_NAME, network),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        (NameOID.COMMON_NAME, name),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def require_p256(key: object) -> ec.EllipticCurvePublicKey:
    """Return a P-256 public key, or raise BadCertificate for any other key."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadCertificate("TLS keys are on the curve P-256")
    return key


def issue_authority(key: ec.EllipticCurvePrivateKey, name: x509.Name, *, now: int, serial: int) -> x509.Certificate:
    """Return a self-signed CA certificate that may sign leaves but no further CA."""
    public = require_p256(key.public_key())
    builder = _dated(x509.CertificateBuilder(), now, serial, ROOT_DAYS).subject_name(name).issuer_name(name)
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_key_usage(authority=True), True),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False),
    )
    return _signed(builder.public_key(public), extensions, key)


def issue_leaf(
    ca_key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, leaf: Leaf, *, now: int, serial: int
) -> x509.Certificate:
    """Return a leaf certificate, valid 400 days; raise BadCertificate if key and CA do not belong together."""
    if ca_key.public_key() != ca.public_key():
        raise BadCertificate("the key is not the authority's")
    builder = _dated(x509.CertificateBuilder(), now, serial, LEAF_DAYS)
    if _instant(now) + timedelta(days=LEAF_DAYS) > ca.not_valid_after_utc:
        raise BadCertificate("the authority ends before the certificate would", hint="make a new authority")
    named = builder.subject_name(leaf.subject).issuer_name(ca.subject).public_key(require_p256(leaf.public_key))
    return _signed(named, _leaf_extensions(leaf, ca_key), ca_key)


def self_signed(key: ec.EllipticCurvePrivateKey, leaf: Leaf, *, now: int, serial: int) -> x509.Certificate:
    """Return a leaf certificate that its own key signs, valid 400 days: trusted only by who is given it."""
    if key.public_key() != leaf.public_key:
        raise BadCertificate("the key is not the holder's")
    builder = _dated(x509.CertificateBuilder(), now, serial, LEAF_DAYS)
    named = builder.subject_name(leaf.subject).issuer_name(leaf.subject).public_key(require_p256(leaf.public_key))
    return _signed(named, _leaf_extensions(leaf, key), key)


def _leaf_extensions(leaf: Leaf, signer: ec.EllipticCurvePrivateKey) -> Sequence[tuple[x509.ExtensionType, bool]]:
    return (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(authority=False), True),
        (x509.ExtendedKeyUsage(leaf.usages), False),
        (x509.SubjectAlternativeName(leaf.names), False),
        (x509.SubjectKeyIdentifier.from_public_key(require_p256(leaf.public_key)), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(require_p256(signer.public_key())), False),
    )


def require_authority(ca: x509.Certificate, name: x509.Name) -> None:
    """Raise BadCertificate unless the certificate is the authority of that name."""
    if ca.subject != name:
        raise BadCertificate("the authority is another network's or another office's")


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def load_certificate(pem: bytes) -> x509.Certificate:
    """Return the one certificate of a PEM text, or raise BadCertificate."""
    try:
        found = x509.load_pem_x509_certificates(limited(pem))
    except UNREADABLE as problem:
        raise BadCertificate("no PEM certificate that can be read") from problem
    if len(found) != 1:
        raise BadCertificate("one certificate is expected, not a chain")
    return found[0]


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key as unencrypted PKCS#8 PEM; the file it goes to has mode 0600."""
    encoding, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, no_password)


def load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 private key of a PEM text, or raise BAD_KEY; the message says nothing of the key."""
    try:
        key = serialization.load_pem_private_key(limited(pem), password=None)
    except UNREADABLE as problem:
        raise BadInput("BAD_KEY", "no unencrypted PEM private key that can be read") from problem
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadInput("BAD_KEY", "TLS keys are on the curve P-256")
    return key


def limited(pem: bytes) -> bytes:
    """Return the PEM text if it is of a sane size."""
    if len(pem) > _MAX_PEM:
        raise BadCertificate(f"a PEM text has at most {_MAX_PEM} bytes")
    return pem


def _instant(now: int) -> datetime:
    return datetime.fromtimestamp(now, UTC)


def _dated(builder: x509.CertificateBuilder, now: int, serial: int, days: int) -> x509.CertificateBuilder:
    if not 0 < serial <= _MAX_SERIAL:
        raise BadCertificate("a serial number is 1 to 2^159-1")
    start = _instant(now)
    dated = builder.serial_number(serial).not_valid_before(start - BACKDATED)
    return dated.not_valid_after(start + timedelta(days=days))


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(
    builder: x509.CertificateBuilder,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)
