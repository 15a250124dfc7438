"""What a decision of the law is: a value that says why, whichever way it went.

Promises that a "no" cannot be taken for a "yes": they are different types, and who needs leave to act asks for an
`Allowed`. What the data cannot decide is a third type, and nobody may act on it either.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name in both languages."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What every decision carries: `rows` are ids of the lines used, `references` begin with the one that decided.

    `penalty` names the offences of which all elements are given, `path` what the commission may do about a breach that
    is no offence (ids of the law data, several separated by `;` as in its cells); mostly both are empty.
    """

    reason: str
    rows: tuple[str, ...]
    references: tuple[str, ...]
    explanation: Text
    penalty: str = ""
    path: str = ""

    @property
    def article(self) -> str:
        """The reference that decided; empty where no line speaks of the case at all."""
        return self.references[0] if self.references else ""


@dataclass(frozen=True, slots=True)
class Allowed(Ruling):
    """The law allows it."""


@dataclass(frozen=True, slots=True)
class Refused(Ruling):
    """The law does not allow it; a result to be recorded, not an error."""


@dataclass(frozen=True, slots=True)
class Undecidable(Ruling):
    """The data do not say; a person reads the references. Until then nobody acts."""


Decision: TypeAlias = Allowed | Refused | Undecidable
