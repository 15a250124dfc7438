"""The topics on which the law is asked; promises that what is no topic is an error that names those there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from mynumber.law.asking.members import Member, members_of, read
from mynumber.law.deciding import dependants, entrustment, forbidden_ask, ground, identity, linkage, use
from mynumber.law.deciding.claims import elements, general_law, penalty, terms
from mynumber.law.deciding.duties import leak, pia, retention
from mynumber.law.rulings import Decision
from mynumber.law.statute import Law
from mynumber.law.words import check

QuestionT = TypeVar("QuestionT")


class Topic(Protocol):
    """What can be done with a topic without knowing its type of question."""

    def members(self) -> tuple[Member, ...]:
        """Return what a question on this topic says."""

    def decide(self, given: object, law: Law) -> Decision:
        """Read the question strictly and decide it."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[QuestionT]):
    """A kind of question and the rule that decides it."""

    question: type[QuestionT]
    decided_by: Callable[[QuestionT, Law], Decision]

    def members(self) -> tuple[Member, ...]:
        """Return what a question says."""
        return members_of(self.question)

    def decide(self, given: object, law: Law) -> Decision:
        """Read the question strictly and decide it."""
        return self.decided_by(read(self.question, given, law), law)


TOPICS: Mapping[str, Topic] = {
    "linkage": Rule(linkage.LinkageQuestion, linkage.rule),
    "use": Rule(use.UseQuestion, use.rule),
    "ground": Rule(ground.GroundQuestion, ground.rule),
    "ordinance": Rule(ground.OrdinanceQuestion, ground.rule_for_ordinance),
    "household": Rule(ground.HouseholdQuestion, ground.rule_in_household),
    "identity": Rule(identity.IdentityQuestion, identity.rule),
    "entrustment": Rule(entrustment.EntrustmentQuestion, entrustment.rule),
    "dependants": Rule(dependants.DependantQuestion, dependants.rule),
    "forbidden_ask": Rule(forbidden_ask.AskedQuestion, forbidden_ask.rule),
    "pia": Rule(pia.AssessmentQuestion, pia.rule),
    "leak": Rule(leak.LeakQuestion, leak.rule),
    "retention": Rule(retention.RetentionQuestion, retention.rule),
    "definition": Rule(terms.DefinitionQuestion, terms.define),
    "number_form": Rule(terms.NumberFormQuestion, terms.rule),
    "penalty": Rule(penalty.PenaltyQuestion, penalty.rule),
    "penalty_elements": Rule(elements.ElementsQuestion, elements.rule),
    "general_law": Rule(general_law.ComparisonQuestion, general_law.rule),
}


def decide(topic: str, given: object, law: Law) -> Decision:
    """Decide one question: `given` holds its members as YAML or JSON has them; raise WrongUse if it is none."""
    check("topic", topic, TOPICS)
    return TOPICS[topic].decide(given, law)
