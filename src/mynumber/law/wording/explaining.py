"""The sentence of a reason; promises one in Japanese and one in English for every reason that a rule gives.

The sentences of a topic stand in one file, `reasons/TOPIC.toml`; those that any topic may add in `reasons/shared.toml`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from mynumber.law.rulings import Text
from mynumber.plumbing.errors import OwnFault

NOBODY = Text(ja="", en="")


def explain(topic: str, reason: str, **names: Text) -> Text:
    """Return the sentence of a reason of a topic, with these names in it."""
    try:
        sentence = sentences(topic)[reason]
    except KeyError as problem:
        raise OwnFault("LAW_WORDING", f"no sentence for {reason}", hint=f"complete reasons/{topic}.toml") from problem
    return Text(
        ja=sentence.ja.format(**{part: name.ja for part, name in names.items()}),
        en=sentence.en.format(**{part: name.en for part, name in names.items()}),
    )


def joined(*texts: Text) -> Text:
    """Return several sentences as one text."""
    return Text(ja="".join(one.ja for one in texts), en=" ".join(one.en for one in texts))


@cache
def sentences(topic: str) -> Mapping[str, Text]:
    """Return the sentences of a topic, by reason, with the names to put in still in braces."""
    written = (files("mynumber.law.wording") / "reasons" / f"{topic}.toml").read_text(encoding="utf-8")
    return {reason: Text(ja=text["ja"], en=text["en"]) for reason, text in tomllib.loads(written).items()}
