"""Reads the members of a question; promises that nothing unknown is passed over.

The question's type says what its members are: a word of a vocabulary (`Annotated[str, Words(...)]`), a word of a
`Literal`, a day, a whole number, a number, yes or no, a text, or a list of these (`tuple[..., ...]`). A member with a
default may be missing. A field that ends with `_` is the member without it (`from_` is `from`). What is missing, too
much, of another type or outside its vocabulary raises WrongUse.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Literal, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from mynumber.law.rulings import Text
from mynumber.law.statute import Law
from mynumber.law.wording.meaning import explained
from mynumber.law.words import Words, check, hint, vocabulary
from mynumber.plumbing.errors import WrongUse

QuestionT = TypeVar("QuestionT")

_LARGEST = 1e12


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a question: `kind` is the type of one value; its words are closed, from the law, or none."""

    field: str
    kind: type
    many: bool
    optional: bool
    closed: tuple[str, ...] = ()
    words: Words | None = None

    @property
    def name(self) -> str:
        """What the member is called by those who ask."""
        return self.field.removesuffix("_")

    def possible(self, law: Law) -> Mapping[str, Text]:
        """Return the words that the member can hold, with what they mean; none if it holds no words.

        A word that we explain stays possible when the last line that used it is amended: the question is then decided
        by the lines that are left, and not an error.
        """
        if self.words:
            return law.tables.once(self.words, partial(_possible, self.words, law))
        return {word: Text(ja="", en="") for word in self.closed}


def _possible(words: Words, law: Law) -> Mapping[str, Text]:
    known = {**explained(words.vocabulary), **vocabulary(law.tables, words.vocabulary)}
    return {**known, **{word: Text(ja="", en="") for word in words.also if word not in known}}


def members_of(question: type[object]) -> tuple[Member, ...]:
    """Return the members of a type of question, in their order."""
    return _members_of(cast("Hashable", question))


@cache
def _members_of(question: Hashable) -> tuple[Member, ...]:
    if not isinstance(question, type) or not is_dataclass(question):
        raise TypeError("a question is a dataclass")
    hints = get_type_hints(question, include_extras=True)
    return tuple(_member(one.name, hints[one.name], optional=one.default is not MISSING) for one in fields(question))


def read(question: type[QuestionT], given: object, law: Law) -> QuestionT:
    """Return the question that `given`, the members as YAML or JSON has them, asks."""
    known = members_of(question)
    case = entries(given, [one.name for one in known if not one.optional], [one.name for one in known])
    return question(**{one.field: _value(one, case[one.name], law) for one in known if one.name in case})


def entries(value: object, needed: Sequence[str], possible: Sequence[str]) -> Mapping[str, object]:
    """Return an object that has the members `needed`, and no others than those `possible`."""
    if not isinstance(value, dict):
        raise WrongUse("LAW_MEMBERS", "not an object with members", hint=f"members: {', '.join(possible)}")
    for name in needed:
        if name not in value:
            raise WrongUse("LAW_MEMBERS", f"without the member `{name}`", hint=f"needed: {', '.join(needed)}")
    for name in value:
        if name not in possible:
            raise WrongUse("LAW_MEMBERS", "a member that this topic does not have", hint=hint(str(name), possible))
    return value


def string(case: Mapping[str, object], name: str) -> str:
    """Return a text member."""
    value = case[name]
    if not isinstance(value, str):
        raise WrongUse("LAW_MEMBERS", f"`{name}` is not a text")
    return value


def strings(case: Mapping[str, object], name: str) -> Sequence[str]:
    """Return a member that is a list of texts."""
    value = case[name]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise WrongUse("LAW_MEMBERS", f"`{name}` is not a list of texts")
    return value


def _member(name: str, annotation: object, *, optional: bool) -> Member:
    if get_origin(annotation) in (UnionType, Union):
        annotation = next(one for one in get_args(annotation) if one is not NoneType)
    many = get_origin(annotation) is tuple
    if many:
        annotation = get_args(annotation)[0]
    words: Words | None = None
    if get_origin(annotation) is Annotated:
        annotation, words = get_args(annotation)
    if get_origin(annotation) is Literal:
        return Member(name, str, many, optional, closed=get_args(annotation))
    if isinstance(annotation, NewType):
        annotation = annotation.__supertype__
    if get_origin(annotation) is dict:
        annotation = dict
    if not isinstance(annotation, type) or annotation not in _READERS:
        raise TypeError(f"{name}: {annotation} is no kind of a member")
    return Member(name, annotation, many, optional, words=words)


def _value(member: Member, given: object, law: Law) -> object:
    if not member.many:
        return _one(member, given, law)
    if not isinstance(given, list):
        raise WrongUse("LAW_MEMBERS", f"`{member.name}` is not a list")
    return tuple(_one(member, one, law) for one in given)


def _one(member: Member, given: object, law: Law) -> object:
    if member.words and type(given) is int:
        # YAML reads a row without a branch number as an integer.
        given = str(given)
    value = _READERS[member.kind](member.name, given)
    if isinstance(value, str) and (member.closed or (member.words and not member.words.open)):
        check(member.name, value, member.possible(law))
    return value


def _text(name: str, given: object) -> str:
    return string({name: given}, name)


def _truth(name: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise WrongUse("LAW_MEMBERS", f"`{name}` is not true or false")
    return given


def _whole(name: str, given: object) -> int:
    if type(given) is not int:
        raise WrongUse("LAW_MEMBERS", f"`{name}` is not a whole number")
    return given


def _number(name: str, given: object) -> float:
    if type(given) not in (int, float) or not abs(given) < _LARGEST:  # type: ignore[arg-type]
        raise WrongUse("LAW_MEMBERS", f"`{name}` is not a number")
    return float(given)  # type: ignore[arg-type]


def _day(name: str, given: object) -> date:
    # `fromisoformat` takes other forms of ISO 8601 as well.
    if isinstance(given, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        with suppress(ValueError):
            return date.fromisoformat(given)
    raise WrongUse("LAW_MEMBERS", f"`{name}` is not a day, yyyy-mm-dd")


def _object(name: str, given: object) -> Mapping[str, object]:
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given):
        raise WrongUse("LAW_MEMBERS", f"`{name}` is not an object with members")
    return given


_READERS: Mapping[type, Callable[[str, object], object]] = {
    str: _text,
    bool: _truth,
    int: _whole,
    float: _number,
    date: _day,
    dict: _object,
}
