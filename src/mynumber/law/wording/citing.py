"""How a reference is cited in Japanese: `425AC0000000027 Art.19(8)` is 番号法第19条第8号.

Promises that a reference is cited whole or stays as it is written; never half of it. `n-m` is a branch number
(第n条のm), but after `Arts` alone, as in `Arts 6-8`, two articles and what lies between them.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mynumber.law.references import ACT
from mynumber.law.rulings import Text

_NUMBER = r"[0-9]+(?:-[0-9]+)*"
_ROMAN = (
    "",
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
    "xvii",
)
_KANA = "イロハニホヘト"
_BRACKETS = (
    rf"(?:\((?:[0-9]+(?:-[0-9]+)?|(?:{'|'.join(_ROMAN[1:])})(?:-[0-9]+)?|[a-{chr(ord('a') + len(_KANA) - 1)}])\))*"
)
_LAW = re.compile(r"(?P<law>[0-9]{3}[0-9A-Z]{12})\b ?")
_ROW = re.compile(
    rf"(?:Art\.(?P<article>{_NUMBER}) (?:table )?|(?P<appended>Appended Table ))?row (?P<row>{_NUMBER})"
    r"(?: provider (?P<provider>[0-9]+))?"
)
_ARTICLES = re.compile(
    r"(?P<suppl>suppl\. )?(?P<many>Arts?)[ .]*(?P<list>[0-9].*?)(?: item (?P<item>[0-9-]+)(?: \((?P<kana>[ア-ン])\))?)?"
)
_ONE = re.compile(
    rf"(?P<first>{_NUMBER})(?P<inside>{_BRACKETS})"
    rf"(?: to (?P<last>{_NUMBER})?(?P<until>{_BRACKETS}))?"
)
_SIMPLE = re.compile(rf"(?P<suppl>suppl\. )?Art\.(?P<article>{_NUMBER}{_BRACKETS})")
_LEVEL = re.compile(r"\(([^)]+)\)")


@dataclass(frozen=True, slots=True)
class _Law:
    name: str
    english: str = ""
    items_first: tuple[str, ...] = ()


@cache
def _laws() -> Mapping[str, _Law]:
    written = tomllib.loads((files("mynumber.law.wording") / "laws.toml").read_text(encoding="utf-8"))
    return {
        law: _Law(said["name"], said.get("english", ""), tuple(said.get("items_first", ())))
        for law, said in written.items()
    }


def citation(reference: str) -> Text:
    """Return a reference as people read it; in English as the tables write it, which `law explain` takes."""
    return Text(ja=cited(reference), en=reference)


def for_readers(reference: str) -> Text:
    """Return a reference without a law's number, for who looks nothing up by it; the rest stays as it is written."""
    named = _LAW.match(reference)
    law = _laws().get(named["law"]) if named else None
    simple = _SIMPLE.fullmatch(reference, named.end()) if named else None
    if law is None or simple is None or not law.english:
        return citation(reference)
    inside = "Supplementary Provisions, " if simple["suppl"] else ""
    return Text(ja=cited(reference), en=f"{law.english}, {inside}Article {simple['article']}")


@cache
def cited(reference: str) -> str:
    """Return how Japanese lawyers cite a reference; one of a law or form that is not known here stays as it is."""
    if not reference:
        return ""
    law, found = ACT, list[str]()
    for piece in reference.split(";"):
        text = piece.strip()
        named = _LAW.match(text)
        if named:
            law, text = named["law"], text[named.end() :]
        known = _laws().get(law)
        said = None if known is None else _piece(known, text)
        if known is None or said is None:
            # Words that name no provision, as `FAQ Q5-6`, stand by themselves; what belongs to a law goes with it.
            if named or _ARTICLES.match(text):
                return reference
            found.append(text)
        else:
            found.append(f"{known.name if named or not found else ''}{said}")
    return "、".join(found)


def _piece(law: _Law, text: str) -> str | None:
    if not text:
        return ""
    if row := _ROW.fullmatch(text):
        return _row(row)
    return _articles(law, match) if (match := _ARTICLES.fullmatch(text)) else None


def _row(row: re.Match[str]) -> str:
    table = "別表の" if row["appended"] else f"{_article(row['article'])}の表の" if row["article"] else "の"
    provider = f"（提供者の{row['provider']}番目）" if row["provider"] else ""
    return f"{table}{_branched('', row['row'], '')}の項{provider}"


def _articles(law: _Law, match: re.Match[str]) -> str | None:
    pieces = match["list"].split(", ")
    if match["many"] == "Arts" and len(pieces) == 1:
        pieces = [re.sub(r"^([0-9]+)-([0-9]+)$", r"\1 to \2", pieces[0])]
    ones = [_ONE.fullmatch(one) for one in pieces]
    said = "・".join(_one(law, one) for one in ones if one)
    if not all(ones):
        return None
    item = _branched("第", match["item"], "号") if match["item"] else ""
    return f"{'附則' if match['suppl'] else ''}{said}{item}{match['kana'] or ''}"


def _one(law: _Law, one: re.Match[str]) -> str:
    items = one["first"] in law.items_first
    said = _article(one["first"]) + _inside(_LEVEL.findall(one["inside"]), items=items)
    if one["last"] is None and not one["until"]:
        return said
    last = _article(one["last"]) if one["last"] else ""
    return f"{said}から{last}{_inside(_LEVEL.findall(one['until']), items=items)}まで"


def _inside(levels: Sequence[str], *, items: bool) -> str:
    """Cite what stands in brackets: `2` is a paragraph, `ii` an item, `b` a part of it; two of one kind are two."""
    said, before = "", ""
    for level in levels:
        kind, name = _level(level, items=items)
        said += f"{'・' if kind == before else ''}{name}"
        before = kind
    return said


def _level(level: str, *, items: bool) -> tuple[str, str]:
    number, _, branch = level.partition("-")
    if number.isdigit():
        return ("item", _branched("第", level, "号")) if items else ("paragraph", _branched("第", level, "項"))
    if number in _ROMAN:
        return "item", _branched("第", f"{_ROMAN.index(number)}{'-' if branch else ''}{branch}", "号")
    return "part", _KANA[ord(number) - ord("a")]


def _article(number: str) -> str:
    return _branched("第", number, "条")


def _branched(before: str, number: str, after: str) -> str:
    first, *branches = number.split("-")
    return f"{before}{first}{after}{''.join(f'の{one}' for one in branches)}"
