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
# The rows of 2026-06-14: one that the law loses is then a row of nobody, and no unknown word.
_ROWS = tuple(
    """
    1 2 2-2 3 4 5 5-2 6 6-2 7 8 8-2 9 10 11 11-2 12 13 14 14-2 14-3 14-4 15 16 17 18 19 19-2 19-3 19-4 19-5 19-6 19-7
    19-8 19-9 20 21 21-2 22 22-2 23 23-2 23-3 23-4 23-5 23-6 23-7 23-8 23-9 24 25 25-2 25-3 25-4 26 26-2 26-3 26-4 27
    27-2 28 29 30 31 31-2 31-3 31-4 32 32-2 32-3 32-4 33 33-2 34 35 36 36-2 37 38 39 39-2 39-3 39-4 39-5 40 41 42 43
    43-2 43-3 44 45 46 47 48 49 50 51 52 53 53-2 53-3 53-4 54 55 56 57 58 59 60 61 61-2 62 63 64 65 66 67 67-2 68 69
    70 71 71-2 72 73 74 75 75-2 76 76-2 76-3 77 77-2 77-3 78 78-2 78-3 79 80 81 81-2 82 82-2 83 83-2 84 85 85-2 85-3
    86 87 88 89 90 91 91-2 91-3 92 93 94 95 96 97 98 99 99-2 100 101 102 103 104 105 105-2 105-3 105-4 106 107 108 109
    110 111 112 113 114 114-2 115 115-2 115-3 115-4 115-5 116 116-2 117 117-2 117-3 118 119 120 121 122 122-2 123 124
    125 125-2 126 127 128 129 130 131 132 133 133-2 133-3 134 135 136 137 Q1 Q2 Q3 Q4 Q5 Q5-2 Q6 Q7 Q8 Q9 Q10 Q11 Q12
    Q13
    """.split()
)
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
    use_row: Annotated[str, Words("use_rows", also=_ROWS)] | None = None
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
    row = question.use_row or ""
    fitting = [line for line in lines if law.fits(question.user, line.user_roles)]
    return either(
        bool(fitting),
        TOPIC,
        ("use_row_match", "no_use_row_for_this_user"),
        rows=[line.use_id for line in fitting or lines],
        references=[*(line.source for line in fitting or lines), PERMITTED_USE],
        user=law.roles[question.user],
        path=path_of(BREACH, law),
        affair=vocabulary(law.tables, "use_rows").get(row, Text(ja=row, en=row)),
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
