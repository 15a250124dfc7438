"""The words that an answer can be, with what each means; promises that whoever knows no id finds a word by its name."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from mynumber.law.asking.members import Member
from mynumber.law.rulings import Text
from mynumber.law.statute import Law
from mynumber.law.tables import parts
from mynumber.law.wording.meaning import explained
from mynumber.law.wording.questioning import Asking, Part
from mynumber.law.words import VOCABULARIES, vocabulary

Choices = Mapping[str, Text]


def choices_of(member: Member, asking: Asking, law: Law, given: Mapping[str, object]) -> Choices:
    """Return the words that a member can hold after the answers `given`."""
    here = member.words.vocabulary if member.words else ""
    meant = {**explained(here), **asking.words}
    known = {word: _complete(text, meant.get(word)) for word, text in member.possible(law).items()}
    if asking.only is None or asking.only.answer not in given:
        return known
    rows = law.tables.cells(asking.only.table)
    lines = [row for row in rows if row[asking.only.where] == given[asking.only.answer]]
    named = {word for row in lines for word in parts(row[asking.only.column])}
    return {word: text for word, text in known.items() if word in named}


def choices_of_part(part: Part, law: Law) -> Choices:
    """Return the words that a part of a claim can hold."""
    if part.takes in VOCABULARIES:
        meant = explained(part.takes)
        return {word: _complete(text, meant.get(word)) for word, text in vocabulary(law.tables, part.takes).items()}
    cells = explained("cells")
    return {word: cells[word] for word in part.takes.split(";")}


def matching(answer: str, choices: Choices) -> Sequence[str]:
    """Return the words that somebody means who typed this: an id, a name, or all parts of one in either language.

    Names that have it as it was typed come before those that have its parts somewhere.
    """
    sought = plain(answer)
    exact = [word for word, name in choices.items() if sought in {plain(word), plain(name.ja), plain(name.en)}]
    if exact:
        return exact
    pieces = sought.split()
    names = {word: plain(f"{word} {name.ja} {name.en}") for word, name in choices.items()}
    found = [word for word, name in names.items() if pieces and all(piece in name for piece in pieces)]
    return sorted(found, key=lambda word: sought not in names[word])


def plain(text: str) -> str:
    """Return a text without what people type differently: width, case, blanks around it."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _complete(text: Text, meant: Text | None) -> Text:
    if meant is None:
        return text
    return Text(ja=text.ja or meant.ja, en=text.en or meant.en)
