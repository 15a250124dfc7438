"""Whether a number may be asked for, kept or given (Act arts 15, 19, 20); deny by default.

  1. Inside one household asking, collecting and keeping are free; giving is not.
  2. Otherwise a ground of art. 19 is needed; consent alone is none.
  3. The ground fits who gives and who receives.
  4. All facts of its condition are claimed.
  5. Where the ground wants the consent of the person, it is there.

Three topics share these rules: `ground`; `household`, which knows the living situation instead of a yes or no; and
`ordinance`, exchange through the network for an affair of a local ordinance, where local tax items want consent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeVar

from mynumber.law.deciding.concluding import conclude
from mynumber.law.deciding.paths import Prohibition, path_of
from mynumber.law.references import ACT
from mynumber.law.rulings import Allowed, Decision, Refused, Ruling, Text
from mynumber.law.statute import InfoId, Law, RoleId
from mynumber.law.wording.explaining import NOBODY, sentences
from mynumber.law.wording.meaning import listed, meaning
from mynumber.law.words import Words, check
from mynumber.plumbing.errors import WrongUse

Act = Literal["ask_for_number", "collect_or_keep", "provide"]
NO_GROUND = "none"
WITHOUT_GROUND = "425AC0000000027 Arts 15, 19, 20"
LOCAL_TAX = InfoId("local_tax")
_CONSENT_NEEDED = frozenset({"required", "required_unless_hard_to_get"})
_HARD_TO_GET_IS_ENOUGH = "required_unless_hard_to_get"

RulingT = TypeVar("RulingT", bound=Ruling)


@dataclass(frozen=True, slots=True)
class GroundLine:
    """An item of art. 19: from whom to whom, under which condition, and what consent does."""

    TABLE: ClassVar[str] = "grounds"
    ground_id: str
    article: str
    from_role: tuple[RoleId, ...]
    to_role: tuple[RoleId, ...]
    summary_en: str
    machine_condition: tuple[str, ...]
    consent_effect: str
    source: str


@dataclass(frozen=True, slots=True)
class SituationLine:
    """A living situation: one household, not one, or unclear."""

    TABLE: ClassVar[str] = "household"
    situation_id: str
    situation: str
    situation_ja: str
    situation_en: str
    same_household: str
    source_status: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is done, on which ground, between whom, and what is said to be so."""

    act: Act
    ground: Annotated[str, Words("grounds", also=(NO_GROUND,))]
    from_: Annotated[RoleId, Words("roles")] | None = None
    to: Annotated[RoleId, Words("roles")] | None = None
    facts: tuple[Annotated[str, Words("conditions", open=True)], ...] | None = None
    consent: bool = False
    consent_hard_to_get: bool = False
    who: str = ""


@dataclass(frozen=True, kw_only=True)
class GroundQuestion(Claim):
    """May this be done? `who` is for people and decides nothing."""

    same_household: bool = False


@dataclass(frozen=True, kw_only=True)
class HouseholdQuestion(Claim):
    """May this be done between two people who live like this? `purpose` decides nothing."""

    situation: Annotated[str, Words("situations")]
    purpose: str = ""


@dataclass(frozen=True, kw_only=True)
class OrdinanceQuestion(GroundQuestion):
    """May this item be given for an affair of an ordinance? `affair` is for people and decides nothing."""

    act: Literal["provide"]
    ground: Literal["G9"]
    item: Annotated[InfoId, Words("information")]
    affair: str


@dataclass(frozen=True, slots=True)
class _Case:
    """A claim with the lines that speak of it; it turns a reason into a ruling."""

    topic: str
    law: Law
    asked: Claim
    acts: Sequence[Prohibition]
    ground: GroundLine | None
    situation: SituationLine | None = None
    item: Text = NOBODY

    @property
    def missing(self) -> tuple[str, ...]:
        """The conditions of the ground that nobody claims."""
        needed = self.ground.machine_condition if self.ground else ()
        return tuple(one for one in needed if one not in (self.asked.facts or ()))

    def conclude(self, kind: type[RulingT], reason: str, *, by_act: bool = False) -> RulingT:
        """Make the ruling; the ground decided, or `by_act` the rule about the act."""
        act, ground, situation = [line.source for line in self.acts], self.ground, self.situation
        of_ground = [f"{ACT} Art.{ground.article}", ground.source] if ground else [WITHOUT_GROUND]
        rows = (
            *(line.prohibition_id for line in self.acts),
            *([ground.ground_id] if ground else ()),
            *([situation.situation_id] if situation else ()),
        )
        return conclude(
            kind,
            self.topic,
            reason,
            rows=rows,
            references=[*act, *of_ground] if by_act else [*of_ground, *act],
            from_memory=situation is not None and situation.source_status == "memory",
            path=path_of(self.asked.act, self.law) if kind is Refused else "",
            **self._names(),  # type: ignore[arg-type]
        )

    def _names(self) -> dict[str, Text]:
        asked, ground, roles = self.asked, self.ground, self.law.roles
        unclear = self.situation is not None and self.situation.same_household == "unclear"
        return {
            "act": meaning("acts", asked.act),
            "ground": meaning("grounds", ground.ground_id, Text(ground.summary_en, ground.summary_en))
            if ground
            else NOBODY,
            "giver": roles[asked.from_] if asked.from_ else NOBODY,
            "receiver": roles[asked.to] if asked.to else NOBODY,
            "missing": listed(meaning("conditions", one) for one in self.missing),
            "situation": Text(self.situation.situation_ja, self.situation.situation_en) if self.situation else NOBODY,
            "unclear": sentences(self.topic)["unclear"] if unclear else NOBODY,
            "item": self.item,
        }


