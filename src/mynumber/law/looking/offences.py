"""An offence with its elements in words, the paths that end in it, and what the FAQ's older extract says of it."""

from mynumber.law.deciding.claims.elements import ElementLine
from mynumber.law.deciding.claims.penalty import Offence, offences
from mynumber.law.deciding.paths import PathLine
from mynumber.law.rulings import Text
from mynumber.law.statute import Law
from mynumber.law.wording.amounts import money
from mynumber.law.wording.explaining import explain
from mynumber.law.wording.meaning import listed, meaning
from mynumber.law.words import vocabulary

# The answer of the FAQ that lists penalties.
FAQ = "Q5-10"


def elements_of(law: Law, offence: Offence) -> list[ElementLine]:
    """Return the ways to commit an offence."""
    return [line for line in law.tables.lines(ElementLine) if line.penalty_id == offence.penalty_id]


def element_texts(law: Law, line: ElementLine) -> list[tuple[Text, Text]]:
    """Return each kind of element that a line has, with the facts of which one (of circumstances: all) must be so."""
    facts = vocabulary(law.tables, "penalty_facts")
    kinds = line.named_kinds().items()
    return [(meaning("element_kinds", kind), listed(facts[one] for one in named)) for kind, named in kinds if named]


def paths_to(law: Law, offence: Offence) -> list[str]:
    """Return the paths of the commission that end in an offence."""
    return [line.path_id for line in law.tables.lines(PathLine) if line.end_penalty == offence.penalty_id]


def faq_note(law: Law, offence: Offence) -> Text:
    """Return how the FAQ's extract speaks of an offence, if it does."""
    letters = sorted({line.faq_letter for line in elements_of(law, offence) if line.faq_letter})
    letter = Text(ja="・".join(letters), en=", ".join(letters))
    if not offence.seed_listed:
        return explain("faq", "not_in_faq")
    return explain("faq", "in_faq" if offence.imprisonment_max_months else "in_faq_fine_only", letter=letter)


def difference(law: Law) -> Text:
    """Return what has changed since the FAQ's extract."""
    said = next(row["difference_to_current_law"] for row in law.tables.cells("seed_faq") if row["faq_id"] == FAQ)
    every = offences(law).values()
    more = str(sum(not one.seed_listed for one in every))
    top = money(max(one.corporate_fine_max_yen or 0 for one in every))
    known = Text(ja=more, en=more)
    return Text(ja=explain("faq", "difference", more=known, top=top).ja, en=said)
