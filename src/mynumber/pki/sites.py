"""The certificate with which a listener for the public begins: signed by its own key, for its host and this machine.

Nobody trusts it but those who are given it. It lasts 400 days; a certificate of a public authority is to replace it.
"""

from ipaddress import IPv4Address, ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.pki.certificates import SERVER, Leaf, self_signed, subject

_THIS_MACHINE: tuple[x509.GeneralName, ...] = (x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1")))


def issue_own(key: ec.EllipticCurvePrivateKey, host: str, *, now: int, serial: int) -> x509.Certificate:
    """Return the self-signed server certificate of a host name or address; localhost and 127.0.0.1 are in it too."""
    named = _general_name(host)
    names = (*_THIS_MACHINE, *(() if named in _THIS_MACHINE else (named,)))
    leaf = Leaf(subject("mynumber", name=host), names, (SERVER,), key.public_key())
    return self_signed(key, leaf, now=now, serial=serial)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
