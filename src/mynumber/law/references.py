"""When two references name the same provision; promises that a reference covers exactly what it says.

`506M60004008009 Art.2 row 107`, `425AC0000000027 Arts 21(2), 22(1)`, `Arts 48 to 55-3`: several pieces stand one after
the other, `n-m` is a branch number, paragraphs and items in brackets do not count, a piece without a law takes the one
before, a bare article is of the Act. Everything else (FAQ, PPC guideline) is compared word by word.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

ACT = "425AC0000000027"

_NUMBER = r"[0-9]+(?:-[0-9]+)*"
_LAW = re.compile(r"(?P<law>[0-9]{3}[0-9A-Z]{12})\b ?")
_ROW = re.compile(
    rf"(?P<table>(?:Art\.{_NUMBER} (?:table )?|Appended Table )?row) (?P<number>{_NUMBER})(?: provider [0-9]+)?"
)
_ARTICLES = re.compile(r"Arts?[ .]*(?P<list>[0-9].*?)(?: item .*)?")
_BRACKETS = re.compile(r"\([^)]*\)")
# `27(2) to (4)` has lost its brackets here; what follows `to` is then empty, and it is one article.
_ARTICLE = re.compile(rf"(?P<first>{_NUMBER})(?: to(?: (?P<last>{_NUMBER}))?)?")

Number: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Provision:
    """Articles or rows `first` to `last` of a law; `kind` tells rows of different tables apart, and free words."""

    law: str
    kind: str
    first: Number = ()
    last: Number = ()

    def covers(self, other: "Provision") -> bool:
        """Whether all of `other` lies inside this provision."""
        same = (self.law, self.kind) == (other.law, other.kind)
        return same and self.first <= other.first and other.last <= self.last


def among(wanted: str, references: Iterable[str]) -> bool:
    """Whether every provision that `wanted` names is covered by one of the references."""
    held = [provision for reference in references for provision in parse(reference)]
    return all(any(one.covers(asked) for one in held) for asked in parse(wanted))


@cache
def parse(reference: str) -> tuple[Provision, ...]:
    """Return the provisions that a reference names; never none."""
    found: list[Provision] = []
    law = ACT
    for piece in reference.split(";"):
        text = piece.strip()
        if named := _LAW.match(text):
            law, text = named["law"], text[named.end() :]
        found += _piece(law, text)
    return tuple(found)


def _piece(law: str, text: str) -> list[Provision]:
    if not text:
        return [Provision(law, "whole")]
    if row := _ROW.fullmatch(text):
        number = _number(row["number"])
        return [Provision(law, row["table"].replace("table ", ""), number, number)]
    if articles := _ARTICLES.fullmatch(text):
        named = [_ARTICLE.fullmatch(one.strip()) for one in _BRACKETS.sub("", articles["list"]).split(",")]
        if all(named):
            return [
                Provision(law, "Art.", _number(one["first"]), _number(one["last"] or one["first"]))
                for one in named
                if one
            ]
    return [Provision("", text)]


def _number(text: str) -> Number:
    return tuple(map(int, text.split("-")))
