"""Statements about cells of a line; promises that a claim is compared as text, and that no unknown word is compared.

A claim names columns with a value each. A column of whole numbers takes whole numbers; a column of words takes the
words that the law data use, and those that they could use (law/README.md).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mynumber.law.tables import Cells, parts
from mynumber.law.words import check, hint
from mynumber.plumbing.errors import WrongUse

_YES_NO = ("yes", "no")
_CONSENT = ("none", "opens", "only_with_danger", "grounds_only")
_PARTS_OF_A_PENALTY = ("imprisonment", "fine", "corporate_fine", "both", "abroad", "new_offence")
# A word stays possible when the last line that used it is amended: a claim of yesterday is then wrong, not unknown.
_POSSIBLE: Mapping[str, Sequence[str]] = {
    "both_possible": _YES_NO,
    "crimes_abroad": _YES_NO,
    "dual_penalty": _YES_NO,
    "general_both": _YES_NO,
    "my_number_both": _YES_NO,
    "general_abroad": _YES_NO,
    "my_number_abroad": _YES_NO,
    "effect": ("same", "stricter", "added", "not_applicable", "mixed"),
    "net": ("more", "equal", "less"),
    "consent_general": _CONSENT,
    "consent_my_number": _CONSENT,
    "heavier_in": _PARTS_OF_A_PENALTY,
    "equal_in": _PARTS_OF_A_PENALTY,
    "lighter_in": _PARTS_OF_A_PENALTY,
}
_NAMES_A_PENALTY = "penalty_id"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A table of which a claim speaks: its rows, the columns it may name, and the ids of the offences."""

    rows: Sequence[Cells]
    first: str
    last: str
    penalties: Collection[str]

    @property
    def columns(self) -> list[str]:
        """The columns from the first to the last."""
        names = list(self.rows[0])
        return names[names.index(self.first) : names.index(self.last) + 1]

    def otherwise(self, claim: Mapping[str, object], row: Cells) -> list[str]:
        """Return the columns in which the claim differs from the row; raise WrongUse if it claims nothing possible."""
        if not claim:
            raise WrongUse("LAW_MEMBERS", "`claim` says nothing", hint=f"columns: {', '.join(self.columns)}")
        for column in claim:
            if column not in self.columns:
                raise WrongUse("LAW_MEMBERS", "`claim` names a column that it cannot", hint=hint(column, self.columns))
        return [column for column, value in claim.items() if self._as_text(column, value) != row[column]]

    def _as_text(self, column: str, value: object) -> str:
        text = str(value) if type(value) is int else value
        if not isinstance(text, str):
            raise WrongUse("LAW_MEMBERS", f"`{column}` is neither a text nor a whole number")
        cells = {row[column] for row in self.rows}
        if column == _NAMES_A_PENALTY:
            known = {*self.penalties}
        elif column in _POSSIBLE:
            known = {*_POSSIBLE[column], *(part for cell in cells for part in parts(cell))}
        elif re.fullmatch(r"[0-9]*", text):
            return text
        else:
            raise WrongUse("LAW_MEMBERS", f"`{column}` is not a whole number")
        for part in parts(text):
            check(column, part, sorted(known))
        return text
