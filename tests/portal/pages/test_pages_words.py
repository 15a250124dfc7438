"""Both languages have every message with the same parts, and every message is said somewhere."""

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message

from mynumber.plumbing.errors import OwnFault
from mynumber.portal.pages import telling
from mynumber.portal.pages.telling.words import LANGUAGES, catalog, words

ROOM = Path(telling.__file__).parents[1]
# `_("...")`, `say("...")`, `count("...")`; what ends with a dot or holds a brace is completed when it runs.
SAID = re.compile(r"""(?:_|say|count)\(\s*f?["']([a-z.-]+(?:\{[a-z_.]+\})?[a-zA-Z.-]*)["']""")
COMPLETED = re.compile(r"""["']([a-z.-]+\.)["'] [+~]|f["']([a-z.-]+\.)\{|f["']\{(?:told|proof|limit)\}""")


def messages() -> dict[str, dict[str, Message]]:
    """Return language -> name -> message."""
    return {language: {_name(one): one for one in catalog(language) if one.id} for language in LANGUAGES}


def _name(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> list[str]:
    """Return every form of a message."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def parts(text: str) -> set[str]:
    """Return the places of a message."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_every_message_in_the_same_order() -> None:
    found = messages()
    assert list(found["ja"]) == list(found["en"])
    assert len(found["ja"]) > 100


@pytest.mark.parametrize("name", sorted(messages()["ja"]))
def test_a_message_says_something_with_the_same_parts_in_both(name: str) -> None:
    said = {language: forms(found[name]) for language, found in messages().items()}
    assert all(text.strip() for texts in said.values() for text in texts)
    assert {frozenset(parts(text)) for text in said["ja"]} == {frozenset(parts(text)) for text in said["en"]}


def test_a_japanese_message_is_in_japanese_and_an_english_one_is_not() -> None:
    japanese = re.compile(r"[぀-ヿ一-鿿]")
    allowed = {"site.language.ja", "site.language.en"}
    for name in messages()["ja"].keys() - allowed:
        assert all(japanese.search(text) for text in forms(messages()["ja"][name])), name
        assert not any(japanese.search(text) for text in forms(messages()["en"][name])), name


def used() -> tuple[set[str], set[str]]:
    """Return the messages that templates and code name, and the beginnings that they complete."""
    whole: set[str] = set()
    begun: set[str] = set()
    for path in (*ROOM.rglob("*.html"), *ROOM.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        whole |= {name for name in SAID.findall(text) if "{" not in name and not name.endswith(".")}
        whole |= set(re.findall(r"""["']([a-z]+\.[a-z]+)["']""", text)) & set(messages()["ja"])
        begun |= {first or second for first, second in COMPLETED.findall(text) if first or second}
    return whole, begun


def test_every_message_that_is_named_exists_and_every_message_is_named() -> None:
    whole, begun = used()
    names = set(messages()["ja"])
    assert whole - names == set()
    assert {name for name in names - whole if not name.startswith(tuple(begun))} == set()


def test_a_message_that_nobody_wrote_is_our_fault() -> None:
    for language in LANGUAGES:
        with pytest.raises(OwnFault):
            words(language).say("no.such.message")
        with pytest.raises(OwnFault):
            words(language).count("no.such.message", 2)


def test_moments_are_japans() -> None:
    assert words("ja").moment(1_767_193_200) == "2026年1月1日 0:00"
    assert words("en").moment(1_767_193_200) == "1 January 2026, 00:00"
    assert words("ja").hour(1_767_193_200 + 3 * 3600 + 60) == "3:01"


def test_numbers_have_their_forms() -> None:
    assert words("en").count("list.all", 1) == "There is 1 record."
    assert words("en").count("list.all", 2) == "There are 2 records."
    assert words("ja").count("list.all", 1) == "1件あります。"
