"""Who a certificate is for: exactly one URI among its alternative names, of exactly one form, or no identity at all.

    urn:mynumber:<network>:<id>                        a node: an institution's process towards other institutions
    urn:mynumber:<network>:<office>:officer:<name>     an officer, in the office's own small CA

Common names are for people who read; no decision looks at them. The chain is the TLS library's to check, before this.
A connection shows the same certificate at every call, so what was read is kept.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from mynumber.plumbing.errors import BadInput

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for bytes that are no certificate or request as they should be."""

_IDENTIFIER = re.compile("[a-z0-9-]{1,32}")
_NODE = re.compile("urn:mynumber:([a-z0-9-]{1,32}):([a-z0-9-]{1,32})")
_OFFICER = re.compile("urn:mynumber:([a-z0-9-]{1,32}):([a-z0-9-]{1,32}):officer:([a-z0-9-]{1,32})")


class BadCertificate(BadInput):
    """A certificate, a signing request or an identity in one is not what is accepted here."""

    def __init__(self, why: str, *, hint: str = "") -> None:
        """Say which rule failed."""
        super().__init__("BAD_CERTIFICATE", why, hint=hint)


class NodeIdentity(NamedTuple):
    """A party of a network."""

    network: str
    party: str

    def uri(self) -> str:
        """Return the SAN URI, or raise BadCertificate for what is no identifier."""
        return f"urn:mynumber:{identifier(self.network)}:{identifier(self.party)}"


class OfficerIdentity(NamedTuple):
    """An officer of an office."""

    network: str
    office: str
    officer: str

    def uri(self) -> str:
        """Return the SAN URI, or raise BadCertificate for what is no identifier."""
        return f"{NodeIdentity(self.network, self.office).uri()}:officer:{identifier(self.officer)}"


@lru_cache(maxsize=256)
def party_of(der: bytes) -> NodeIdentity:
    """Return (network, party) of a node certificate in DER, or raise BadCertificate."""
    return NodeIdentity(*_match(_NODE, _only_uri(_names(der)), "a node's"))


@lru_cache(maxsize=256)
def officer_of(der: bytes) -> OfficerIdentity:
    """Return (network, office, officer) of an officer's certificate in DER, or raise BadCertificate."""
    return OfficerIdentity(*_match(_OFFICER, _only_uri(_names(der)), "an officer's"))


def requested_identity(names: x509.SubjectAlternativeName) -> NodeIdentity:
    """Return the identity that a signing request asks for: one URI and no other name."""
    if len(list(names)) != 1:
        raise BadCertificate("a signing request names one URI and nothing else")
    return NodeIdentity(*_match(_NODE, _only_uri(names), "a node's"))


def identifier(text: str) -> str:
    """Return `text` if it is an identifier of PROTOCOL.md section 2, or raise BadCertificate."""
    if not _IDENTIFIER.fullmatch(text):
        raise BadCertificate("an identifier is 1 to 32 of a-z, 0-9 and -")
    return text


def _names(der: bytes) -> x509.SubjectAlternativeName:
    try:
        certificate = x509.load_der_x509_certificate(der)
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as problem:
        raise BadCertificate("the certificate has no subject alternative name") from problem
    except UNREADABLE as problem:
        raise BadCertificate("the certificate cannot be read") from problem


def _only_uri(names: x509.SubjectAlternativeName) -> str:
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    if len(uris) != 1:
        raise BadCertificate("an identity is exactly one URI")
    return uris[0]


def _match(form: re.Pattern[str], uri: str, whose: str) -> tuple[str, ...]:
    found = form.fullmatch(uri)
    if found is None:
        raise BadCertificate(f"the URI is not {whose}")
    return found.groups()
