"""Cards handed out at the register's own desk, while it is stopped or runs: number and four basic data, then a card.

  1. Read who applies; a mistake in one names it and repeats nothing of it.
  2. Make each card's key where the card is to be.
  3. Enter all certificates in one transaction.
  4. Write the cards.

If we crash between 3 and 4 there are certificates without cards; nobody has their keys, and the next card revokes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from mynumber.acquisition.basic import Basic, Reading
from mynumber.card import folder as card_folder
from mynumber.number.my_number import MyNumber
from mynumber.plumbing import config, database, keyfiles
from mynumber.plumbing.config import Listen
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import BadInput, WrongUse
from mynumber.register.citizens import cards
from mynumber.register.citizens.cards import Applicant, Authority
from mynumber.register.config import RegisterConfig
from mynumber.register.store import SCHEMA, Seals

_PAGES = "pages.crt"


class Holder(Basic, frozen=True, forbid_unknown_fields=False):
    """Who gets a card: a person as `register load` takes one, with the number; other members are let go."""

    number: str
    household: Reading = ""


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card to be made: for whom, in which folder, under which PIN."""

    holder: Holder = field(repr=False)
    folder: Path
    pin: str = field(repr=False)


class _Portal(msgspec.Struct, frozen=True):
    id: str
    network: str
    public: Listen


def read_holder(path: Path) -> Holder:
    """Return the person of a file with one JSON object, or raise an error that repeats nothing of it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Holder)
    except OSError as problem:
        raise WrongUse("NO_FILE", f"cannot read {path}", hint="name a file with one JSON object") from problem
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        # The problem's text may show a value; only the name of a member of ours is taken from it.
        member = next((name for name in Holder.__struct_fields__ if f"$.{name}`" in str(problem)), "")
    where = f"`{member}`" if member else str(path)
    raise BadInput("BAD_PERSON", f"{where} is not as docs/spec/register.md describes", hint="correct the file")


def hand_out(register: Path, portal: Path, wanted: Sequence[NewCard]) -> None:
    """Make cards for persons of the register; `register` and `portal` are the config.toml of each."""
    settings = config.load(register, RegisterConfig)
    door = _door(portal, settings.network)
    for each in wanted:
        card_folder.require_new(each.folder)
    # (1) Who applies, (2) their keys.
    keys = [card_folder.new_key() for _ in wanted]
    applicants = [
        Applicant(MyNumber(each.holder.number), _basic(each.holder), key.public_key())
        for each, key in zip(wanted, keys, strict=True)
    ]
    # (3) Certificates.
    place = register.parent
    clock = settings.clock.at(place)
    seals = Seals.of(keyfiles.read_secret(place / "keys" / "store.key"))
    authority = Authority.of(place, settings.network)
    store = Store(database.store_url(settings.store, place), SCHEMA.metadata, SCHEMA.version)
    try:
        issued = store.write_now(lambda c: cards.issue(c, seals, authority, applicants, now=clock.now()))
    finally:
        store.close()
    # (4) Cards.
    for each, key, certificate in zip(wanted, keys, issued, strict=True):
        card_folder.write(each.folder, key, certificate, pin=each.pin, door=door)


def _basic(holder: Holder) -> Basic:
    return Basic(name=holder.name, kana=holder.kana, birth=holder.birth, sex=holder.sex, address=holder.address)


def _door(portal: Path, network: str) -> dict[str, str]:
    told = config.load(portal, _Portal)
    if told.network != network:
        raise WrongUse("OTHER_NETWORK", f"{portal} is of another network than the register", hint="name its own portal")
    pages = (portal.parent / _PAGES).read_text(encoding="ascii")
    return {"id": told.id, "network": network, "url": told.public.url, "certificate": pages}
