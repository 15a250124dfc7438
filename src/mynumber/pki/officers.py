"""An office's own small CA, which nobody else trusts: its officers as TLS clients and its office listener on loopback.

An officer's certificate opens nothing at other institutions: they trust the network's root, which never signs one. The
listener's certificate names localhost and 127.0.0.1, so that `curl --cacert` needs no further option.
"""

from ipaddress import IPv4Address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.pki.certificates import CLIENT, SERVER, Leaf, issue_authority, issue_leaf, require_authority, subject
from mynumber.pki.identity import NodeIdentity, OfficerIdentity, identifier


def issue_office_root(
    key: ec.EllipticCurvePrivateKey, office: NodeIdentity, *, now: int, serial: int
) -> x509.Certificate:
    """Return the certificate of an office's own CA, valid ten years."""
    return issue_authority(key, _root_name(office), now=now, serial=serial)


def issue_officer(
    ca_key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    public_key: ec.EllipticCurvePublicKey,
    officer: OfficerIdentity,
    *,
    now: int,
    serial: int,
) -> x509.Certificate:
    """Return an officer's client certificate of the office's own CA, or raise BadCertificate."""
    require_authority(ca, _root_name(NodeIdentity(officer.network, officer.office)))
    name = subject(officer.network, unit=officer.office, name=officer.officer)
    leaf = Leaf(name, (x509.UniformResourceIdentifier(officer.uri()),), (CLIENT,), public_key)
    return issue_leaf(ca_key, ca, leaf, now=now, serial=serial)


def issue_office_server(
    ca_key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    public_key: ec.EllipticCurvePublicKey,
    office: NodeIdentity,
    *,
    now: int,
    serial: int,
) -> x509.Certificate:
    """Return the server certificate of an office listener on loopback, or raise BadCertificate."""
    require_authority(ca, _root_name(office))
    names: tuple[x509.GeneralName, ...] = (
        x509.DNSName("localhost"),
        x509.IPAddress(IPv4Address("127.0.0.1")),
        x509.UniformResourceIdentifier(office.uri()),
    )
    leaf = Leaf(subject(office.network, unit=office.party, name="office listener"), names, (SERVER,), public_key)
    return issue_leaf(ca_key, ca, leaf, now=now, serial=serial)


def _root_name(office: NodeIdentity) -> x509.Name:
    return subject(identifier(office.network), unit=identifier(office.party), name="mynumber office root")
