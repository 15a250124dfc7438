"""Certificates of institutions: the ceremony turns a signing request into one node certificate of one network.

1. The institution makes a key and a request for `urn:mynumber:<network>:<id>` (`make_csr`).
2. The ceremony holds the network's root (`issue_root`), reads who asks (`check_csr`) and asks the people whether that
   party is to be in.
3. It issues for 400 days, as client and server (`issue_node`); the identity is the URI, never a host name.
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.pki.certificates import (
    CLIENT,
    SERVER,
    Leaf,
    issue_authority,
    issue_leaf,
    limited,
    require_authority,
    require_p256,
    subject,
)
from mynumber.pki.identity import UNREADABLE, BadCertificate, NodeIdentity, identifier, requested_identity


def make_csr(key: ec.EllipticCurvePrivateKey, network: str, party: str) -> bytes:
    """Return the PEM signing request of a node; its signature shows that the asker holds the key."""
    require_p256(key.public_key())
    uri = x509.UniformResourceIdentifier(NodeIdentity(network, party).uri())
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject(network, name=party))
    named = builder.add_extension(x509.SubjectAlternativeName([uri]), critical=False)
    request = named.sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    return request.public_bytes(serialization.Encoding.PEM)


def check_csr(pem: bytes) -> tuple[str, str, ec.EllipticCurvePublicKey]:
    """Return (network, party, public key) of a signing request, or raise BadCertificate.

    It must be signed by its own P-256 key and ask for one URI only; a wish for more is refused, not dropped.
    """
    try:
        request = x509.load_pem_x509_csr(limited(pem))
        signed, extensions, public = request.is_signature_valid, request.extensions, request.public_key()
    except UNREADABLE as problem:
        raise BadCertificate("no PEM signing request that can be read") from problem
    if not signed:
        raise BadCertificate("the signing request is not signed by its own key")
    wishes = [extension.value for extension in extensions]
    if len(wishes) != 1 or not isinstance(wishes[0], x509.SubjectAlternativeName):
        raise BadCertificate("a signing request asks for a subject alternative name and nothing else")
    network, party = requested_identity(wishes[0])
    return network, party, require_p256(public)


def issue_root(key: ec.EllipticCurvePrivateKey, network: str, *, now: int, serial: int) -> x509.Certificate:
    """Return a network's root certificate, valid ten years; the ceremony's folder alone holds its key."""
    return issue_authority(key, _root_name(network), now=now, serial=serial)


def issue_node(
    ca_key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, csr: bytes, *, now: int, serial: int
) -> x509.Certificate:
    """Return the node certificate for a signing request of the authority's own network, or raise BadCertificate."""
    network, party, public = check_csr(csr)
    require_authority(ca, _root_name(network))
    names = (x509.UniformResourceIdentifier(NodeIdentity(network, party).uri()),)
    leaf = Leaf(subject(network, name=party), names, (CLIENT, SERVER), public)
    return issue_leaf(ca_key, ca, leaf, now=now, serial=serial)


def _root_name(network: str) -> x509.Name:
    return subject(identifier(network), name="mynumber network root")
