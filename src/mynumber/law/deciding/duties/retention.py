"""Whether the number in a document may be deleted, or kept, so many years after its period began (Act arts. 20, 29).

1. Delete: free where there is no duty to keep, else once the period has passed.
2. Keep: before the end of the period; after it only a record that may stay. Without a period the purpose decides, and
   the data cannot say how long that lasts.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeVar

from mynumber.law.deciding.concluding import conclude
from mynumber.law.rulings import Allowed, Decision, Refused, Ruling, Text, Undecidable
from mynumber.law.statute import Law
from mynumber.law.wording.meaning import meaning
from mynumber.law.words import Words, check_count

TOPIC = "retention"
KEEPING = "425AC0000000027 Arts 20, 29"

_Kind = TypeVar("_Kind", bound=Ruling)


@dataclass(frozen=True, slots=True)
class RetentionLine:
    """How long a document is kept, and what comes after."""

    TABLE: ClassVar[str] = "retention"
    retention_id: str
    document_en: str
    document_ja: str
    period_years: float | None
    starts_at: str
    duty: str
    after_period: str
    legal_basis: str
    source_status: str


@dataclass(frozen=True, slots=True)
class RetentionQuestion:
    """May the number in this document be deleted, or kept, now?"""

    retention: Annotated[str, Words("retention")]
    years_since_start: float
    action: Literal["delete", "keep"]


def rule(question: RetentionQuestion, law: Law) -> Decision:
    """Decide the question."""
    check_count("years_since_start", question.years_since_start)
    line = next(one for one in law.tables.lines(RetentionLine) if one.retention_id == question.retention)
    free = line.duty == "no_duty"
    if question.action == "delete" and free:
        return _conclude(Allowed, "no_duty", line)
    if free or line.period_years is None:
        return _conclude(Undecidable, "read_the_source", line)
    over = question.years_since_start >= line.period_years
    if question.action == "delete":
        return _conclude(Allowed, "over", line) if over else _conclude(Refused, "duty_to_keep", line)
    if not over:
        return _conclude(Allowed, "within", line)
    if line.after_period == "may_delete":
        return _conclude(Allowed, "may_keep", line)
    return _conclude(Refused, "delete_duty", line)


def _conclude(kind: type[_Kind], reason: str, line: RetentionLine) -> _Kind:
    years = f"{line.period_years or 0:g}"
    return conclude(
        kind,
        TOPIC,
        reason,
        rows=[line.retention_id],
        references=[line.legal_basis, KEEPING],
        from_memory=line.source_status == "memory",
        document=Text(ja=line.document_ja, en=line.document_en),
        years=Text(ja=years, en=years),
        start=meaning("period_starts", line.starts_at),
    )
