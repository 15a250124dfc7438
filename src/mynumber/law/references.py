"""When two references name the same provision; promises that a reference covers exactly what it says.

`506M60004008009 Art.2 row 107`, `425AC0000000027 Arts 21(2), 22(1)`, `Arts 48 to 55-3`: several pieces stand one after
the other, `n-m` is a branch number, paragraphs and items in brackets do not count, a piece without a law takes the one
before, a bare article is of the Act. Everything else (FAQ, PPC guideline) is compared word by word.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

ACT = "425AC0000000027"

_LAW = re.compile(r"(?P<law>[0-9]{3}[0-9A-Z]{12})\b ?")
_ROW = re.compile(
    r"(?P<table>(?:Art\.[0-9-]+ (?:table )?|Appended Table )?row) (?P<number>[0-9-]+)(?: provider [0-9]+)?"
)
_ARTICLES = re.compile(r"Arts?[ .]*(?P<list>[0-9][^;]*?)(?: item .*)?")
_BRACKETS = re.compile(r"\([^)]*\)")
_NUMBER = re.compile(r"[0-9]+(?:-[0-9]+)*")

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


def _piece(law: str, text: str) -> Iterator[Provision]:
    if row := _ROW.fullmatch(text):
        number = _number(row["number"])
        yield Provision(law, row["table"].replace("table ", ""), number, number)
    elif articles := _ARTICLES.fullmatch(text):
        yield from _articles(law, _BRACKETS.sub("", articles["list"]))
    elif text:
        yield Provision("", text)
    else:
        yield Provision(law, "whole")


def _articles(law: str, text: str) -> Iterator[Provision]:
    for one in text.split(","):
        # `27(2) to (4)` has lost its brackets here and is one article.
        first, *last = _NUMBER.findall(one)
        yield Provision(law, "Art.", _number(first), _number(last[-1] if last else first))


def _number(text: str) -> Number:
    return tuple(map(int, text.split("-")))
