"""`mynumber card`: a citizen's card, with a key in software until the chip is here."""

import sys
from pathlib import Path

import click

from mynumber.card import contents, signing
from mynumber.card import folder as card_folder
from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.exchange import signing_in
from mynumber.plumbing.errors import WrongUse
from mynumber.register.citizens import handing_out
from mynumber.register.citizens.handing_out import NewCard

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
card_option = click.option("--card", "place", type=_FOLDER, required=True, help="The card's folder.")
pin_option = click.option("--pin", help="The card's PIN. Without it the one in pins.toml.")


@click.group()
def card() -> None:
    """Have a card made, and sign in with it."""


@card.command()
@click.option("--register", type=_FILE, required=True, help="The register's config.toml.")
@click.option("--person", type=_FILE, required=True, help="JSON: number, name, kana, birth, sex, address.")
@click.option("--dir", "place", type=_FOLDER, required=True, help="An absent or empty folder for the card.")
@click.option(
    "--portal", type=_FILE, help="The portal's config.toml. Without it the one in portal/ beside the register."
)
@click.option("--pin", help="Four digits. Without it they are drawn.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@json_option
def new(
    *, register: Path, person: Path, place: Path, portal: Path | None, pin: str | None, debug: bool, as_json: bool
) -> None:
    """Make a card for who stands in the register with this number and these data; an older card counts no more."""
    with speaking(as_json=as_json, debug=debug):
        wanted = NewCard(handing_out.read_holder(person), place, pin or card_folder.new_pin())
        handing_out.hand_out(register, portal or _beside(register), [wanted])
    if as_json:
        print_json({"card": str(place)})
    else:
        note(f"The card is {place}. Its PIN is in {place / card_folder.PINS}: take it out and keep it apart.")


@card.command("sign-in")
@card_option
@click.option("--nonce", required=True, help="What the portal's page shows.")
@pin_option
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@json_option
def sign_in(*, place: Path, nonce: str, pin: str | None, debug: bool, as_json: bool) -> None:
    """Print the one text that goes into the portal's sign-in page. It holds no PIN and serves once."""
    with speaking(as_json=as_json, debug=debug):
        held = card_folder.load(place)
        text = signing.sign_in(held, signing_in.read_nonce(nonce), card_folder.pin_of(held, pin))
    if as_json:
        print_json({"portal": held.door.url, "text": text})
    else:
        note(f"Paste this at {held.door.url} and nowhere else:")
        say(text)


@card.command()
@card_option
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@json_option
def inspect(*, place: Path, debug: bool, as_json: bool) -> None:
    """List everything the card holds and what it is for; 1 if something lies there that has no place on a card."""
    with speaking(as_json=as_json, debug=debug):
        held = contents.inspect(place)
    if as_json:
        parts = [
            {"name": one.name, "bytes": one.size, "holds": one.holds, "purpose": one.purpose} for one in held.parts
        ]
        print_json({"files": parts, "strange": held.strange})
    else:
        for one in held.parts:
            say(f"{one.name:12} {one.size:5} bytes  {one.holds}: {one.purpose}")
        for name in held.strange:
            note(f"{name} has no place on a card")
    if held.strange:
        sys.exit(1)


def _beside(register: Path) -> Path:
    found = register.resolve().parent.parent / "portal" / "config.toml"
    if not found.is_file():
        raise WrongUse("NO_PORTAL", "no portal lies beside the register", hint="name its config.toml with --portal")
    return found
