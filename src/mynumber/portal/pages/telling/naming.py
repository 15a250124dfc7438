"""Exchanges in the reader's language: parties, procedures and items by name, moments in Japan.

The names of procedures and items are those of the law's data; a party's name is the portal's configuration. A word that
nobody named is shown as it stands, because an empty place would hide something from the person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mynumber.codes.permit.steps import valid_for
from mynumber.law import wire as law
from mynumber.law.rulings import Text
from mynumber.law.wording.citing import for_readers
from mynumber.plumbing.clock import in_japan
from mynumber.portal.citizens import Gap, Outcome, Seen
from mynumber.portal.config import Language
from mynumber.portal.pages.telling.words import Words

PartyName = Callable[[str, Language], str]
Fate: TypeAlias = Outcome | Literal["over"]
"""What became of an exchange; `over` is one without a report whose permit has ended, so that no answer can follow."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One exchange as a page shows it."""

    seen: Seen
    requested: str
    provided: str
    asker: str
    provider: str
    procedure: str
    items: tuple[str, ...]
    fate: Fate
    until: str
    """Until when the provider could answer."""

    @property
    def own(self) -> bool:
        """Whether the person asked for the data, here."""
        return self.seen.kind == "self"


@dataclass(frozen=True, slots=True)
class ShownGap:
    """One missing record as a page shows it."""

    agency: str
    year: int
    number: int
    late: bool


@dataclass(frozen=True, slots=True)
class Naming:
    """How things are called in one language."""

    words: Words
    _party: PartyName
    now: int

    def party(self, party: str) -> str:
        """Return the name of an institution."""
        return self._party(party, self.words.language)

    def asker(self, seen: Seen) -> str:
        """Return who asked, as the person is told: for what she asked herself, herself."""
        return self.words.say("list.you") if seen.kind == "self" else self.party(seen.from_)

    def procedure(self, procedure: str) -> str:
        """Return the name of a procedure, in a citizen's words for what the citizen asked."""
        if procedure == law.SELF_INFORMATION:
            return self.words.say("procedure.self")
        return self._text(law.procedure_name(procedure))

    def item(self, item: str) -> str:
        """Return the name of an item, with whose data it is."""
        return self._text(law.information_name(item))

    def ground(self, procedure: str) -> str:
        """Return the place in the law that allows a procedure."""
        if row := law.row_of(procedure):
            return self.words.say("ground.row", row=row)
        if procedure == law.SELF_INFORMATION:
            return self.words.say("ground.self")
        return self.words.say("ground.other", procedure=procedure)

    def article(self, reference: str) -> str:
        """Return a provision of law in words; nothing for none."""
        return self._text(for_readers(reference))

    def fate(self, seen: Seen) -> Fate:
        """Return what became of an exchange, as it looks now."""
        return "over" if seen.outcome == "pending" and self.now > _until(seen) else seen.outcome

    def outcome(self, seen: Seen) -> str:
        """Return what became of an exchange, in words."""
        return self.words.say(f"outcome.{self.fate(seen)}")

    def show(self, seen: Seen) -> Shown:
        """Return an exchange by name."""
        return Shown(
            seen=seen,
            requested=self.words.moment(seen.requested_at),
            provided="" if seen.provided_at is None else self.words.moment(seen.provided_at),
            asker=self.party(seen.from_),
            provider=self.party(seen.to),
            procedure=self.procedure(seen.procedure),
            items=tuple(map(self.item, seen.items)),
            fate=self.fate(seen),
            until=self.words.moment(_until(seen)),
        )

    def show_gap(self, gap: Gap) -> ShownGap:
        """Return a gap by name; people count from one."""
        return ShownGap(self.party(gap.agency), gap.year, gap.number + 1, gap.late)

    def _text(self, text: Text) -> str:
        return text.ja if self.words.language == "ja" else text.en


def _until(seen: Seen) -> int:
    """Return when the permit ended: it allows no answer behind that (PROTOCOL.md section 9, F4)."""
    return seen.requested_at + valid_for(seen.kind)


def iso(seconds: int) -> str:
    """Return a moment with Japan's offset, for machines."""
    return in_japan(seconds).isoformat()
