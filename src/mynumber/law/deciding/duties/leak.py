"""Whether a leak is reported as it must be (Act art. 29-4, PPC rule 427M60020000005); deny by default.

  1. Classes: enough persons, and what the class is about. Data under advanced encryption are in none.
  2. In no class: nothing is to be reported. In a class and no report: the first class says why.
  3. The final report comes by the day of the longest period of the classes, the day of knowledge being day 1.
  4. The report and the notice to the persons, if it is said what stands in them, have all their items.

A last day on which public offices are closed moves to the next open one: `deadlines.py` counts on the calendar.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeVar

from mynumber.law.deciding.concluding import conclude
from mynumber.law.deciding.paths import path_of
from mynumber.law.rulings import Allowed, Decision, Refused, Ruling, Text
from mynumber.law.statute import Law
from mynumber.law.wording.meaning import listed
from mynumber.law.words import Words, check_count

TOPIC = "leak"
REPORT = "427M60020000005 Arts 2, 3, 5"
BREACH = "no_leak_report"
# The items of the rule; one that a report need not have any more is still an item.
ITEM_NUMBERS = tuple(map(str, range(1, 10)))

_Kind = TypeVar("_Kind", bound=Ruling)


@dataclass(frozen=True, slots=True)
class LeakClass:
    """A class of leaks that must be reported."""

    TABLE: ClassVar[str] = "leak_reports"
    class_id: str
    class_ja: str
    class_en: str
    min_persons: int
    applies_to: frozenset[str]
    final_report_days: int
    legal_basis: str


@dataclass(frozen=True, slots=True)
class ReportItem:
    """What a report, or the notice to the person, must say."""

    TABLE: ClassVar[str] = "leak_report_items"
    item_no: str
    name_en: str
    name_ja: str
    in_report: bool
    in_notice_to_person: bool
    source: str


@dataclass(frozen=True, slots=True)
class LeakQuestion:
    """Is this report, or its absence, right? `final_report_day` counts from the day of knowledge, which is day 1."""

    system: Literal["network", "user_body_system", "public_related_system", "private_related_system"]
    persons: int
    wrongful_purpose: bool
    visible_to_unspecified_many: bool
    advanced_encryption: bool
    action: Literal["report", "no_report"]
    final_report_day: int | None = None
    report_items: tuple[Annotated[str, Words("leak_report_items", also=ITEM_NUMBERS)], ...] | None = None
    notice_items: tuple[Annotated[str, Words("leak_report_items", also=ITEM_NUMBERS)], ...] | None = None


def _in_its_system(question: LeakQuestion, line: LeakClass) -> bool:
    return not line.applies_to.isdisjoint({"any", question.system})


# What a class is about besides the number of persons (rule 427M60020000005 art. 2); a class not named is about systems.
_ABOUT: Mapping[str, Callable[[LeakQuestion, LeakClass], bool]] = {
    "LK2": lambda question, _line: question.wrongful_purpose,
    "LK3": lambda question, _line: question.visible_to_unspecified_many,
    "LK4": lambda _question, _line: True,
}


def rule(question: LeakQuestion, law: Law) -> Decision:
    """Decide the question."""
    check_count("persons", question.persons)
    if question.final_report_day is not None:
        check_count("final_report_day", question.final_report_day, least=1)
    classes = classes_of(question, law)
    if not classes:
        return conclude(Allowed, TOPIC, "not_reportable", rows=(), references=[REPORT])
    if question.action == "no_report":
        reason = f"must_report:{classes[0].class_id}"
        return _conclude(Refused, reason, classes, sentence="must_report", path=path_of(BREACH, law))
    days = max(line.final_report_days for line in classes)
    if question.final_report_day is not None and question.final_report_day > days:
        return _conclude(Refused, "late", classes)
    return _with_items(question, classes, law.tables.lines(ReportItem))


def classes_of(question: LeakQuestion, law: Law) -> Sequence[LeakClass]:
    """Return the classes in which a leak is, in the order of the law."""
    if question.advanced_encryption:
        return ()
    return [
        line
        for line in law.tables.lines(LeakClass)
        if question.persons >= line.min_persons and _ABOUT.get(line.class_id, _in_its_system)(question, line)
    ]


def _with_items(question: LeakQuestion, classes: Sequence[LeakClass], items: Iterable[ReportItem]) -> Decision:
    given = (("report_item_missing", question.report_items), ("notice_item_missing", question.notice_items))
    for (reason, said), wanted in zip(given, _wanted(items), strict=True):
        missing = [item for item in wanted if said is not None and item.item_no not in said]
        if missing:
            return _conclude(Refused, reason, classes, missing=missing)
    # Without a day nothing is late; the sentence says until when, and that nobody said the day.
    sentence = "in_time_if_soon" if question.final_report_day is None else "in_time"
    return _conclude(Allowed, "in_time", classes, sentence=sentence)


def _wanted(items: Iterable[ReportItem]) -> tuple[list[ReportItem], list[ReportItem]]:
    known = list(items)
    return [one for one in known if one.in_report], [one for one in known if one.in_notice_to_person]


def _conclude(
    kind: type[_Kind],
    reason: str,
    classes: Sequence[LeakClass],
    *,
    sentence: str = "",
    path: str = "",
    missing: Sequence[ReportItem] = (),
) -> _Kind:
    days = str(max(line.final_report_days for line in classes))
    return conclude(
        kind,
        TOPIC,
        reason,
        rows=[line.class_id for line in classes],
        references=[*(line.legal_basis for line in classes), REPORT],
        sentence=sentence,
        path=path,
        kinds=listed(Text(ja=line.class_ja, en=line.class_en) for line in classes),
        days=Text(ja=days, en=days),
        missing=listed(Text(ja=item.name_ja, en=item.name_en) for item in missing),
    )
