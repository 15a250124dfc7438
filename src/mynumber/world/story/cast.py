"""Who plays in the town's story.

Promises every character in every town of at least MIN_CAST residents, chosen by what is true of the person and never
by name.

  recipient     brings up `child` alone in city-a, moved from city-b last year (which taxed both) and draws a pension.
  stranger      known to city-a alone.
  nothing_held  known to all three offices; city-b holds no tax row and the pension service no pension row.
  shielded      moved like the recipient; city-b is to withhold this person, although it holds tax rows.
  homonyms      two persons known to city-a with the same name and reading, not born on the same day.
  same_birth    two persons known to city-a with the same name, reading and birth date.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from mynumber.plumbing.errors import NotFound, WrongUse
from mynumber.world.offices.business import Holdings, brings_up_alone
from mynumber.world.people.residents import Resident

MIN_CAST = 50


@dataclass(frozen=True, slots=True)
class Cast:
    """The characters of the story and the references under which the offices know them."""

    recipient: Resident
    child: Resident
    family: tuple[Resident, ...]  # everybody in the recipient's household
    stranger: Resident
    nothing_held: Resident
    shielded: Resident
    homonyms: tuple[Resident, Resident]
    same_birth: tuple[Resident, Resident]
    refs: Mapping[str, Mapping[int, str]]

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
        return {office for office, held in refs.items() if person.index in held}

    def first(fits: Callable[[Resident], bool]) -> Resident:
        return next(person for person in residents if fits(person))

    everywhere = set(refs)
    recipient = first(lambda person: known(person) == everywhere and brings_up_alone(person, residents))
    at_city_a = [person for person in residents if person.index in refs["city-a"]]
    return Cast(
        recipient=recipient,
        child=residents[recipient.children[0]],
        family=tuple(person for person in residents if person.household == recipient.household),
        stranger=first(lambda person: known(person) == {"city-a"} and person.work == "public_servant"),
        nothing_held=first(lambda person: known(person) == everywhere and person.work == "none"),
        shielded=first(lambda person: known(person) == everywhere and person.relation == "spouse"),
        homonyms=_pair(at_city_a, same_birth=False),
        same_birth=_pair(at_city_a, same_birth=True),
        refs=refs,
    )


def _pair(people: Iterable[Resident], *, same_birth: bool) -> tuple[Resident, Resident]:
    return next(
        (one, other)
        for one, other in combinations(people, 2)
        if (one.name, one.kana) == (other.name, other.kana) and (one.birth == other.birth) is same_birth
    )
