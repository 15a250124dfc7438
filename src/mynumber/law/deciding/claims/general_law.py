"""Whether a statement about a rule of the general privacy law beside the one for My Numbers is right."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from mynumber.law.deciding.claims.cells import Claimed
from mynumber.law.deciding.concluding import either
from mynumber.law.rulings import Decision, Text
from mynumber.law.statute import Law
from mynumber.law.wording.meaning import meaning
from mynumber.law.words import Words
from mynumber.plumbing.errors import WrongUse

TOPIC = "general_law"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A rule of the general law and the one of the My Number Act; `effect` and `net` compare them."""

    TABLE: ClassVar[str] = "general_law"
    line_id: str
    rule_topic: str
    who: str
    general_rule_en: str
    general_label_ja: str
    general_article: str
    my_number_rule_en: str
    my_number_label_ja: str
    my_number_article: str
    effect: str
    net: str
    penalty_id: str
    source_status: str

    @property
    def general(self) -> Text:
        """The rule of the general law."""
        return Text(ja=self.general_label_ja, en=self.general_rule_en)

    @property
    def my_number(self) -> Text:
        """The rule for My Numbers."""
        return Text(ja=self.my_number_label_ja, en=self.my_number_rule_en)


@dataclass(frozen=True, slots=True)
class ComparisonQuestion:
    """Is it right that the line of this rule has these values?"""

    rule_topic: Annotated[str, Words("rule_topics")]
    who: Literal["both", "private_business", "administrative_organ"]
    claim: dict[str, object]


def rule(question: ComparisonQuestion, law: Law) -> Decision:
    """Decide the question."""
    rows = law.tables.cells(Comparison.TABLE)
    lines = [line for line in law.tables.lines(Comparison) if line.rule_topic == question.rule_topic]
    line = next((one for one in lines if one.who == question.who), None)
    if line is None:
        possible = ", ".join(one.who for one in lines)
        raise WrongUse("LAW_UNKNOWN_WORD", "this rule has no line for `who`", hint=f"possible: {possible}")
    row = next(one for one in rows if one["line_id"] == line.line_id)
    penalties = [one["penalty_id"] for one in law.tables.cells("penalties")]
    claimed = Claimed(rows, "effect", "lighter_in", penalties)
    return either(
        not claimed.otherwise(question.claim, row),
        TOPIC,
        ("claim_true", "claim_false"),
        rows=[line.line_id],
        references=[line.general_article, line.my_number_article],
        from_memory=line.source_status == "memory",
        general=line.general,
        my_number=line.my_number,
        effect=meaning("effects", line.effect),
    )
