"""Who may hold what, and why: the whole list. What is found anywhere else must not be there.

Promises a list that is checked from both sides: a find without a right is forbidden, and a right whose holder does not
hold the thing is lacking, for then the search was blind or the list is wrong.

Kinds are those of search/needles.py and search/symbols.py. `own` is the holder's own office, `other` any other office.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

PASSED: Final = "received and sent"
"""What passed through a process, after decryption; only a town told with its taps open has it."""
JOURNAL: Final = "journal"
ELSE: Final = "further files"
"""Keys, certificates, papers and whatever else lies in the folder."""

# Where a party's things lie: the first beginning that fits says it.
_PLACES: Mapping[str, str] = {
    "journal/tap/": PASSED,
    "journal/": JOURNAL,
    "log/": "log",
    **{name: name for name in ("data.db", "gateway.db", "vault.db", "business.db", "config.toml")},
}


@dataclass(frozen=True, slots=True)
class Right:
    """Holders (a role), where they hold, which kinds, and why they may and must."""

    role: str
    place: str
    kinds: tuple[str, ...]
    why: str


RIGHTS = (
    Right(
        "register",
        PASSED,
        ("number", "name", "kana", "address"),
        "offices hand in numbers with basic data to acquire codes (Act art. 21-2); its store has them under seal",
    ),
    Right(
        "gateway",
        PASSED,
        ("number", "name", "kana", "address", "ref own"),
        "its departments hand in whom they hold lawfully; number and basic data go on to the register, nowhere else",
    ),
    Right(
        "gateway",
        PASSED,
        ("case own", "reason own", "department"),
        "its own officers open cases and ask; the context goes to the provider directly",
    ),
    Right(
        "gateway",
        PASSED,
        ("case other", "reason other"),
        "a provider reads in the context who asks in which case and why (FLOWS section 5)",
    ),
    Right(
        "gateway",
        PASSED,
        ("certificate other", "amount other", "told"),
        "the asker opens the answer and shows it to its officer; to everybody else, the provider too, it is sealed",
    ),
    Right(
        "portal",
        PASSED,
        ("certificate other", "amount other", "told"),
        "a citizen who is signed in is shown what an office holds of her; nothing of it stays there",
    ),
    Right(
        "gateway",
        "gateway.db",
        ("ref own", "wrapped code own", "case own", "department"),
        "its own references with its own codes, wrapped; reasons, contexts and answers are under seal",
    ),
    Right(
        "gateway",
        "business.db",
        ("ref own", "canary own", "certificate own", "amount own", "name", "kana", "address"),
        "the department's own data, under the office's own references; no number and no code",
    ),
    Right("gateway", "config.toml", ("department",), "which department is in charge of a procedure"),
    Right(
        "keeper",
        "data.db",
        ("member other",),
        "keyed hashes of record tags, by which it knows an enrolled tag again; the tags are nowhere",
    ),
)


@dataclass(frozen=True, slots=True)
class Found:
    """How often a kind was found in a place of an institution."""

    institution: str
    role: str
    place: str
    kind: str
    count: int

    @property
    def told(self) -> str:
        """In words, without anything of what was found."""
        return f"{self.institution}: {self.kind} in {self.place} ({self.count})"


def place_of(where: str) -> str:
    """Return the place of a piece of a party's folder; what lies beside a store belongs to it."""
    return next((place for begin, place in _PLACES.items() if where.startswith(begin)), ELSE)


def kind_for(kind: str, holder: str, offices: Iterable[str]) -> str:
    """Return a kind as a holder sees it: of his own office, or of another."""
    what, _, whose = kind.rpartition(" ")
    if whose not in offices:
        return kind
    return f"{what} own" if whose == holder else f"{what} other"


def forbidden(found: Iterable[Found]) -> tuple[Found, ...]:
    """Return what was found where no right allows it."""
    allowed = {(right.role, right.place, kind) for right in RIGHTS for kind in right.kinds}
    return tuple(each for each in found if (each.role, each.place, each.kind) not in allowed)


def lacking(found: Iterable[Found], searched: Iterable[str]) -> tuple[str, ...]:
    """Return the rights that nobody uses, of the places that were searched."""
    used = {(each.role, each.place, each.kind) for each in found}
    return tuple(
        f"{right.role}: {kind} in {right.place}"
        for right in RIGHTS
        if right.place in searched
        for kind in right.kinds
        if (right.role, right.place, kind) not in used
    )
