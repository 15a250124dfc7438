"""Whether somebody who contacts a citizen may ask for this; deny by default.

1. The lines for what is asked, through this channel, by whoever they claim to be, in this context.
2. One of them says never: never, whatever the others say.
3. No line: nobody needs to be told this.
4. Otherwise it may be asked only where the citizen began the contact.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from mynumber.law.deciding.concluding import conclude, either
from mynumber.law.rulings import Decision, Refused, Text
from mynumber.law.statute import Law
from mynumber.law.wording.meaning import listed, meaning
from mynumber.law.words import Words

TOPIC = "forbidden_ask"
ANY = "any"
NEVER = "never"
_MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class AskLine:
    """What may be asked of a citizen, where, by whom: never, or only if the citizen began it."""

    TABLE: ClassVar[str] = "forbidden_asks"
    ask_id: str
    asked: str
    asked_en: str
    asked_ja: str
    channel: frozenset[str]
    claims_to_be: frozenset[str]
    context: frozenset[str]
    allowed: str
    citizen_action: str
    basis: str
    source_status: str


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """May this be asked? `solicited` is whether the citizen began the contact."""

    asked: Annotated[str, Words("asked")]
    channel: Literal["call", "letter", "mail_or_sms", "visit", "counter", "online_portal"]
    claims_to_be: Literal["municipality", "national_body", "j_lis", "police", "employer", "bank", "anybody"]
    context: Literal["number_or_card", "own_procedure"]
    solicited: bool


def rule(question: AskedQuestion, law: Law) -> Decision:
    """Decide the question."""
    about = [line for line in law.tables.lines(AskLine) if line.asked == question.asked]
    lines = [line for line in about if _speaks_of(line, question)]
    named = [Text(line.asked_ja, line.asked_en) for line in lines or about[:1]]
    what = listed(named or [meaning("asked", question.asked)])
    if not lines:
        return conclude(Refused, TOPIC, "no_line", rows=(), references=(), what=what)
    never = [line for line in lines if line.allowed == NEVER]
    used = never or lines
    return either(
        question.solicited and not never,
        TOPIC,
        ("solicited", NEVER if never else "not_solicited"),
        rows=[line.ask_id for line in used],
        references=[line.basis for line in used],
        from_memory=any(line.source_status == _MEMORY for line in used),
        what=what,
        advice=listed(meaning("advice", line.citizen_action) for line in used),
    )


def _speaks_of(line: AskLine, question: AskedQuestion) -> bool:
    pairs = (
        (question.channel, line.channel),
        (question.claims_to_be, line.claims_to_be),
        (question.context, line.context),
    )
    return all(not cell.isdisjoint({ANY, given}) for given, cell in pairs)
