"""Whether one office may have one item from another through the network; deny by default.

  1. The requester is in a line of the procedure.
  2. Provider and item stand together in a line of this requester.
  3. The detail article repeats the item.
  4. The line is in force on the day.
  5. The impact assessments of both files are published, or not due.
  6. The core's notice to the provider is valid.
  7. If it is said whose data is asked, the detail lines name that relation.

The first rule that applies decides. Lines are narrowed from rule to rule, so that a line that one rule has ruled out
cannot help with the next. Where the text was not normalised, rule 7 has no answer and says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeVar

from mynumber.law.deciding.concluding import conclude
from mynumber.law.deciding.paths import path_of
from mynumber.law.rulings import Allowed, Decision, Refused, Ruling, Undecidable
from mynumber.law.statute import (
    SEE_SOURCE,
    DetailLine,
    InfoId,
    Law,
    LinkageLine,
    ProcedureId,
    RelationId,
    RoleId,
    RowNo,
)
from mynumber.law.wording.explaining import NOBODY
from mynumber.law.words import Words

Assessment = Literal["published", "exempt", "unpublished"]
Notice = Literal["valid", "expired", "none"]

LINKAGE = "425AC0000000027 Art.19(8)"
PUBLISHED_ASSESSMENT = "425AC0000000027 Art.28(6)"
UNPUBLISHED = "link_without_published_pia"
NOTICE = "425AC0000000027 Arts 21(2), 22(1)"
NOTICE_IN_TIME = "426M60000008085 Art.41(3)"

_Kind = TypeVar("_Kind", bound=Ruling)


@dataclass(frozen=True, slots=True)
class LinkageQuestion:
    """One question to the linkage table; `row` narrows the procedure to one row, `subject` says whose data."""

    requester: Annotated[RoleId, Words("roles")]
    procedure: Annotated[ProcedureId, Words("procedures")]
    provider: Annotated[RoleId, Words("roles")]
    item: Annotated[InfoId, Words("information")]
    date: date
    pia_requester: Assessment
    pia_provider: Assessment
    notice: Notice
    row: Annotated[RowNo, Words("linkage_rows")] | None = None
    subject: Annotated[RelationId, Words("subject_relations")] | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """A question with the lines of its procedure; it turns a reason into a ruling."""

    law: Law
    asked: LinkageQuestion
    lines: tuple[LinkageLine, ...]

    def conclude(
        self,
        kind: type[_Kind],
        reason: str,
        left: Sequence[LinkageLine],
        decided_by: Sequence[str] = (),
        details: Sequence[DetailLine] = (),
        *,
        breach: str = "",
    ) -> _Kind:
        """Make the ruling; what decided is `decided_by`, else the rows of the lines left, else of the procedure."""
        references = (
            *decided_by,
            *_table_rows(left),
            *_table_rows(self.lines),
            *_detail_articles(self.lines),
            *((PUBLISHED_ASSESSMENT, NOTICE, NOTICE_IN_TIME) if self.lines else (LINKAGE,)),
        )
        law, asked = self.law, self.asked
        return conclude(
            kind,
            "linkage",
            reason,
            rows=(*(line.line for line in left), *(detail.line for detail in details)),
            references=references,
            path=path_of(breach, law) if breach else "",
            requester=law.roles[asked.requester],
            provider=law.roles[asked.provider],
            item=law.information[asked.item],
            procedure=law.procedures[asked.procedure],
            subject=law.relations[asked.subject] if asked.subject else NOBODY,
        )


def rule(question: LinkageQuestion, law: Law) -> Decision:
    """Decide the question; a word that the law data do not know raises WrongUse."""
    _check_words(law, question)
    lines = law.lines.get(question.procedure, ())
    case = _Case(law, question, tuple(line for line in lines if question.row in (None, line.row)))
    named = _lines_of_the_table(case)
    if isinstance(named, Refused):
        return named

    # (4) NOTE: stricter than the law, because the data begin on the day of the text that was read.
    left = [line for line in named if line.in_force(question.date)]
    if not left:
        return case.conclude(Refused, "not_in_force_on_date", named)
    if refusal := _rule_on_circumstances(case, left):
        return refusal

    # (7) Order arts 3 to 175-2: item by item, whose data it may be.
    if question.subject is None:
        return case.conclude(Allowed, "row_match", left)
    return _rule_on_subject(case, question.subject, left)


def _lines_of_the_table(case: _Case) -> list[LinkageLine] | Refused:
    item = case.asked.item
    # (1) Order 506M60004008009 art. 2, first and second column.
    of_requester = [line for line in case.lines if case.law.fits(case.asked.requester, line.requesters)]
    if not of_requester:
        return case.conclude(Refused, _without_requester(case), ())

    # (2) The same article, third and fourth column.
    named = [line for line in of_requester if _provides(case, line) and item in line.items]
    if not named:
        return case.conclude(Refused, _without_provider(case, of_requester), of_requester)

    # (3) The table allows only what its detail articles repeat (order arts 3 to 175-2).
    repeated = [line for line in named if item not in line.not_in_detail]
    if not repeated:
        return case.conclude(Refused, "named_in_table_but_not_in_detail_article", named, _detail_articles(named))
    return repeated


def _rule_on_circumstances(case: _Case, left: Sequence[LinkageLine]) -> Refused | None:
    # (5) My Number Act art. 28(6): while an assessment that is due is unpublished, nobody asks and nobody gives.
    if not {case.asked.pia_requester, case.asked.pia_provider} <= {"published", "exempt"}:
        return case.conclude(Refused, "assessment_unpublished", left, (PUBLISHED_ASSESSMENT,), breach=UNPUBLISHED)

    # (6) My Number Act art. 21(2), 22(1): the provider answers the notice of the core; MO art. 41(3): in its time.
    if case.asked.notice == "expired":
        return case.conclude(Refused, "notice_expired", left, (NOTICE_IN_TIME,))
    if case.asked.notice != "valid":
        return case.conclude(Refused, "no_notice_of_the_core", left, (NOTICE,))
    return None


def _rule_on_subject(case: _Case, subject: RelationId, left: Sequence[LinkageLine]) -> Decision:
    rows = dict.fromkeys(line.row for line in left)
    details = [detail for row in rows for detail in case.law.details.get((row, case.asked.item), ())]
    relations = {relation for detail in details for relation in detail.relations}
    articles = _detail_articles(left)
    # What was not normalised may name anybody: the data cannot say yes, and not no either.
    if not details or SEE_SOURCE in relations:
        return case.conclude(Undecidable, "read_the_source", left, articles, details)
    if subject not in relations:
        return case.conclude(Refused, "subject_not_in_detail", left, articles, details)
    return case.conclude(Allowed, "subject_in_detail", left, articles, details)


def _provides(case: _Case, line: LinkageLine) -> bool:
    return case.law.fits(case.asked.provider, line.providers)


def _without_requester(case: _Case) -> str:
    if any(_provides(case, line) or case.asked.item in line.items for line in case.lines):
        return "requester_not_in_row"
    return "procedure_has_no_such_row"


def _without_provider(case: _Case, of_requester: Iterable[LinkageLine]) -> str:
    lines = list(of_requester)
    of_provider = any(_provides(case, line) for line in lines)
    with_item = any(case.asked.item in line.items for line in lines)
    return "item_not_of_this_provider" if of_provider and not with_item else "provider_not_in_row"


def _table_rows(lines: Iterable[LinkageLine]) -> list[str]:
    return [line.table_row for line in lines]


def _detail_articles(lines: Iterable[LinkageLine]) -> list[str]:
    return [line.detail for line in lines]


def _check_words(law: Law, question: LinkageQuestion) -> None:
    law.known("requester", question.requester, law.roles)
    law.known("provider", question.provider, law.roles)
    law.known("procedure", question.procedure, law.procedures)
    law.known("item", question.item, law.information)
    if question.row is not None:
        law.known("row", question.row, law.procedure_of)
    if question.subject is not None:
        law.known("subject", question.subject, law.relations)
