"""Whether somebody may use numbers for an affair (Act art. 9); deny by default.

1. A row of the Appended Table or of the quasi-statutory affairs names the user; or
2. a ground of art. 9 fits the user, and all facts of its condition are claimed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from mynumber.law.deciding.concluding import either
from mynumber.law.deciding.paths import path_of
from mynumber.law.rulings import Decision, Text
from mynumber.law.statute import Law, RoleId
from mynumber.law.wording.meaning import listed, meaning
from mynumber.law.words import Words, vocabulary
from mynumber.plumbing.errors import WrongUse

TOPIC = "use"
PERMITTED_USE = "425AC0000000027 Art.9"
BREACH = "use_outside_purpose"
NOTHING = Text(ja="なし", en="nothing")
_REASONS = ("ground_met", "condition_missing")
# Payments in a disaster have reasons of their own.
_REASONS_OF: Mapping[str, tuple[str, str]] = {"UG5": ("disaster_use", "disaster_condition_missing")}


@dataclass(frozen=True, slots=True)
class UseLine:
    """A row of permitted use: who may use numbers for which affair."""

    TABLE: ClassVar[str] = "uses"
    use_id: str
    use_row: str
    user_roles: tuple[RoleId, ...]
    name_ja: str
    name_en: str
    in_force_from: date
    in_force_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class UseGround:
    """A ground of art. 9 with what must be so."""

    TABLE: ClassVar[str] = "use_grounds"
    ground_id: str
    user_role: tuple[RoleId, ...]
    what_ja: str
    what_en: str
    machine_condition: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class UseQuestion:
    """May `user` use numbers in the affair of a row, or on a ground with these facts?"""

    user: Annotated[RoleId, Words("roles")]
    use_row: Annotated[str, Words("use_rows")] | None = None
    use_ground: Annotated[str, Words("use_grounds")] | None = None
    facts: tuple[Annotated[str, Words("conditions", open=True)], ...] | None = None


def rule(question: UseQuestion, law: Law) -> Decision:
    """Decide the question."""
    said = (question.use_row is not None, question.use_ground is not None, question.facts is not None)
    if said == (True, False, False):
        return _by_row(question, [one for one in law.tables.lines(UseLine) if one.use_row == question.use_row], law)
    if said == (False, True, True):
        ground = next(one for one in law.tables.lines(UseGround) if one.ground_id == question.use_ground)
        return _by_ground(question, ground, law)
    hint = "give user and use_row, or user, use_ground and facts"
    raise WrongUse("LAW_MEMBERS", "either a row, or a ground with what is claimed", hint=hint)


def _by_row(question: UseQuestion, lines: Sequence[UseLine], law: Law) -> Decision:
    fitting = [line for line in lines if law.fits(question.user, line.user_roles)]
    return either(
        bool(fitting),
        TOPIC,
        ("use_row_match", "no_use_row_for_this_user"),
        rows=[line.use_id for line in fitting or lines],
        references=[*(line.source for line in fitting or lines), PERMITTED_USE],
        user=law.roles[question.user],
        path=path_of(BREACH, law),
        affair=vocabulary(law.tables, "use_rows")[question.use_row or ""],
    )


def _by_ground(question: UseQuestion, ground: UseGround, law: Law) -> Decision:
    missing = [one for one in ground.machine_condition if one not in (question.facts or ())]
    return either(
        law.fits(question.user, ground.user_role) and not missing,
        TOPIC,
        _REASONS_OF.get(ground.ground_id, _REASONS),
        rows=[ground.ground_id],
        references=[ground.source, PERMITTED_USE],
        path=path_of(BREACH, law),
        user=law.roles[question.user],
        affair=Text(ja=ground.what_ja, en=ground.what_en),
        who=listed(law.roles[role] for role in ground.user_role),
        missing=listed(meaning("conditions", one) for one in missing) if missing else NOTHING,
    )
