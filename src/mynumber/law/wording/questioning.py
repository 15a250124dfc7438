"""How a person is asked: promises a sentence for each member of a question, in the order in which it is asked.

The sentences of a topic stand in one file, `questions/TOPIC.toml`, with what the words of a member mean where neither
the law nor `words/` says so. A member may be passed over: `skip_when` another has this value, `skip_with` another that
was answered, `skip_without` one that was not. `needed`: once it is asked, it is answered. `only`: the words that the
lines of a table name that belong to an earlier answer.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from mynumber.law.rulings import Text

_RULES = ("needed", "single", "skip_when", "skip_with", "skip_without")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a claim can say: `takes` is `whole`, a vocabulary, words separated by `;`, or nothing at all."""

    name: Text
    takes: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Only:
    """Only the words in this column of the lines that belong to an earlier answer can be meant."""

    table: str
    where: str
    answer: str
    column: str


@dataclass(frozen=True, slots=True)
class Asking:
    """How one member is asked."""

    sentence: Text
    words: Mapping[str, Text] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    needed: bool = False
    single: bool = False
    only: Only | None = None
    skip_when: Mapping[str, object] = field(default_factory=dict)
    skip_with: str = ""
    skip_without: str = ""

    def skipped(self, given: Mapping[str, object]) -> bool:
        """Whether, after these answers, the member is passed over."""
        return (
            any(given.get(name) == value for name, value in self.skip_when.items())
            or self.skip_with in given
            or (self.skip_without != "" and self.skip_without not in given)
        )


@dataclass(frozen=True, slots=True)
class Questions:
    """What a topic is about, and how its members are asked."""

    about: Text
    members: Mapping[str, Asking]


@cache
def questions(topic: str) -> Questions:
    """Return how the questions of a topic are asked."""
    written = tomllib.loads((files("mynumber.law.wording") / "questions" / f"{topic}.toml").read_text(encoding="utf-8"))
    about = _text(written.pop("about"))
    return Questions(about, {name: _asking(said) for name, said in written.items()})


@cache
def phrases() -> Mapping[str, Text]:
    """Return what an interview says besides its questions."""
    written = tomllib.loads((files("mynumber.law.wording") / "interview.toml").read_text(encoding="utf-8"))
    return {name: _text(said) for name, said in written.items()}


def _asking(said: Mapping[str, Any]) -> Asking:
    parts = {
        name: Part(_text(one), one["takes"], many=one.get("many", False)) for name, one in said.get("parts", {}).items()
    }
    rules = {name: said[name] for name in _RULES if name in said}
    only = said.get("only")
    return Asking(
        sentence=_text(said),
        words={word: _text(meant) for word, meant in said.get("words", {}).items()},
        parts=parts,
        only=Only(only["table"], only["where"], only["is"], only["column"]) if only else None,
        **rules,
    )


def _text(said: Mapping[str, str]) -> Text:
    return Text(ja=said["ja"], en=said["en"])
