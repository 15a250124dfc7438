"""The residents of the model town: same seed, same people; families hold together; homonyms are there."""

from collections import Counter

import pytest

from mynumber.plumbing.errors import WrongUse
from mynumber.world.people import names
from mynumber.world.people.residents import MAX_RESIDENTS, MIN_RESIDENTS, TOWN_YEAR, Resident, generate

TOWNS = [(count, seed) for count in (MIN_RESIDENTS, 21, 50, 200, 2000) for seed in (1, 2)]


@pytest.fixture(scope="module", params=TOWNS, ids=str)
def town(request: pytest.FixtureRequest) -> tuple[Resident, ...]:
    count, seed = request.param
    return generate(count, seed)


def test_the_same_seed_makes_the_same_people_and_another_seed_others() -> None:
    assert generate(200, 1) == generate(200, 1)
    assert {person.name for person in generate(200, 1)} != {person.name for person in generate(200, 2)}


def test_every_count_from_the_smallest_on_is_met_exactly() -> None:
    for count in range(MIN_RESIDENTS, 140):
        assert [person.index for person in generate(count, count)] == list(range(count))


@pytest.mark.parametrize("count", [-1, 0, MIN_RESIDENTS - 1, MAX_RESIDENTS + 1])
def test_a_count_out_of_bounds_is_wrong_use(count: int) -> None:
    with pytest.raises(WrongUse):
        generate(count, 1)


def test_names_readings_and_addresses_are_long_enough_to_search_for(town: tuple[Resident, ...]) -> None:
    for person in town:
        assert len(person.name) >= 3
        assert len(person.kana) >= 4
        assert person.address.startswith(names.CITIES[person.city])


def test_any_two_words_of_the_lists_make_a_name_that_is_long_enough() -> None:
    for family, family_kana in names.FAMILY:
        for given, given_kana in names.FEMALE + names.MALE:
            assert len(family + given) >= 3
            assert len(family_kana + given_kana) >= 4


def test_a_household_shares_name_address_city_and_move(town: tuple[Resident, ...]) -> None:
    families = sorted((family for family, _ in names.FAMILY), key=len, reverse=True)
    homes: dict[str, list[Resident]] = {}
    for person in town:
        homes.setdefault(person.household, []).append(person)
    for members in homes.values():
        shared = {(person.address, person.city, person.moved_from, person.moved_on) for person in members}
        assert len(shared) == 1
        assert [person.relation for person in members].count("head") == 1
        assert any(all(person.name.startswith(family) for person in members) for family in families)
        assert len({person.name for person in members}) == len(members)
    assert len({members[0].address for members in homes.values()}) == len(homes)


def test_parents_and_children_name_each_other_and_their_ages_fit(town: tuple[Resident, ...]) -> None:
    for person in town:
        for child in (town[index] for index in person.children):
            assert person.index in child.parents
            assert child.household == person.household
            assert 18 <= child.birth_year - person.birth_year <= 45
        for parent in (town[index] for index in person.parents):
            assert person.index in parent.children
        if person.relation == "child":
            assert person.parents
            assert TOWN_YEAR - 18 < person.birth_year < TOWN_YEAR - 1
            assert person.work == "pupil"
        else:
            assert person.birth_year <= TOWN_YEAR - 20


def test_every_kind_of_household_and_the_movers_exist(town: tuple[Resident, ...]) -> None:
    assert {person.city for person in town} >= {"city-a", "city-b"}
    movers = [person for person in town if person.moved_from]
    assert movers
    for person in movers:
        assert person.moved_from == "city-b"
        assert person.city in {"city-a", "abroad"}
        assert f"{TOWN_YEAR - 1}-01-01" <= person.moved_on <= f"{TOWN_YEAR - 1}-12-31"
        assert person.birth < f"{TOWN_YEAR - 1}-01-01"
    assert {person.relation for person in town} >= {"head", "spouse", "child"}
    assert {person.work for person in town} == {"employee", "public_servant", "none", "retired", "pupil"}
    sizes = Counter(Counter(person.household for person in town).values())
    assert sizes[1]
    assert sizes[3]


@pytest.mark.parametrize("count", [50, 200, 1000])
def test_some_people_left_the_country_and_some_died(count: int) -> None:
    town = generate(count, 1)
    abroad = [person for person in town if person.city == "abroad"]
    dead = [person for person in town if person.died_on]
    assert abroad
    assert dead
    assert all(person.moved_from == "city-b" and not person.parents for person in abroad)
    assert all(person.died_on.startswith(str(TOWN_YEAR - 1)) and person.relation == "head" for person in dead)
    left = {person.household for person in town if person.relation == "spouse" and not person.died_on}
    assert {person.household for person in dead} <= left


def test_a_grandparent_is_the_parent_of_the_head() -> None:
    town = generate(200, 1)
    grandparents = [person for person in town if person.relation == "parent"]
    assert grandparents
    for person in grandparents:
        assert [town[index].relation for index in person.children] == ["head"]


def test_homonyms_exist_with_another_birth_date_and_with_the_same(town: tuple[Resident, ...]) -> None:
    same: dict[tuple[str, str], list[Resident]] = {}
    for person in town:
        same.setdefault((person.name, person.kana), []).append(person)
    pairs = [(one, other) for people in same.values() for one in people for other in people if one.index < other.index]
    assert all(one.address != other.address for one, other in pairs)
    assert any(one.birth != other.birth for one, other in pairs)
    assert any(one.birth == other.birth and one.sex == other.sex for one, other in pairs)


def test_the_four_basic_data_together_are_one_person(town: tuple[Resident, ...]) -> None:
    assert len({(person.name, person.birth, person.sex, person.address) for person in town}) == len(town)


def test_a_printed_resident_shows_no_identity(town: tuple[Resident, ...]) -> None:
    for person in town:
        shown = repr(person)
        assert not any(text in shown for text in (person.name, person.kana, person.birth, person.address))
