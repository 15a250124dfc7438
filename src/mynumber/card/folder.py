"""A card as a folder: its key behind a PIN, its certificate, and which portal it signs in at.

    card.key      P-256, encrypted under the PIN                card.crt     the certificate, which names nobody
    portal.toml   the portal: id, network, url, certificate     portal.crt   the certificate of the portal's pages
    pins.toml     the PIN, for test towns; take it out and keep it apart

NOTE: a PIN of four digits protects a chip that locks after three wrong ones; it protects a file from the curious only.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.pki import certificates
from mynumber.plumbing import config, keyfiles
from mynumber.plumbing.errors import Conflict, Refused, WrongUse

KEY, CERTIFICATE = "card.key", "card.crt"
DOOR, DOOR_CERTIFICATE = "portal.toml", "portal.crt"
PINS = "pins.toml"
_PIN_DIGITS = 4


class Door(config.Section, frozen=True, kw_only=True):
    """What `portal.toml` says of the portal; paths are relative to its folder."""

    id: str
    network: str
    url: str
    certificate: str


class Pins(config.Section, frozen=True, kw_only=True):
    """What `pins.toml` says."""

    sign_in: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it lies in its folder, the key still locked."""

    folder: Path
    certificate: bytes = field(repr=False)
    door: Door

    @property
    def authority(self) -> Path:
        """Where the certificate of the portal's pages lies."""
        return self.folder / self.door.certificate


def new_pin() -> str:
    """Return a PIN of four random digits."""
    return f"{int.from_bytes(os.urandom(8), 'big') % 10**_PIN_DIGITS:0{_PIN_DIGITS}d}"


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return the key of a new card."""
    return ec.generate_private_key(ec.SECP256R1())


def require_new(folder: Path) -> None:
    """Raise Conflict if a folder holds anything."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict("NOT_EMPTY", f"{folder} is not an empty folder", hint="choose another; a card is made once")


def write(
    folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, *, pin: str, door: Mapping[str, str]
) -> None:
    """Write a new card; `door` has id, network and url of its portal, and `certificate`, that of its pages as PEM."""
    _check_pin(pin)
    require_new(folder)
    keyfiles.write_secret(folder / KEY, _locked(key, pin))
    keyfiles.write_secret(folder / PINS, f'sign_in = "{pin}"\n'.encode("ascii"))
    (folder / CERTIFICATE).write_bytes(certificates.certificate_pem(certificate))
    (folder / DOOR_CERTIFICATE).write_text(door["certificate"], encoding="ascii")
    (folder / DOOR).write_text(_door(door), encoding="utf-8")


def load(folder: Path) -> Card:
    """Return the card of a folder, or raise WrongUse."""
    if not (folder / DOOR).is_file() or not (folder / CERTIFICATE).is_file():
        raise WrongUse("NO_CARD", f"{folder} holds no card", hint="name a folder that `mynumber card new` made")
    certificate = certificates.load_certificate((folder / CERTIFICATE).read_bytes())
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Card(folder, der, config.load(folder / DOOR, Door))


def pin_of(card: Card, given: str | None) -> str:
    """Return the PIN that was given, else that of `pins.toml`, or raise WrongUse if there is neither."""
    if given is not None:
        return given
    path = card.folder / PINS
    kept = config.load(path, Pins).sign_in if path.is_file() else ""
    if not kept:
        raise WrongUse("NO_PIN", f"{path} has no PIN", hint="give it with --pin")
    return kept


def unlock(card: Card, pin: str) -> ec.EllipticCurvePrivateKey:
    """Return the card's key, or raise WRONG_PIN, which repeats nothing of the PIN."""
    sealed = keyfiles.read_secret(card.folder / KEY)
    try:
        key = serialization.load_pem_private_key(certificates.limited(sealed), password=pin.encode())
    except (ValueError, TypeError) as problem:
        raise Refused("WRONG_PIN", "the PIN is not this card's", hint="try again; nobody else ever asks for it") from (
            problem
        )
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise WrongUse("BAD_KEY", f"{KEY} is not a card's key", hint="have a new card made")
    return key


def _check_pin(pin: str) -> None:
    if not (pin.isascii() and pin.isdigit() and len(pin) == _PIN_DIGITS):
        raise WrongUse("BAD_PIN", f"a PIN is {_PIN_DIGITS} digits", hint="choose another")


def _locked(key: ec.EllipticCurvePrivateKey, pin: str) -> bytes:
    under = serialization.BestAvailableEncryption(pin.encode("ascii"))
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, under)


def _door(door: Mapping[str, str]) -> str:
    return f"""\
# The portal at which this card signs in; paths are relative to this folder.
id = "{door["id"]}"
network = "{door["network"]}"
url = "{door["url"]}"
certificate = "{DOOR_CERTIFICATE}"
"""
