"""What the data doubt; promises that whoever gets a decision is told of every doubt about a line that it used.

The doubts stand in `doubts.toml`: one sentence for lines written from memory, and one for each line that has its own.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from mynumber.law.rulings import Text


def with_doubts(explanation: Text, rows: Iterable[str], *, from_memory: bool) -> Text:
    """Return the explanation, followed by the doubts about the lines with these ids."""
    memory, lines = _doubts()
    said = [lines[row] for row in dict.fromkeys(rows) if row in lines]
    if from_memory:
        said.append(memory)
    if not said:
        return explanation
    return Text(
        ja="".join([explanation.ja, *(one.ja for one in said)]),
        en=" ".join([explanation.en, *(one.en for one in said)]),
    )


@cache
def _doubts() -> tuple[Text, Mapping[str, Text]]:
    written = tomllib.loads((files("mynumber.law.wording") / "doubts.toml").read_text(encoding="utf-8"))
    return _text(written["from_memory"]), {row: _text(said) for row, said in written["lines"].items()}


def _text(said: Mapping[str, str]) -> Text:
    return Text(ja=said["ja"], en=said["en"])
