"""The residents of the model town, drawn from a seed.

Promises the same residents for the same count and seed; households with one family name, one address and links between
parents and children; persons who moved from city-b to city-a, who left the country, and who died, all last year; and
homonyms. Nobody has a My Number here: the register issues those later.

  1. Choose household plans until they hold exactly `count` persons, and shuffle them.
  2. Draw the members of each household.
  3. Give some people who live alone the name of somebody else.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import cycle

from mynumber.plumbing.errors import WrongUse
from mynumber.world.people.names import CITIES, FAMILY, FEMALE, MALE, STREETS

MIN_RESIDENTS = 20
MAX_RESIDENTS = 10_000
TOWN_YEAR = 2026  # The year in which the story plays; ages count from here, no clock is asked.
_PENSION_AGE = 65


@dataclass(frozen=True, slots=True)
class Resident:
    """One invented person. `index` is the position in the town and means nothing to any office."""

    index: int
    name: str = field(repr=False)
    kana: str = field(repr=False)
    birth: str = field(repr=False)  # ISO date
    sex: str  # female or male
    address: str = field(repr=False)
    city: str  # the municipality of the address: city-a or city-b, or abroad
    household: str
    relation: str  # to the head of the household: head, spouse, child or parent
    work: str  # employee, public_servant, none, retired or pupil
    moved_from: str  # the municipality lived in before, or ""
    moved_on: str  # ISO date of that move, or ""
    died_on: str  # ISO date, or ""
    parents: tuple[int, ...]
    children: tuple[int, ...]

    @property
    def birth_year(self) -> int:
        """Return the year of birth."""
        return int(self.birth[:4])


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who lives together: relations in the order of the household, all in one city."""

    members: tuple[str, ...]
    city: str
    moved: bool = False
    work: str = "employee"
    elderly: bool = False
    widowed: bool = False


_ALONE = _Plan(("head",), "city-a")

# The order matters: the first 31 persons hold every character of the story, the first 16 every kind of household.
_PATTERN = (
    _Plan(("head", "child", "child"), "city-a", moved=True),
    _Plan(("head",), "city-a", work="public_servant"),
    _Plan(("head", "spouse", "child", "child"), "city-b"),
    _Plan(("head", "spouse"), "city-a", elderly=True),
    _Plan(("head", "spouse", "child"), "city-a"),
    _Plan(("head",), "city-b", work="none"),
    _Plan(("head",), "city-a", moved=True, work="none"),
    _Plan(("head",), "city-b", elderly=True),
    _Plan(("head", "spouse", "child", "child", "parent"), "city-a"),
    _Plan(("head", "child"), "city-b"),
    _Plan(("head", "spouse", "child"), "city-a", moved=True),
    _ALONE,
    _Plan(("head",), "city-b", work="public_servant"),
    _Plan(("head", "spouse"), "city-a", elderly=True, widowed=True),
    _Plan(("head",), "abroad", moved=True),
)


def dice(seed: int, purpose: str) -> random.Random:
    """Return the dice for one purpose, so that drawing more for one never changes what another draws."""
    return random.Random(f"model town/{purpose}/{seed}")  # noqa: S311 (invented people, no secrets)


def day(rng: random.Random, first: int, last: int) -> str:
    """Return an ISO date in one of the years `first` to `last`."""
    return (date(rng.randint(first, last), 1, 1) + timedelta(days=rng.randrange(365))).isoformat()


def generate(count: int, seed: int) -> tuple[Resident, ...]:
    """Return `count` residents, the same for the same seed; WrongUse outside MIN_RESIDENTS to MAX_RESIDENTS."""
    if not MIN_RESIDENTS <= count <= MAX_RESIDENTS:
        hint = f"choose {MIN_RESIDENTS} to {MAX_RESIDENTS} residents"
        raise WrongUse("RESIDENTS", "the town cannot have that many residents", hint=hint)
    rng = dice(seed, "people")
    # (1) Choose household plans.
    plans = list(_plans(count))
    rng.shuffle(plans)
    # (2) Draw the members.
    residents: list[Resident] = []
    labels = _Labels(rng)
    for plan in plans:
        residents += _household(plan, len(residents), labels, rng)
    # (3) Make homonyms.
    _share_names(residents, rng)
    return tuple(residents)


def brings_up_alone(person: Resident, residents: Sequence[Resident]) -> bool:
    """Say whether the person alone brings up a child; in this town that is always a widowed parent with a pension."""
    return any(
        residents[child].work == "pupil" and residents[child].parents == (person.index,) for child in person.children
    )


