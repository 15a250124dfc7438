"""How an officer gets a certificate of the office's own CA; the key is made, and stays, where the officer works."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.pki import certificates, officers
from mynumber.pki.identity import UNREADABLE, BadCertificate, OfficerIdentity
from mynumber.plumbing import keyfiles


def certify(folder: Path, officer: OfficerIdentity, csr: str, *, now: int) -> tuple[str, str]:
    """Return (certificate, CA) as PEM for a signing request; `folder` is the gateway's."""
    key = certificates.load_key(keyfiles.read_secret(folder / "keys" / "office-ca.key"))
    authority = certificates.load_certificate((folder / "office-ca.crt").read_bytes())
    serial = x509.random_serial_number()
    issued = officers.issue_officer(key, authority, _requested_key(csr), officer, now=now, serial=serial)
    return _text(issued), _text(authority)


def _requested_key(csr: str) -> ec.EllipticCurvePublicKey:
    """Return the key of a request that is signed by it; whatever else it asks for does not count."""
    hint = "send a PEM signing request of a P-256 key"
    try:
        request = x509.load_pem_x509_csr(certificates.limited(csr.encode()))
        if not request.is_signature_valid:
            raise BadCertificate("the signing request is not signed by its own key")
        return certificates.require_p256(request.public_key())
    except BadCertificate as problem:
        raise BadCertificate(problem.message, hint=hint) from problem
    except UNREADABLE as problem:
        raise BadCertificate("no PEM signing request that can be read", hint=hint) from problem


def _text(certificate: x509.Certificate) -> str:
    return certificates.certificate_pem(certificate).decode("ascii")
