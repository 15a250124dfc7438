"""What a word of a closed vocabulary means where the tables of the law do not explain it; `words/VOCABULARY.toml`."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from mynumber.law.rulings import Text


def meaning(vocabulary: str, word: str, otherwise: Text | None = None) -> Text:
    """Return what a word means; a word that nobody has explained is `otherwise`, or itself."""
    return explained(vocabulary).get(word) or otherwise or Text(ja=word, en=word)


def listed(texts: Iterable[Text]) -> Text:
    """Return several texts as one."""
    all_of_them = tuple(dict.fromkeys(texts))
    return Text(ja="、".join(one.ja for one in all_of_them), en="; ".join(one.en for one in all_of_them))


@cache
def explained(vocabulary: str) -> Mapping[str, Text]:
    """Return the words of a vocabulary that are explained here."""
    path = files("mynumber.law.wording") / "words" / f"{vocabulary}.toml"
    if not path.is_file():
        return {}
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    return {word: Text(ja=said["ja"], en=said["en"]) for word, said in written.items()}
