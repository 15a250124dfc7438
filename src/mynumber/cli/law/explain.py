"""`mynumber law explain`: everything that the law data hold about an article, an answer of the FAQ or a line."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

import click

import mynumber
from mynumber.cli.law.speaking import both, document, in_language, lang_option
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.law.asking.sentences import sentences_of
from mynumber.law.looking.articles import Found, about, by_table, counted, named_by
from mynumber.law.statute import current
from mynumber.law.wording.citing import citation

_SHOWN = 12
# The sentences are no part of what is installed; in a checkout they stand beside the tables.
_SENTENCES = Path(mynumber.__file__).parents[2] / "law" / "cases.yaml"


@click.command(name="explain")
@click.argument("article", nargs=-1, required=True)
@click.option("--cases", "sentences", type=click.File("r", encoding="utf-8"), help="Count these sentences.")
@lang_option
@json_option
def command(*, article: tuple[str, ...], sentences: IO[str] | None, lang: str, as_json: bool) -> None:
    """Tell everything about ARTICLE: 19, 19(8), 53-2, 506M60004008009 Art.2 row 107, Q5-9, P49.

    A bare number is an article of the My Number Act.

    Example: mynumber law explain 19(8)
    """
    with speaking(as_json=as_json):
        asked = " ".join(article)
        found = about(asked, current())
        because = _because(sentences)
        count = None if because is None else counted(named_by(asked, current()), because)
    if as_json:
        tables = {table: [_members(one) for one in lines] for table, lines in by_table(found).items()}
        print_json({"asked": asked, "found": tables} | ({} if count is None else {"cases": count}))
        return
    for table, lines in by_table(found).items():
        say(f"{table} ({len(lines)})")
        for one in lines[:_SHOWN]:
            say(f"  {one.key}  {in_language(one.name, lang)}")
            say(f"      {in_language(citation(one.reference), lang)}")
        if len(lines) > _SHOWN:
            say(f"  and {len(lines) - _SHOWN} more: --json, or mynumber law table {table}")
    if count is not None:
        say(f"sentences that rest on it: {count}")


def _because(stream: IO[str] | None) -> list[Sequence[str]] | None:
    """Return the references of each sentence, of a file or of the checkout; None where there is none."""
    if stream is None:
        if not _SENTENCES.is_file():
            return None
        with _SENTENCES.open(encoding="utf-8") as text:
            return _because(text)
    found = (case.get("because") if isinstance(case, dict) else None for case in sentences_of(document(stream)))
    return [one for one in found if isinstance(one, list)]


def _members(one: Found) -> dict[str, object]:
    return {"id": one.key, "name": both(one.name), "reference": one.reference, "row": dict(one.row)}
