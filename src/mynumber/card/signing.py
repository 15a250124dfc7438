"""What the card makes when its holder signs in: a signature over one nonce, for the card's own portal only.

The statement that is signed names network, portal and nonce (PROTOCOL.md section 10, Portal), so that it is worth
nothing at another portal, and nothing a second time.
"""

from mynumber.card import folder
from mynumber.card.folder import Card
from mynumber.codes.permit import portal
from mynumber.exchange import signing_in
from mynumber.pki import citizens


def sign_in(card: Card, nonce: bytes, pin: str) -> str:
    """Return the one text that goes to the portal, or raise WRONG_PIN."""
    key = folder.unlock(card, pin)
    signature = citizens.sign(key, portal.sign_in_input(card.door.network, card.door.id, nonce))
    return signing_in.write(nonce, card.certificate, signature)
