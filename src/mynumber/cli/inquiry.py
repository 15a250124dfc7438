"""`mynumber inquiry`: fetches what came of an inquiry, as the object of DOORS or for people."""

import sys
from pathlib import Path

import click
import msgspec

from mynumber.cli.officers_options import as_option
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient, segment

lang_option = click.option(
    "--lang", type=click.Choice(["ja", "en"]), default="en", help="Language of sentences of the law."
)
_EXIT = {"answered": 0, "refused": 1, "pending": 3}
_CLASSES = {
    "nothing-held": "nothing held",
    "not-available": "not available",
    "pending": "no answer yet",
}


@click.command()
@click.argument("inquiry_id", metavar="ID")
@as_option
@lang_option
@json_option
def inquiry(*, inquiry_id: str, folder: Path, lang: str, as_json: bool) -> None:
    """Fetch an inquiry by its ID: 0 answered, 1 refused, 3 pending."""
    with speaking(as_json=as_json):
        client = OfficeClient.of(folder, lang)
        found = client.call("GET", f"/inquiries/{segment(inquiry_id)}", api.ShownInquiry)
    finish(found, folder, as_json=as_json)


def finish(found: api.ShownInquiry, folder: Path, *, as_json: bool) -> None:
    """Print an inquiry and end with the exit status of its state."""
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        _tell(found, folder)
    sys.exit(_EXIT[found.state])


def _tell(found: api.ShownInquiry, folder: Path) -> None:
    if isinstance(found.refusal, api.Problem):
        refusal = found.refusal
        article = f" ({refusal.article})" if refusal.article else ""
        say(f"inquiry {found.id} was refused: {refusal.message} [{refusal.code}]{article}")
        say(f"hint: {refusal.hint}")
    elif found.state == "pending":
        party = f", waiting for {found.waiting_for}" if found.waiting_for else ""
        say(f"inquiry {found.id} is pending{party}")
        say(f"fetch it later: mynumber inquiry {found.id} --as {folder}")
    else:
        say(f"inquiry {found.id} is answered under permit {found.permit}")
        for entry in found.entries:
            _tell_entry(entry)


def _tell_entry(entry: api.ShownEntry) -> None:
    if entry.class_ != "data":
        say(f"{entry.person}: {_CLASSES[entry.class_]}")
        return
    say(f"{entry.person}:")
    for item, rows in entry.data.items():
        say(f"  {item}: {'' if rows else 'nothing held'}".rstrip())
        for row in rows:
            say("    " + ", ".join(f"{column} {'-' if value is None else value}" for column, value in row.items()))
