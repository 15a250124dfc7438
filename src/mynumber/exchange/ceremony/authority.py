"""The network's certificate authority: its key lies in the ceremony's folder alone, and signs nodes only.

1. At the first call, make the root for the network that is named.
2. Check each hand-in; the people at the ceremony decide whether that party is to be in, no program does.
3. Issue its certificate, valid 400 days, for `urn:mynumber:<network>:<id>`.
"""

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.exchange.ceremony import hand_ins
from mynumber.exchange.ceremony.hand_ins import HandIn
from mynumber.pki import certificates, nodes
from mynumber.plumbing import durable, keyfiles
from mynumber.plumbing.errors import WrongUse

ROOT = "network.crt"
_KEY = Path("keys", "root.key")


def certify(ceremony: Path, network: str, folders: Sequence[Path], *, now: int) -> tuple[HandIn, ...]:
    """Take hand-ins and issue their certificates; return what was taken."""
    # (1) The root.
    if not (ceremony / ROOT).exists():
        _found(ceremony, network, now)
    # (2) All hand-ins before the first certificate: one that is wrong stops the call.
    taken = tuple(hand_ins.keep(folder, ceremony, network) for folder in folders)
    # (3) Certificates.
    for hand_in in taken:
        path = certificate_of(ceremony, hand_in.id)
        path.parent.mkdir(exist_ok=True)
        durable.put(path, issue(ceremony, hand_in.csr, now=now))
    return taken


def issue(ceremony: Path, csr: bytes, *, now: int) -> bytes:
    """Return the certificate for a signing request, as PEM."""
    key = certificates.load_key(keyfiles.read_secret(ceremony / _KEY))
    root = certificates.load_certificate((ceremony / ROOT).read_bytes())
    return certificates.certificate_pem(nodes.issue_node(key, root, csr, now=now, serial=x509.random_serial_number()))


def certificate_of(ceremony: Path, party: str) -> Path:
    """Return where a party's certificate lies."""
    return ceremony / "certificates" / f"{party}.crt"


def network_of(ceremony: Path) -> str:
    """Return the network of a ceremony, as its root names it."""
    try:
        root = certificates.load_certificate((ceremony / ROOT).read_bytes())
    except OSError as problem:
        hint = "begin with `mynumber ceremony certificate`"
        raise WrongUse("NO_CEREMONY", f"{ceremony} is no ceremony's folder", hint=hint) from problem
    return str(root.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)[0].value)


def _found(ceremony: Path, network: str, now: int) -> None:
    """Make the root; a crash leaves a key without a certificate, which the next call refuses to replace."""
    key = ec.generate_private_key(ec.SECP256R1())
    root = nodes.issue_root(key, network, now=now, serial=x509.random_serial_number())
    ceremony.mkdir(parents=True, exist_ok=True)
    keyfiles.write_secret(ceremony / _KEY, certificates.key_pem(key))
    durable.put(ceremony / ROOT, certificates.certificate_pem(root))
