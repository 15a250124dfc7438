"""How every rule ends: a ruling with its reason in words, the lines used and the references, the deciding one first.

What the data doubt about the lines used is added to the explanation, here and nowhere else.
"""

from collections.abc import Iterable
from typing import TypeVar

from mynumber.law.rulings import Allowed, Refused, Ruling, Text
from mynumber.law.wording.doubting import with_doubts
from mynumber.law.wording.explaining import explain, joined

RulingT = TypeVar("RulingT", bound=Ruling)


def conclude(
    kind: type[RulingT],
    topic: str,
    reason: str,
    *,
    rows: Iterable[str],
    references: Iterable[str],
    from_memory: bool = False,
    sentence: str = "",
    penalty: str = "",
    path: str = "",
    **names: Text,
) -> RulingT:
    """Make the ruling; `names` are put into the sentence of the reason; `from_memory`: a line used was not verified.

    `sentence` names another sentence of the topic, where one reason is said in several ways.
    """
    used = tuple(rows)
    said = [explain(topic, sentence or reason, **names)]
    if path:
        said.append(explain("shared", "path"))
    return kind(
        reason=reason,
        rows=used,
        references=tuple(dict.fromkeys(one for one in references if one)),
        explanation=with_doubts(joined(*said), used, from_memory=from_memory),
        penalty=penalty,
        path=path,
    )


def either(
    met: bool,
    topic: str,
    reasons: tuple[str, str],
    *,
    rows: Iterable[str],
    references: Iterable[str],
    from_memory: bool = False,
    path: str = "",
    **names: Text,
) -> Allowed | Refused:
    """Make the ruling of a rule with two ways: `reasons` are that of yes and that of no; `path` is of the no."""
    kind: type[Allowed | Refused] = Allowed if met else Refused
    reason = reasons[0] if met else reasons[1]
    return conclude(
        kind,
        topic,
        reason,
        rows=rows,
        references=references,
        from_memory=from_memory,
        sentence="",
        penalty="",
        path="" if met else path,
        **names,
    )
