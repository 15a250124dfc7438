"""What the office listener takes and gives: bodies and answers as types.

They are read by plumbing/bodies.py: exactly what the type says, and no error that repeats a value.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec

from mynumber.acquisition.basic import Basic
from mynumber.acquisition.messages import Ground
from mynumber.codes.wire import Ident, Items, Payload, TextOrEmpty
from mynumber.exchange.context import Conditions
from mynumber.plumbing import bodies

MOST = 4096
"""Persons of a case, entries of an inquiry, persons handed in at once: a list of the network has no more.

An inquiry ends earlier: items and conditions of all its entries share the 64 KiB of one context, which hold about 1,300
entries of one item, and 750 if each has a period. What takes more is TOO_LARGE, and nothing of it is stored.
"""

_CLEAN = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"
_LINK = r"link-[0-9]{1,4}(-[0-9]{1,3})?"
_LOCAL = r"local-[a-z0-9-]{1,64}"

Ref = Annotated[str, msgspec.Meta(pattern=rf"\A{_CLEAN}{{1,64}}\Z", description="The office's own reference.")]
Line = Annotated[str, msgspec.Meta(pattern=rf"\A{_CLEAN}{{1,1000}}\Z")]
Department = Annotated[str, msgspec.Meta(pattern=rf"\A{_CLEAN}{{0,200}}\Z")]
Procedure = Annotated[str, msgspec.Meta(pattern=rf"\A({_LINK}|{_LOCAL})\Z", examples=["link-107"])]
Right = Annotated[str, msgspec.Meta(pattern=rf"\A({_LINK}|{_LOCAL}|acquisition)\Z", examples=["link-107"])]
Seconds = Annotated[int, msgspec.Meta(description="Unix seconds.")]


class NewCase(Payload, frozen=True):
    """What a case is opened with."""

    procedure: Procedure
    persons: Annotated[tuple[Ref, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    reason: Line


class NewEntry(Payload, frozen=True):
    """What is asked about one person of the case."""

    person: Ref
    items: Items
    conditions: Conditions = Conditions()


class NewInquiry(Payload, frozen=True):
    """One inquiry of one provider; items and conditions of all entries together have room in 64 KiB, else TOO_LARGE.

    `undisclosed` is the article by which the person is not to learn of the inquiry for a time (Act art. 23(2)): the one
    that the law table has for this row, else the network refuses.
    """

    case: Annotated[str, msgspec.Meta(max_length=64)]
    provider: Ident
    entries: Annotated[tuple[NewEntry, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    undisclosed: TextOrEmpty = ""


class NewRight(Payload, frozen=True):
    """A right to be granted; `acquisition` is the right to hand in persons."""

    officer: Ident
    procedure: Right


class NewOfficer(Payload, frozen=True):
    """An officer to be added; `csr` is a PEM signing request, of which only the key counts."""

    name: Ident
    csr: Annotated[str, msgspec.Meta(max_length=16_384)]
    department: Department = ""


class NewShield(Payload, frozen=True):
    """A person to be withheld."""

    person: Ref


class NewPerson(Basic, frozen=True):
    """A person whose code is wanted."""

    ref: Ref
    number: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{12}\Z")]


class NewPersons(Payload, frozen=True):
    """Persons whose codes are wanted, under a row in which the office asks or answers (Act art. 21-2).

    `lost` declares that the office lost the codes of these persons: who has one here gets it again.
    """

    ground: Ground
    persons: Annotated[tuple[NewPerson, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    lost: bool = False


class Persons(Payload, frozen=True):
    """Persons who were handed in, whose acquisitions are looked at."""

    persons: Annotated[tuple[Ref, ...], msgspec.Meta(min_length=1, max_length=MOST)]


class FailedPerson(Payload, frozen=True):
    """A person for whom there is no code, and why; `other` is the office's reference that holds it, or empty."""

    ref: str
    state: str
    other: str


class FailedPersons(Payload, frozen=True):
    """Those of the persons for whom there is no code and none on its way."""

    persons: tuple[FailedPerson, ...]


class CaseId(Payload, frozen=True):
    """The case that was opened or closed."""

    case: str


class ListedCase(Payload, frozen=True):
    """A case without what is personal; `count` is how many persons it has."""

    id: str
    procedure: str
    opened_by: str
    opened: Seconds
    closed: Seconds | None
    count: int


class CaseList(Payload, frozen=True):
    """The cases of the officer's procedures."""

    cases: tuple[ListedCase, ...]


class ShownCase(Payload, frozen=True):
    """A whole case."""

    id: str
    procedure: str
    reason: str
    opened_by: str
    department: str
    opened: Seconds
    closed: Seconds | None
    persons: tuple[str, ...]


class Problem(Payload, frozen=True, omit_defaults=True):
    """Why not: a stable code, a sentence, the next action, and the article where the law decided."""

    code: str
    message: str
    hint: str
    article: str = ""


class ShownEntry(Payload, frozen=True, rename={"class_": "class"}):
    """What came of one entry; `data` has the rows of each item, column -> value."""

    person: str
    class_: Literal["data", "nothing-held", "not-available", "pending"]
    data: dict[str, list[dict[str, str | int | float | None]]]


class ShownInquiry(Payload, frozen=True, omit_defaults=True):
    """An inquiry: ended, or pending and waiting for a party."""

    id: str
    state: Literal["answered", "refused", "pending"]
    permit: str
    entries: tuple[ShownEntry, ...]
    refusal: Problem | msgspec.UnsetType = msgspec.UNSET
    waiting_for: str | msgspec.UnsetType = msgspec.UNSET


class ShownLook(Payload, frozen=True):
    """Who looked at what, when; what does not apply is empty."""

    id: int
    at: Seconds
    officer: str
    what: str
    case: str
    inquiry: str
    person: str


class Looks(Payload, frozen=True):
    """At most 1000 looks, the oldest first; ask again `after` the last one for more."""

    looks: tuple[ShownLook, ...]


What: TypeAlias = Literal[
    "officer-added", "officer-removed", "right-granted", "right-revoked", "shield-set", "shield-lifted"
]
"""What can be done about officers, rights and withheld persons."""


class ShownAct(Payload, frozen=True):
    """What was done about an officer, a right or a withheld person, by whom, when; what does not apply is empty.

    Nobody did it where the gateway did, at its first start.
    """

    id: int
    at: Seconds
    by: str
    what: What
    officer: str
    procedure: str
    person: str


class Acts(Payload, frozen=True):
    """At most 1000 acts, the oldest first; ask again `after` the last one for more."""

    acts: tuple[ShownAct, ...]


class ShownRight(Payload, frozen=True):
    """A right, who granted it and when."""

    officer: str
    procedure: str
    granted_by: str
    at: Seconds


class Rights(Payload, frozen=True):
    """Rights; for admin everybody's, for others their own."""

    rights: tuple[ShownRight, ...]


class Credential(Payload, frozen=True):
    """An officer's certificate and the office's own CA, both PEM."""

    certificate: str
    ca: str


class Removed(Payload, frozen=True):
    """Who is no officer any more, and since when."""

    officer: str
    removed: Seconds


class Shield(Payload, frozen=True):
    """Whether a person is withheld now."""

    person: str
    withheld: bool


class Accepted(Payload, frozen=True):
    """How many of the persons are new here."""

    accepted: int


def require_once(persons: Sequence[str]) -> None:
    """Raise BadInput if a person stands twice."""
    if len(set(persons)) != len(persons):
        raise bodies.refused("a person stands twice")