def rule(question: GroundQuestion, law: Law) -> Decision:
    """Decide a question of the topic `ground`."""
    case = _case("ground", question, law)
    return _rule_on_household(case, question.same_household) or _rule_on_ground(case) or _rule_on_consent(case)


def rule_in_household(question: HouseholdQuestion, law: Law) -> Decision:
    """Decide a question of the topic `household`."""
    line = next((one for one in law.tables.lines(SituationLine) if one.situation == question.situation), None)
    case = _case("household", question, law, situation=line)
    # What is unclear, or unknown since an amendment, is treated as another household until somebody has checked it.
    one_household = line is not None and line.same_household == "yes"
    if freed := _rule_on_household(case, one_household):
        return freed
    if one_household and case.ground is None:
        return case.conclude(Refused, "giving_not_exempt", by_act=True)
    return _rule_on_ground(case) or _rule_on_consent(case)


def rule_for_ordinance(question: OrdinanceQuestion, law: Law) -> Decision:
    """Decide a question of the topic `ordinance`."""
    case = _case("ordinance", question, law, item=law.information[question.item])
    if decided := _rule_on_household(case, question.same_household) or _rule_on_ground(case):
        return decided
    if question.item != LOCAL_TAX:
        return case.conclude(Allowed, "ordinance_conditions_met")
    if question.consent:
        return case.conclude(Allowed, "ordinance_conditions_met_with_consent")
    return case.conclude(Refused, "local_tax_without_consent")


def _case(topic: str, asked: Claim, law: Law, *, situation: SituationLine | None = None, item: Text = NOBODY) -> _Case:
    acts = [line for line in law.tables.lines(Prohibition) if line.act == asked.act]
    if asked.ground == NO_GROUND:
        return _Case(topic, law, asked, acts, None, situation, item)
    grounds = {line.ground_id: line for line in law.tables.lines(GroundLine)}
    check("ground", asked.ground, grounds)
    if asked.from_ is None or asked.to is None or asked.facts is None:
        raise WrongUse(
            "LAW_MEMBERS",
            "a ground is named, but not who gives, who receives and what is claimed",
            hint="with a ground also: from, to, facts",
        )
    return _Case(topic, law, asked, acts, grounds[asked.ground], situation, item)


def _rule_on_household(case: _Case, one_household: bool) -> Decision | None:
    # (1) Act arts 15 and 20 speak of "another person", and a member of the own household is none; art. 19 does not.
    if one_household and any(line.same_household_exempt for line in case.acts):
        return case.conclude(Allowed, "same_household", by_act=True)
    return None


def _rule_on_ground(case: _Case) -> Decision | None:
    asked, ground = case.asked, case.ground
    # (2) Consent lifts a prohibition only inside a ground that says so.
    if ground is None:
        return case.conclude(Refused, "no_ground_consent_does_not_help" if asked.consent else "no_ground", by_act=True)
    # (3) First and second column of the ground.
    if not (_fits(case, asked.from_, ground.from_role) and _fits(case, asked.to, ground.to_role)):
        return case.conclude(Refused, "wrong_party")
    # (4) All facts of the condition.
    if case.missing:
        return case.conclude(Refused, "condition_missing")
    return None


def _rule_on_consent(case: _Case) -> Decision:
    effect = case.ground.consent_effect if case.ground else ""
    # (5) Act art. 19 items 4 and 16.
    if effect not in _CONSENT_NEEDED:
        return case.conclude(Allowed, "ground_met")
    if case.asked.consent:
        return case.conclude(Allowed, "consent_given")
    if effect == _HARD_TO_GET_IS_ENOUGH and case.asked.consent_hard_to_get:
        return case.conclude(Allowed, "consent_hard_to_get")
    return case.conclude(Refused, "consent_missing")


def _fits(case: _Case, role: RoleId | None, cell: Sequence[RoleId]) -> bool:
    return role is not None and case.law.fits(role, cell)
