"""Whether the impact assessments that a file needs are published (Act art. 28, rule 426M60020000001); deny by default.

1. An exempt kind of file needs none.
2. Else the line with these persons, staff and incidents says which assessments are due; all must be published.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from mynumber.law.deciding.concluding import conclude, either
from mynumber.law.deciding.paths import path_of
from mynumber.law.rulings import Allowed, Decision, Undecidable
from mynumber.law.statute import Law
from mynumber.law.wording.meaning import listed, meaning
from mynumber.law.words import Words, check_count

TOPIC = "pia"
AFFAIR = "affair"
ASSESSMENT = "425AC0000000027 Art.28"
# The act that a missing assessment leads to (Act art. 28(6)).
BREACH = "link_without_published_pia"


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """Which assessments a file of this size is due."""

    TABLE: ClassVar[str] = "pia"
    rule_id: str
    subjects_min: int
    subjects_below: int | None
    staff_500_or_more: str
    serious_incident_past_year: str
    assessment_required: str
    source: str

    def fits(self, question: "AssessmentQuestion") -> bool:
        """Whether the file is of this size."""
        below = self.subjects_below is None or question.subjects < self.subjects_below
        return (
            self.subjects_min <= question.subjects
            and below
            and self.staff_500_or_more in ("any", _word(question.staff >= 500))
            and self.serious_incident_past_year in ("any", _word(question.incident))
        )

    def required(self) -> tuple[str, ...]:
        """The assessments that are due; none for the smallest files."""
        return () if self.assessment_required == "none" else tuple(self.assessment_required.split("+"))


@dataclass(frozen=True, slots=True)
class Exemption:
    """A kind of file that is not assessed."""

    TABLE: ClassVar[str] = "pia_exemptions"
    exemption_id: str
    file_kind: str
    source: str


@dataclass(frozen=True, slots=True)
class AssessmentQuestion:
    """Is everything published that a file of `file_kind` with so many persons needs?"""

    subjects: int
    staff: int
    incident: bool
    published: tuple[Literal["basic", "focused", "all_items"], ...]
    file_kind: Annotated[str, Words("file_kinds", also=(AFFAIR,))]


def rule(question: AssessmentQuestion, law: Law) -> Decision:
    """Decide the question."""
    check_count("subjects", question.subjects)
    check_count("staff", question.staff)
    for exempt in law.tables.lines(Exemption):
        if exempt.file_kind == question.file_kind:
            file_kind = meaning("file_kinds", exempt.file_kind)
            return conclude(
                Allowed, TOPIC, "exempt", rows=[exempt.exemption_id], references=[exempt.source], file_kind=file_kind
            )
    line = next((one for one in law.tables.lines(AssessmentLine) if one.fits(question)), None)
    if line is None:
        return conclude(Undecidable, TOPIC, "read_the_source", rows=(), references=[ASSESSMENT])
    missing = [one for one in line.required() if one not in question.published]
    return either(
        not missing,
        TOPIC,
        ("assessment_complete", "assessment_missing"),
        rows=[line.rule_id],
        references=[line.source],
        path=path_of(BREACH, law),
        due=listed(meaning("assessments", one) for one in line.required() or ("none",)),
        missing=listed(meaning("assessments", one) for one in missing),
    )


def _word(truth: bool) -> str:
    return "yes" if truth else "no"
