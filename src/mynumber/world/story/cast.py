"""Who plays in the town's story.

Promises every character in every town of at least MIN_CAST residents, chosen by what is true of the person and never
by name.

  recipient     brings up `child` alone in city-a, moved from city-b last year (which taxed both), draws a
                pension, and has an account in the register and a refund due at the tax agency.
  applicant     moved like the recipient; city-b holds tax rows and the pension service no pension row.
  stranger      known to city-a, but neither to city-b nor to the pension service.
  nothing_held  known to these three; city-b holds no tax row and the pension service no pension row.
  shielded      moved like the recipient; city-b is to withhold this person, although it holds tax rows.
  deceased      died last year in city-a, which knows this person still, as does the pension service, which paid until
                that day.
  homonyms      two persons known to city-a with the same name and reading, not born on the same day.
  same_birth    two persons known to city-a with the same name, reading and birth date.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from mynumber.plumbing.errors import NotFound, WrongUse
from mynumber.world.offices.known import Holdings
from mynumber.world.people.residents import Resident, brings_up_alone

MIN_CAST = 50
_EXCHANGING = frozenset(("city-a", "city-b", "pension"))


@dataclass(frozen=True, slots=True)
class Cast:
    """The characters of the story and the references under which the offices know them."""

    recipient: Resident
    child: Resident
    family: tuple[Resident, ...]  # everybody in the recipient's household
    applicant: Resident
    stranger: Resident
    nothing_held: Resident
    shielded: Resident
    deceased: Resident
    homonyms: tuple[Resident, Resident]
    same_birth: tuple[Resident, Resident]
    refs: Mapping[str, Mapping[int, str]]

    @property
    def holders(self) -> Mapping[str, Resident]:
        """Return who has a card: name of its folder -> person."""
        return {
            "recipient": self.recipient,
            "child": self.child,
            "applicant": self.applicant,
            "stranger": self.stranger,
            "shielded": self.shielded,
        }

    def ref(self, office: str, person: Resident) -> str:
        """Return the office's reference of the person; NotFound if the office does not know the person."""
        if person.index not in self.refs[office]:
            raise NotFound("UNKNOWN_PERSON", "the office does not know this person")
        return self.refs[office][person.index]


def cast(residents: Sequence[Resident], holdings: Holdings) -> Cast:
    """Return the characters, the same for the same town; WrongUse for a town that is too small for the story."""
    if len(residents) < MIN_CAST:
        raise WrongUse("RESIDENTS", "the town is too small for the story", hint=f"choose at least {MIN_CAST} residents")
    refs = {office: {holding.person: holding.ref for holding in held} for office, held in holdings.items()}

    def known(person: Resident) -> set[str]:
        return {office for office in _EXCHANGING if person.index in refs[office]}

    def first(fits: Callable[[Resident], bool]) -> Resident:
        return next(person for person in residents if fits(person))

    recipient = first(lambda person: known(person) == _EXCHANGING and brings_up_alone(person, residents))
    at_city_a = [person for person in residents if person.index in refs["city-a"]]
    return Cast(
        recipient=recipient,
        child=residents[recipient.children[0]],
        family=tuple(person for person in residents if person.household == recipient.household),
        applicant=first(
            lambda person: (
                known(person) == _EXCHANGING and person.relation == "head" and _lives_with_spouse(person, residents)
            )
        ),
        stranger=first(lambda person: known(person) == {"city-a"} and person.work == "public_servant"),
        nothing_held=first(lambda person: known(person) == _EXCHANGING and person.work == "none"),
        shielded=first(lambda person: known(person) == _EXCHANGING and person.relation == "spouse"),
        deceased=first(lambda person: known(person) == {"city-a", "pension"} and person.died_on != ""),
        homonyms=_pair(at_city_a, same_birth=False),
        same_birth=_pair(at_city_a, same_birth=True),
        refs=refs,
    )


def _lives_with_spouse(person: Resident, residents: Sequence[Resident]) -> bool:
    return any(other.household == person.household and other.relation == "spouse" for other in residents)


def _pair(people: Iterable[Resident], *, same_birth: bool) -> tuple[Resident, Resident]:
    return next(
        (one, other)
        for one, other in combinations(people, 2)
        if (one.name, one.kana) == (other.name, other.kana) and (one.birth == other.birth) is same_birth
    )
