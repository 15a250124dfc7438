"""What a citizen carries from the card to the portal: one line of base64url, made for one nonce of one portal.

The text holds nonce, certificate and signature and tells nobody's name. It is worth nothing but a session at that one
portal within 120 s, once, and nothing to who has not the nonce's browser: the listener binds the nonce to its cookie.
"""

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit.portal import NONCE_BYTES
from mynumber.codes.wire import B16, Blob, One
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import BadInput

_MAX_TEXT = 16 * 1024


class SignIn(wire.Payload, frozen=True):
    """What a card made: the certificate in DER and the signature over `portal.sign_in_input`."""

    v: One
    nonce: B16
    certificate: Blob
    signature: Blob


def write(nonce: bytes, certificate: bytes, signature: bytes) -> str:
    """Return the one text to paste."""
    made = SignIn(v=1, nonce=B16(nonce), certificate=Blob(certificate), signature=Blob(signature))
    return canonical.b64(canonical.encode(wire.plain(made)))


def read(text: str) -> SignIn:
    """Return what a pasted text holds, or raise BadInput; blanks and line ends around and in it are let go."""
    packed = "".join(text.split())
    try:
        if len(packed) > _MAX_TEXT:
            raise ProtocolError("BAD_ENCODING")
        return wire.read(wire.parse(wire.blob(packed)), SignIn)
    except ProtocolError as problem:
        hint = "copy the whole line that `mynumber card sign-in` printed"
        raise BadInput("BAD_SIGN_IN", "this is not the text that a card makes", hint=hint) from problem


def read_nonce(text: str) -> bytes:
    """Return the nonce that a portal shows, or raise BadInput."""
    try:
        return canonical.unb64("".join(text.split()), NONCE_BYTES)
    except canonical.NotCanonical as problem:
        raise BadInput("BAD_NONCE", "this is not a number that the portal shows", hint="copy it whole") from problem
