"""Provisions of law as a citizen reads them: `425AC0000000027 Art.23(2)` is 番号利用法第23条第2項.

What has another form is shown as it stands, so that no provision disappears because nobody foresaw how it is cited.
"""

import re
from collections.abc import Mapping
from typing import Final

from mynumber.portal.pages.telling.words import Words

_LAWS: Final[Mapping[str, str]] = {
    "425AC0000000027": "law.act",
    "415AC0000000057": "law.privacy",
    "506M60004008009": "law.order",
}
_CITED: Final = re.compile(
    r"(?P<law>[0-9]{3}[0-9A-Z]{12}) (?P<suppl>suppl\. ?)?Art\. ?(?P<article>[0-9]+)(?:-(?P<branch>[0-9]+))?"
    r"(?:\((?P<paragraph>[0-9]+)\))?(?:\((?P<item>[ivx]+)\))?"
)
_ITEMS: Final = (
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
)


def provision(reference: str, words: Words) -> str:
    """Return a reference of the law data in the reader's language."""
    cited = _CITED.fullmatch(reference)
    if cited is None or cited["law"] not in _LAWS or (cited["item"] or "") not in _ITEMS:
        return reference
    law = words.say(_LAWS[cited["law"]])
    return _japanese(law, cited) if words.language == "ja" else _english(law, cited)


def _japanese(law: str, cited: re.Match[str]) -> str:
    article = f"第{cited['article']}条" + (f"の{cited['branch']}" if cited["branch"] else "")
    paragraph = f"第{cited['paragraph']}項" if cited["paragraph"] else ""
    item = f"第{_ITEMS.index(cited['item'])}号" if cited["item"] else ""
    return f"{law}{'附則' if cited['suppl'] else ''}{article}{paragraph}{item}"


def _english(law: str, cited: re.Match[str]) -> str:
    article = cited["article"] + (f"-{cited['branch']}" if cited["branch"] else "")
    inside = "".join(f"({part})" for part in (cited["paragraph"], cited["item"]) if part)
    return f"{law}, {'Supplementary Provisions, ' if cited['suppl'] else ''}Article {article}{inside}"