def _plans(count: int) -> Iterator[_Plan]:
    left = count
    for plan in cycle(_PATTERN):
        if len(plan.members) > left:
            break
        left -= len(plan.members)
        yield plan
    for _ in range(left):
        yield _ALONE


class _Labels:
    """Addresses and household ids, each drawn once."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def address(self, city: str) -> str:
        """Return an address where nobody lives yet."""
        rng = self._rng
        block, lot, house = rng.randint(1, 9), rng.randint(1, 40), rng.randint(1, 30)
        address = f"{CITIES[city]}{rng.choice(STREETS)}{block}丁目{lot}番{house}号"
        return self._once(address) or self.address(city)

    def household(self) -> str:
        """Return a household id that no household has yet."""
        return self._once(f"hh-{self._rng.randbytes(4).hex()}") or self.household()

    def _once(self, label: str) -> str:
        if label in self._used:
            return ""
        self._used.add(label)
        return label


def _household(plan: _Plan, start: int, labels: _Labels, rng: random.Random) -> list[Resident]:
    family, family_kana = rng.choice(FAMILY)
    given = {"female": rng.sample(FEMALE, 5), "male": rng.sample(MALE, 5)}
    births = _births(plan, rng)
    address, household = labels.address(plan.city), labels.household()
    last_year = day(rng, TOWN_YEAR - 1, TOWN_YEAR - 1)
    head_sex = rng.choice(("female", "male"))
    found = []
    for offset, relation in enumerate(plan.members):
        sex = _sex(relation, head_sex, rng)
        name, kana = given[sex].pop()
        found.append(
            Resident(
                index=start + offset,
                name=family + name,
                kana=family_kana + kana,
                birth=births[offset],
                sex=sex,
                address=address,
                city=plan.city,
                household=household,
                relation=relation,
                work=_work(plan, relation, int(births[offset][:4])),
                moved_from="city-b" if plan.moved else "",
                moved_on=last_year if plan.moved else "",
                died_on=last_year if plan.widowed and relation == "head" else "",
                parents=_places(plan, start, {"child": ("head", "spouse"), "head": ("parent",)}.get(relation, ())),
                children=_places(plan, start, ("head",) if relation == "parent" else _below(relation)),
            )
        )
    return found


def _sex(relation: str, head_sex: str, rng: random.Random) -> str:
    if relation == "head":
        return head_sex
    if relation == "spouse":
        return "male" if head_sex == "female" else "female"
    return rng.choice(("female", "male"))


def _work(plan: _Plan, relation: str, birth_year: int) -> str:
    if relation == "child":
        return "pupil"
    return "retired" if birth_year < TOWN_YEAR - _PENSION_AGE else plan.work


def _below(relation: str) -> tuple[str, ...]:
    return ("child",) if relation in {"head", "spouse"} else ()


def _places(plan: _Plan, start: int, relations: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(start + offset for offset, relation in enumerate(plan.members) if relation in relations)


def _births(plan: _Plan, rng: random.Random) -> list[str]:
    """Return a birth date for each member; children are under 18 and born before last year's moves."""
    child = rng.randint(TOWN_YEAR - 17, TOWN_YEAR - 6)
    if plan.elderly:
        head = rng.randint(1935, 1955)
    elif "child" in plan.members:
        head = child - rng.randint(23, 34)
    else:
        head = rng.randint(TOWN_YEAR - 60, TOWN_YEAR - 22)
    found = []
    for relation in plan.members:
        if relation == "child":
            found.append(day(rng, child, child))
            child += rng.randint(2, 4)
        else:
            year = {"spouse": head + rng.randint(-3, 3), "parent": head - rng.randint(24, 34)}.get(relation, head)
            found.append(day(rng, year, year))
    return found


def _share_names(residents: list[Resident], rng: random.Random) -> None:
    """Let somebody who lives alone in city-a share the name, or name and birth, of another adult there."""
    adults = [person for person in residents if person.city == "city-a" and person.work not in {"pupil", "retired"}]
    alone = [person for person in adults if not person.children and person.relation == "head"]
    heads = [person for person in adults if person.children and person.relation == "head"]
    pairs = max(1, len(residents) // 200)
    copies = rng.sample(alone, 2 * pairs)
    for place, (copy, original) in enumerate(zip(copies, rng.sample(heads, 2 * pairs), strict=True)):
        birth = original.birth if place % 2 else copy.birth
        residents[copy.index] = replace(copy, name=original.name, kana=original.kana, sex=original.sex, birth=birth)
