"""Reads the members of a question from YAML or JSON; promises that nothing unknown is passed over.

A member that is missing, too much, or of another type raises WrongUse, as does a value outside its vocabulary.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import get_args

from mynumber.law.linkage import Assessment, LinkageQuestion, Notice
from mynumber.law.statute import InfoId, ProcedureId, RelationId, RoleId, RowNo
from mynumber.plumbing.errors import WrongUse

_ASSESSMENTS: Mapping[str, Assessment] = {word: word for word in get_args(Assessment)}
_NOTICES: Mapping[str, Notice] = {word: word for word in get_args(Notice)}


def linkage_question(given: object) -> LinkageQuestion:
    """Return the question to the linkage table."""
    needed = ("requester", "procedure", "provider", "item", "date", "pia_requester", "pia_provider", "notice")
    case = members(given, needed, ("row", "subject"))
    return LinkageQuestion(
        requester=RoleId(string(case, "requester")),
        procedure=ProcedureId(string(case, "procedure")),
        provider=RoleId(string(case, "provider")),
        item=InfoId(string(case, "item")),
        date=day(case, "date"),
        pia_requester=_ASSESSMENTS[one_of(case, "pia_requester", _ASSESSMENTS)],
        pia_provider=_ASSESSMENTS[one_of(case, "pia_provider", _ASSESSMENTS)],
        notice=_NOTICES[one_of(case, "notice", _NOTICES)],
        row=_row(case["row"]) if "row" in case else None,
        subject=RelationId(string(case, "subject")) if "subject" in case else None,
    )


def _row(value: object) -> RowNo:
    # YAML reads a row without a branch number as an integer.
    return RowNo(str(value) if type(value) is int else string({"row": value}, "row"))


def members(value: object, needed: Sequence[str], optional: Sequence[str] = ()) -> Mapping[str, object]:
    """Return an object that has the members `needed` and no others than these and `optional`."""
    if not isinstance(value, dict):
        raise WrongUse("LAW_MEMBERS", "not an object with members")
    if missing := [name for name in needed if name not in value]:
        raise WrongUse("LAW_MEMBERS", f"without the member `{missing[0]}`")
    if len(value) > sum(name in value for name in (*needed, *optional)):
        raise WrongUse("LAW_MEMBERS", f"a member that is none of {', '.join((*needed, *optional))}")
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


def one_of(case: Mapping[str, object], name: str, vocabulary: Mapping[str, object]) -> str:
    """Return a text member that is a word of the vocabulary."""
    value = string(case, name)
    if value not in vocabulary:
        raise WrongUse("LAW_UNKNOWN_WORD", f"`{name}` is none of {', '.join(vocabulary)}")
    return value


def day(case: Mapping[str, object], name: str) -> date:
    """Return a member that is a day."""
    value = string(case, name)
    # `fromisoformat` takes other forms of ISO 8601 as well.
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise WrongUse("LAW_MEMBERS", f"`{name}` is not a day, yyyy-mm-dd")
