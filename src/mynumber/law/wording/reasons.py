"""The sentence of a reason; promises one in Japanese and one in English for every reason that a rule gives."""

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
        sentence = _sentences()[topic][reason]
    except KeyError as problem:
        raise OwnFault("LAW_WORDING", f"no sentence for {topic} {reason}", hint="complete reasons.toml") from problem
    return Text(
        ja=sentence.ja.format(**{part: name.ja for part, name in names.items()}),
        en=sentence.en.format(**{part: name.en for part, name in names.items()}),
    )


@cache
def _sentences() -> Mapping[str, Mapping[str, Text]]:
    written = tomllib.loads((files("mynumber.law.wording") / "reasons.toml").read_text(encoding="utf-8"))
    return {
        topic: {reason: Text(ja=text["ja"], en=text["en"]) for reason, text in reasons.items()}
        for topic, reasons in written.items()
    }
