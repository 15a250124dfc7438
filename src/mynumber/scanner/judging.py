"""How sure it is that a token is a My Number; promises that a lone number is never more than possible.

A group of n distinct tokens, k of them with the right check digit, is weighed by its likelihood ratio: how much better
the rate k/n explains it than that of chance, one in ten for any twelve digits. Of many groups one may pass by chance,
so the bar rises with their number. A label decides for a single token, and lowers or raises the bar for its group.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import log

from mynumber.scanner.finding.tokens import Spelling
from mynumber.scanner.labels import Label

BY_CHANCE = 0.1
_REMAINDERS = 11
# One false group in so many files, by Markov's inequality.
_ODDS = 1000
_PRIOR = 100
_SURE = 0.95
_MANY = 30
_LABELLED = 4


class Confidence(IntEnum):
    """How sure a find is; NONE is no find."""

    NONE = 0
    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3


@dataclass(frozen=True, slots=True)
class Group:
    """What is known of a group: distinct tokens, those of them that pass, and its label."""

    tokens: int
    passing: int
    label: Label | None
    # Tokens whose last digit is 0, if they were counted.
    zeros: int | None = None

    @property
    def by_chance(self) -> float:
        """The rate at which such tokens pass by chance: of eleven remainders two make the check digit 0."""
        if self.zeros is None or not self.tokens:
            return BY_CHANCE
        return (self.tokens + self.zeros) / (_REMAINDERS * self.tokens)

    @property
    def weight(self) -> float:
        """The logarithm of the likelihood ratio of the observed rate to that of chance; 0 if it is no higher."""
        if not self.tokens:
            return 0.0
        rate, chance = self.passing / self.tokens, self.by_chance
        if rate <= chance:
            return 0.0
        failing = self.tokens - self.passing
        return self.passing * log(rate / chance) + (failing * log((1 - rate) / (1 - chance)) if failing else 0.0)

    @property
    def share(self) -> float:
        """The expected share of My Numbers among the tokens that pass."""
        if not self.passing:
            return 0.0
        chance = self.by_chance
        return max(0.0, (1 - chance * self.tokens / self.passing) / (1 - chance))


def judge(group: Group, groups: int) -> tuple[Confidence, str]:
    """Return how sure a passing token of this group is, one of `groups` groups of its text, and why."""
    bar = log(_ODDS * (_PRIOR + groups))
    counted = f"{group.passing} of {group.tokens} distinct values here pass the check digit"
    if group.label and group.label.my_number and not group.label.taken:
        return _labelled(group, f"{counted}, label {group.label.word}")
    if group.label and group.label.my_number:
        # The number before may have been the one that the label means: some of its kind must be seen here.
        bar = log(_ODDS)
        counted += f", label {group.label.word} before another number"
    elif group.label:
        # Somebody says that it is something else: only an overwhelming column speaks against that.
        bar += log(_ODDS * _ODDS)
        counted += f", label {group.label.word}"
    if group.share >= _SURE and group.weight >= bar:
        return (Confidence.CERTAIN if group.weight >= bar + log(_ODDS) else Confidence.LIKELY), counted
    if group.tokens >= _MANY and group.share < 1 - _SURE:
        return Confidence.NONE, counted
    return Confidence.POSSIBLE, f"{counted}; nothing else says that it is a My Number"


def repaired(confidence: Confidence, reason: str, spelling: Spelling) -> tuple[Confidence, str]:
    """Return how sure a token is that had to be put right, in a group that is so sure."""
    if spelling is Spelling.SHORTENED:
        # One in ten shorter numbers passes with zeros before it: it is believed only among longer ones that are.
        sure = confidence >= Confidence.LIKELY
        return (Confidence.LIKELY if sure else Confidence.NONE), f"{reason}; leading zeros restored"
    if spelling is Spelling.ENCODED:
        return confidence, f"{reason}; twelve digits in another encoding"
    if spelling is Spelling.SCIENTIFIC:
        return confidence, f"{reason}; written as a power of ten"
    return confidence, reason


def _labelled(group: Group, why: str) -> tuple[Confidence, str]:
    if group.passing >= _LABELLED and group.share >= _SURE:
        return Confidence.CERTAIN, why
    return Confidence.LIKELY, why
