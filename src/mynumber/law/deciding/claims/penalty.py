"""Whether a statement about the maximum of an offence is right (Act arts. 48 to 57)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from mynumber.law.deciding.claims.cells import Claimed
from mynumber.law.deciding.concluding import either
from mynumber.law.rulings import Decision, Text
from mynumber.law.statute import Law
from mynumber.law.wording.amounts import fine, maximum
from mynumber.law.wording.explaining import explain
from mynumber.law.words import Words

TOPIC = "penalty"


@dataclass(frozen=True, slots=True)
class Offence:
    """An offence with its maximum penalties."""

    TABLE: ClassVar[str] = "penalties"
    penalty_id: str
    article: str
    who_class: str
    act_en: str
    act_ja: str
    imprisonment_max_months: int
    fine_max_yen: int
    both_possible: bool
    crimes_abroad: bool
    dual_penalty: bool
    corporate_fine_max_yen: int | None
    seed_listed: bool
    source: str

    @property
    def name(self) -> Text:
        """What the offender does."""
        return Text(ja=self.act_ja, en=self.act_en)

    @property
    def maximum(self) -> Text:
        """The maximum for the person who acts."""
        return maximum(self.imprisonment_max_months, self.fine_max_yen, both=self.both_possible)

    @property
    def corporate(self) -> Text:
        """The maximum for the corporation, if it is fined as well."""
        if not self.dual_penalty or self.corporate_fine_max_yen is None:
            return explain(TOPIC, "no_corporate_fine")
        return explain(TOPIC, "corporate_fine", fine=fine(self.corporate_fine_max_yen))

    @property
    def abroad(self) -> Text:
        """Whether acts abroad are punished."""
        return explain(TOPIC, "abroad" if self.crimes_abroad else "not_abroad")


@dataclass(frozen=True, slots=True)
class PenaltyQuestion:
    """Is it right that the line of this offence has these values?"""

    penalty: Annotated[str, Words("penalties")]
    claim: dict[str, object]


def rule(question: PenaltyQuestion, law: Law) -> Decision:
    """Decide the question."""
    rows = law.tables.cells(Offence.TABLE)
    position = next(at for at, row in enumerate(rows) if row["penalty_id"] == question.penalty)
    claimed = Claimed(rows, "imprisonment_max_months", "corporate_fine_max_yen", tuple(offences(law)))
    offence = law.tables.lines(Offence)[position]
    return either(
        not claimed.otherwise(question.claim, rows[position]),
        TOPIC,
        ("claim_true", "claim_false"),
        rows=[offence.penalty_id],
        references=[offence.source],
        offence=offence.name,
        maximum=offence.maximum,
        corporate=offence.corporate,
        abroad=offence.abroad,
    )


def offences(law: Law) -> dict[str, Offence]:
    """Return the offences by id, in the order of the Act."""
    return {line.penalty_id: line for line in law.tables.lines(Offence)}
