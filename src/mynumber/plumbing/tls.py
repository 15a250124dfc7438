"""Mutual TLS 1.3: contexts that check who the other side is before a byte of a message is sent.

Identity is a URI in the certificate, which host name checking cannot see. So it is off, and a client context takes a
check of its own that runs at the end of every handshake: a peer that is trusted but is another party ends there.
"""

import ssl
from collections.abc import Callable
from pathlib import Path

from mynumber.plumbing.errors import WrongUse

CheckPeer = Callable[[bytes], None]


def _load(context: ssl.SSLContext, *, chain: Path, key: Path, trusted: Path) -> None:
    try:
        context.load_cert_chain(chain, key)
        context.load_verify_locations(trusted)
    except (OSError, ssl.SSLError) as problem:
        raise WrongUse(
            "BAD_CERTIFICATE", f"{chain.name} with its key or {trusted.name} does not load", hint="repeat the ceremony"
        ) from problem


def server_context(*, chain: Path, key: Path, trusted: Path) -> ssl.SSLContext:
    """Return a server context that asks for a client certificate.

    A certificate that `trusted` did not issue ends in the handshake. None at all is let through to the routes, which
    show strangers only what the public may read; a route that needs a party answers 403.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_OPTIONAL
    context.num_tickets = 0  # a resumed session may show no certificate
    _load(context, chain=chain, key=key, trusted=trusted)
    return context


def public_context(*, chain: Path, key: Path) -> ssl.SSLContext:
    """Return the server context of a listener for browsers, who show no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(chain, key)
    except (OSError, ssl.SSLError) as problem:
        hint = "put a certificate and its key there that belong together"
        raise WrongUse("BAD_CERTIFICATE", f"{chain.name} with its key does not load", hint=hint) from problem
    return context


def client_context(*, chain: Path, key: Path, trusted: Path, check: CheckPeer) -> ssl.SSLContext:
    """Return a client context whose handshakes end with `check(certificate in DER)`, which raises to refuse."""

    class CheckedObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            check(self.getpeercert(binary_form=True) or b"")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.sslobject_class = CheckedObject
    _load(context, chain=chain, key=key, trusted=trusted)
    return context
