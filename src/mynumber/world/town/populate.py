"""The town gets its people: numbers from the register, officers at the desks, codes at the offices, the real way.

1. The register issues a number for every resident, and cards for those who have one, before it is served.
2. Each office's admin adds officers and grants them rights.
3. Each office's clerk hands in the persons the office knows; the offices acquire codes in parallel.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from mynumber.card import folder as card_folder
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient, enlist
from mynumber.plumbing import database, keyfiles
from mynumber.plumbing.errors import NotFinished
from mynumber.register import loading
from mynumber.register import store as register
from mynumber.register.citizens import handing_out
from mynumber.register.citizens.handing_out import Holder, NewCard
from mynumber.world.offices.known import Holdings
from mynumber.world.people.residents import Resident
from mynumber.world.town.layout import Town

_HAND_IN = 512
_ACQUIRE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Post:
    """An officer of the town, the department and the rights given at the start."""

    office: str
    name: str
    department: str
    procedures: tuple[str, ...]


POSTS = (
    Post("city-a", "clerk", "市民課", ("acquisition",)),
    Post("city-a", "hanako", "こども課", ("link-106", "link-107")),
    Post("city-a", "taro", "こども課", ()),
    Post("city-a", "jiro", "福祉課", ("link-42",)),
    Post("city-b", "clerk", "市民課", ("acquisition",)),
    Post("city-b", "yuki", "税務課", ("link-106",)),
    Post("pension", "clerk", "記録課", ("acquisition",)),
    Post("tax", "clerk", "管理課", ("acquisition",)),
    Post("tax", "kaoru", "還付課", ("link-82", "link-106")),
    Post("accounts", "clerk", "登録課", ("acquisition",)),
)
# The row in which each office asks or answers, which is the ground of its acquisition (Act art. 21-2).
GROUNDS: Mapping[str, str] = {
    "city-a": "link-107",
    "city-b": "link-106",
    "pension": "link-107",
    "tax": "link-82",
    "accounts": "link-82",
}


def issue_numbers(town: Town, residents: Sequence[Resident]) -> tuple[str, ...]:
    """(1) Load the residents into the register's store; return their numbers, in order."""
    folder = town.institution("register").folder
    people, numbers = town.folder / "town" / "residents.jsonl", town.folder / "town" / "numbers"
    lines = [
        json.dumps(_basic(resident) | {"household": resident.household}, ensure_ascii=False) for resident in residents
    ]
    keyfiles.write_secret(people, ("\n".join(lines) + "\n").encode())
    store = database.Store(database.store_url("data.db", folder), register.SCHEMA.metadata, register.SCHEMA.version)
    try:
        seals = register.Seals.of(keyfiles.read_secret(folder / "keys" / "store.key"))
        loading.load(store, seals, people, out=numbers, progress=lambda _done, _total: None)
    finally:
        store.close()
    return tuple(numbers.read_text(encoding="ascii").split())


def hand_out_cards(town: Town, people: "People", holders: Mapping[str, Resident]) -> None:
    """(1) Let the register make a card for each of these residents: name of the folder below town/cards -> who."""
    wanted = [
        NewCard(
            msgspec.convert(_basic(person) | {"number": people.numbers[person.index]}, Holder),
            town.cards / name,
            card_folder.new_pin(),
        )
        for name, person in holders.items()
    ]
    handing_out.hand_out(town.institution("register").config, town.institution("portal").config, wanted)


def _basic(resident: Resident) -> dict[str, str]:
    names = ("name", "kana", "birth", "sex", "address")
    return {name: getattr(resident, name) for name in names}


def appoint(town: Town, posts: Sequence[Post] = POSTS) -> dict[tuple[str, str], OfficeClient]:
    """(2) Add officers and grant rights; return everybody's way to the desk, admins included."""
    desks: dict[tuple[str, str], OfficeClient] = {}
    for post in posts:
        folder = town.institution(post.office).folder / "officers"
        admin = desks.setdefault((post.office, "admin"), OfficeClient.of(folder / "admin"))
        enlist(admin, folder / post.name, post.name, post.department)
        for procedure in post.procedures:
            right = api.NewRight(officer=post.name, procedure=procedure)
            admin.call("POST", "/rights", api.Rights, right)
        desks[post.office, post.name] = OfficeClient.of(folder / post.name)
    return desks


@dataclass(frozen=True, slots=True)
class People:
    """The residents, their numbers, and who knows them."""

    residents: tuple[Resident, ...]
    numbers: tuple[str, ...]
    holdings: Holdings


def acquire(
    desks: Mapping[tuple[str, str], OfficeClient], people: People, *, progress: Callable[[int, int], None]
) -> None:
    """(3) Hand in everybody at every office and wait for the codes; `progress` gets (done, all)."""
    for office, held in people.holdings.items():
        persons = [new_person(people, holding.person, holding.ref) for holding in held]
        for start in range(0, len(persons), _HAND_IN):
            body = api.NewPersons(ground=GROUNDS[office], persons=tuple(persons[start : start + _HAND_IN]))
            desks[office, "clerk"].call("POST", "/persons", api.Accepted, body)
    everybody = sum(len(held) for held in people.holdings.values())
    deadline = time.monotonic() + _ACQUIRE_SECONDS
    while (done := _done(desks, people.holdings)) < everybody:
        progress(done, everybody)
        if time.monotonic() > deadline:
            raise NotFinished("NOT_ACQUIRED", "the offices did not get their codes in time", hint="see the journals")
        time.sleep(0.1)
    progress(everybody, everybody)


def _done(desks: Mapping[tuple[str, str], OfficeClient], holdings: Holdings) -> int:
    states = [desks[office, "clerk"].call("GET", "/acquisitions", dict[str, int]) for office in holdings]
    return sum(count for each in states for state, count in each.items() if state not in ("waiting", "accepted"))


def new_person(people: People, index: int, ref: str) -> api.NewPerson:
    """Return a resident as an office hands it in, under a reference of its own."""
    members = _basic(people.residents[index]) | {"ref": ref, "number": people.numbers[index]}
    return msgspec.convert(members, api.NewPerson)
