"""How every rule ends: a ruling with its reason in words, the lines used and the references, the deciding one first."""

from collections.abc import Iterable
from typing import TypeVar

from mynumber.law.rulings import Allowed, Refused, Ruling, Text
from mynumber.law.wording.explaining import explain

RulingT = TypeVar("RulingT", bound=Ruling)


def conclude(
    kind: type[RulingT], topic: str, reason: str, *, rows: Iterable[str], references: Iterable[str], **names: Text
) -> RulingT:
    """Make the ruling; `names` are put into the sentence of the reason."""
    return kind(
        reason=reason,
        rows=tuple(rows),
        references=tuple(dict.fromkeys(one for one in references if one)),
        explanation=explain(topic, reason, **names),
    )


def either(
    met: bool,
    topic: str,
    reasons: tuple[str, str],
    *,
    rows: Iterable[str],
    references: Iterable[str],
    **names: Text,
) -> Allowed | Refused:
    """Make the ruling of a rule with two ways: `reasons` are that of yes and that of no."""
    if met:
        return conclude(Allowed, topic, reasons[0], rows=rows, references=references, **names)
    return conclude(Refused, topic, reasons[1], rows=rows, references=references, **names)
