"""The words of the pages: gettext catalogs in Japanese and English, and moments as Japan reads them.

Promises that a catalog is complete or fails loudly: a message that it lacks is our own fault and never an empty place.
Catalogs are read as `.po` files at the start, so that what a translator edits is what runs.
"""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.dates import format_datetime
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

from mynumber.plumbing.clock import in_japan
from mynumber.plumbing.errors import OwnFault
from mynumber.portal.config import Language

LANGUAGES: Final[tuple[Language, ...]] = ("ja", "en")
_MOMENT: Final[Mapping[Language, str]] = {"ja": "y年M月d日 H:mm", "en": "d MMMM y, HH:mm"}
_HOUR: Final[Mapping[Language, str]] = {"ja": "H:mm", "en": "HH:mm"}


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: Language
    _messages: gettext.NullTranslations = field(repr=False)

    def say(self, message: str, **parts: object) -> str:
        """Return a message with these parts in its places."""
        return self._messages.gettext(message).format(**parts)

    def count(self, message: str, number: int, **parts: object) -> str:
        """Return the form of a message that fits a number; the number stands in its place `number`."""
        return self._messages.ngettext(message, message, number).format(number=number, **parts)

    def moment(self, seconds: int) -> str:
        """Return date and time of day in Japan."""
        return format_datetime(in_japan(seconds), _MOMENT[self.language], locale=self.language)

    def hour(self, seconds: int) -> str:
        """Return the time of day in Japan."""
        return format_datetime(in_japan(seconds), _HOUR[self.language], locale=self.language)


class _Lacking(gettext.NullTranslations):
    """What is behind a catalog: nothing."""

    def gettext(self, message: str) -> str:
        raise OwnFault("NO_MESSAGE", f"a catalog lacks the message {message}", hint="add it to both languages")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002  # the base class gives the names
        return self.gettext(msgid1)


def catalog(language: Language) -> Catalog:
    """Return a language's catalog as it stands in the package."""
    text = (files("mynumber.portal.pages") / "locale" / f"{language}.po").read_bytes()
    return pofile.read_po(BytesIO(text), locale=language, abort_invalid=True)


@cache
def words(language: Language) -> Words:
    """Return the words of a language, read once."""
    compiled = BytesIO()
    mofile.write_mo(compiled, catalog(language))
    compiled.seek(0)
    messages = gettext.GNUTranslations(compiled)
    messages.add_fallback(_Lacking())
    return Words(language, messages)
