"""The general privacy law and the My Number Act side by side, rule by rule, with a word for what the difference means.

`stricter`: the Act asks more (an added, stricter or mixed rule); `same`; `lighter`: it protects less; `not_applicable`:
the rule of the general law is switched off, or has no counterpart.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from mynumber.law.deciding.claims.general_law import Comparison
from mynumber.law.rulings import Text
from mynumber.law.statute import Law
from mynumber.law.wording.meaning import meaning
from mynumber.law.words import check

JUDGEMENTS = ("stricter", "same", "lighter", "not_applicable")


@dataclass(frozen=True, slots=True)
class Penalties:
    """The penalties of both laws beside a rule; None where a law has none."""

    TABLE: ClassVar[str] = "general_law"
    line_id: str
    consent_general: str
    consent_my_number: str
    general_penal_article: str
    general_max_months: int | None
    general_max_fine_yen: int | None
    general_both: bool | None
    general_corporate_fine_yen: int | None
    my_number_max_months: int | None
    my_number_max_fine_yen: int | None
    my_number_both: bool | None
    my_number_corporate_fine_yen: int | None
    heavier_in: tuple[str, ...]
    equal_in: tuple[str, ...]
    lighter_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """A rule of both laws with its penalties."""

    rule: Comparison
    penalties: Penalties

    @property
    def judgement(self) -> str:
        """One of `JUDGEMENTS`; less protection is said first, whatever the form of the rule."""
        if self.rule.effect == "same":
            return "same"
        if self.rule.net == "less":
            return "lighter"
        return "not_applicable" if self.rule.effect == "not_applicable" else "stricter"

    @property
    def name(self) -> Text:
        """The rule in a few words."""
        return meaning("rule_topics", self.rule.rule_topic)


def beside(law: Law, topic: str | None = None) -> list[Beside]:
    """Return the rules, those of one topic or all; a topic that nobody knows raises WrongUse."""
    rules = law.tables.lines(Comparison)
    if topic is not None:
        check("--topic", topic, list(dict.fromkeys(rule.rule_topic for rule in rules)))
    penalties = {line.line_id: line for line in law.tables.lines(Penalties)}
    return [Beside(rule, penalties[rule.line_id]) for rule in rules if topic in (None, rule.rule_topic)]


def summary(rules: Iterable[Beside]) -> dict[str, int]:
    """Return how many rules have each judgement."""
    found = Counter(rule.judgement for rule in rules)
    return {judgement: found[judgement] for judgement in JUDGEMENTS}
