"""The words of an inventory in both languages, and why a column counts as a My Number or does not.

Promises the law's own line for every column that names one; a meaning without a Japanese sentence stays English, which
a test does not let happen.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

from mynumber.law.tables import Tables

Lang: TypeAlias = Literal["en", "ja"]

_NEITHER: Mapping[Lang, str] = {
    "en": "no number, not made from one and not used in place of one (425AC0000000027 Art.2(9))",
    "ja": "番号ではなく、番号から作られず、番号に代えて用いられない（425AC0000000027 Art.2(9)）",
}


@cache
def japanese() -> Mapping[str, str]:
    """Return the Japanese sentence of each English one."""
    text = (files("mynumber.world.inventory") / "japanese.csv").read_text(encoding="utf-8")
    return {row["english"]: row["japanese"] for row in csv.DictReader(text.splitlines())}


def said(text: str, lang: Lang) -> str:
    """Return a sentence in a language."""
    return japanese().get(text, text) if lang == "ja" else text


@cache
def _equivalents() -> Mapping[str, Mapping[str, str]]:
    rows = Tables(files("mynumber.law") / "data").cells("number_equivalents")
    return {row["equivalent_id"]: row for row in rows}


def is_known(equivalent: str) -> bool:
    """Tell whether the law has this line; none at all is fine."""
    return not equivalent or equivalent in _equivalents()


def counts(equivalent: str) -> bool:
    """Tell whether a column counts as a My Number; what only an authority could free counts until it does."""
    return bool(equivalent) and _equivalents()[equivalent]["treat_as"] != "not_number"


def why(equivalent: str, lang: Lang) -> str:
    """Return why a column counts or does not, with the basis in law."""
    if not equivalent:
        return _NEITHER[lang]
    line = _equivalents()[equivalent]
    if lang == "ja":
        return f"{line['form_ja']}（{line['basis']}）"
    return f"{line['form_en']}: {line['reason_en']} ({line['basis']})"
