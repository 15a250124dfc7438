"""The room `law`: what the statutes allow, as tables with a reference in every line.

Purpose: decide declared facts by the law data, and say why, in Japanese and English, with the articles.
Enters: words of the closed vocabularies of the law data, numbers, days.
Leaves: `Allowed`, `Refused` or `Undecidable`, each with its reason, lines and references; the rows of the signed table.
Must never see: a My Number, a code, a name or a person's data; it decides on facts and forms, never on digits.
Articles: My Number Act arts. 2, 9, 10, 15, 16, 19 to 22, 27, 28, 29-4, 34, 48 to 57, and the orders and rules under it.
Read first: asking/from_python.py, then deciding/ (one module a topic).

For other programs: `ask(topic, given)`, and `topics()`, `members(topic)`, `choices(topic, member)` to find what to ask;
docs/asking-the-law.md shows how.
"""

from typing import TYPE_CHECKING

from mynumber.law.rulings import Allowed, Decision, Refused, Text, Undecidable
from mynumber.law.statute import Law, current
from mynumber.plumbing.errors import WrongUse

if TYPE_CHECKING:
    from mynumber.law.asking.from_python import ask, choices, members, topics
else:

    def __getattr__(name: str) -> object:
        # The topics are loaded by who asks: institutions come here for rows and their wire names alone.
        if name not in {"ask", "choices", "members", "topics"}:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from mynumber.law.asking import from_python  # noqa: PLC0415

        return getattr(from_python, name)


__all__ = [
    "Allowed",
    "Decision",
    "Law",
    "Refused",
    "Text",
    "Undecidable",
    "WrongUse",
    "ask",
    "choices",
    "current",
    "members",
    "topics",
]
