"""Everything that the law data hold about a provision; promises that nothing is left out that a reference cell names.

  1. Read what is asked: an article (`19`, `19(8)`, `53-2`), a reference (`506M60004008009 Art.2 row 107`), an answer of
     the FAQ (`Q5-9`), or the id of a line (`P49`).
  2. Find the lines whose reference cells name it. A paragraph or item in brackets finds the lines of that paragraph
     and those that speak of the whole article.
  3. Follow forbidden acts to their penalties and the paths of the commission, offences to the paths that end in them,
     rows of the linkage table to their detail lines, and answers of the FAQ to the articles that they rest on.

Lines from the cell of another law are not mixed in: `19` is of the Act, and other laws are asked for with their id.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from mynumber.law.deciding.claims.penalty import offences
from mynumber.law.looking.columns import SHOWN, Shown
from mynumber.law.looking.rows import names
from mynumber.law.references import ACT, Provision, parse
from mynumber.law.rulings import Text
from mynumber.law.statute import Law, ProcedureId
from mynumber.law.tables import Cells, parts
from mynumber.law.wording.meaning import meaning
from mynumber.law.words import hint
from mynumber.plumbing.errors import WrongUse

_LAW = re.compile(r"(?P<law>[0-9]{3}[0-9A-Z]{12})\b ?")
_ARTICLES = re.compile(r"Arts?[ .]*(?P<list>[0-9].*?)(?: item (?P<item>[0-9]+))?(?: \(.\))?")
_BRACKET = re.compile(r"\(([^)]*)\)")
# Tables that name their lines in English only, or not at all: the vocabulary that does, and the column of its words.
_EXPLAINED = {
    "breach_paths": ("breach_paths", "path_id"),
    "grounds": ("grounds", "ground_id"),
    "pia_exemptions": ("file_kinds", "file_kind"),
    "prohibitions": ("breaches", "act"),
}
_FAQ = re.compile(r"(?:FAQ )?(?P<id>Q[0-9]+-[0-9]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """One provision that a reference names, and the paragraphs or items of it."""

    provision: Provision
    brackets: frozenset[str]

    def meets(self, other: "Mention") -> bool:
        """Whether both name a common part of the law."""
        mine, its = self.provision, other.provision
        same = (mine.law, mine.kind) == (its.law, its.kind) and mine.first <= its.last and its.first <= mine.last
        return same and not (self.brackets and other.brackets and self.brackets.isdisjoint(other.brackets))


@dataclass(frozen=True, slots=True)
class Found:
    """A line that speaks of what was asked."""

    table: str
    key: str
    name: Text
    reference: str
    row: Cells


@cache
def mentions(reference: str) -> tuple[Mention, ...]:
    """Return every provision that a reference names, article by article."""
    return tuple(_mentions(reference))


def _mentions(reference: str) -> Iterator[Mention]:
    law = ACT
    for piece in reference.split(";"):
        text = piece.strip()
        if named := _LAW.match(text):
            law, text = named["law"], text[named.end() :]
        articles = _ARTICLES.fullmatch(text)
        for one in re.split(r", (?=[0-9])", articles["list"]) if articles else [text]:
            brackets = {*_BRACKET.findall(one), *([articles["item"]] if articles and articles["item"] else ())}
            for provision in parse(f"{law} Art.{one}" if articles else f"{law} {text}"):
                yield Mention(provision, frozenset(brackets) if articles else frozenset())


def about(asked: str, law: Law) -> list[Found]:
    """Return the lines about what is asked; raise WrongUse with what comes near if there are none."""
    faq = _FAQ.fullmatch(asked.strip())
    if faq:
        found = _of_answer(faq["id"].upper(), law)
    else:
        found = [*_with_id(asked.strip(), law), *_that_name(list(mentions(_as_reference(asked))), law)]
        found = _and_what_follows(found, law)
    if not found:
        raise WrongUse("LAW_ARTICLE", "the law data hold nothing about this", hint=_near(asked.strip(), law))
    return list({(one.table, one.key): one for one in found}.values())


def counted(asked: str, sentences: Iterable[Sequence[str]]) -> int:
    """Return how many test sentences give what is asked as a reason; each is the list of its references."""
    wanted = list(mentions(_as_reference(asked)))
    faq = _FAQ.fullmatch(asked.strip())
    word = f"FAQ {faq['id'].upper()}" if faq else ""

    def names_it(reference: str) -> bool:
        if word:
            return word in reference
        return any(one.meets(other) for one in wanted for other in mentions(reference))

    return sum(any(names_it(reference) for reference in because) for because in sentences)


def named_by(asked: str, law: Law) -> str:
    """Return the reference that is asked for: that of the line if the id of one is given."""
    return next((one.reference for one in _with_id(asked.strip(), law)), asked)


def _as_reference(asked: str) -> str:
    text = re.sub(r"\b(Arts?)[ .]+(?=[0-9])", r"\1.", asked.strip())
    # A bare number is an article; the id of a law begins with digits too, and is longer.
    return f"Art.{text}" if re.match(r"[0-9]{1,3}(?![0-9A-Z])", text) else text


def _that_name(wanted: Sequence[Mention], law: Law) -> Iterator[Found]:
    for table, shown in SHOWN.items():
        for row in law.tables.cells(table):
            for reference in shown.references(row):
                if any(one.meets(other) for one in wanted for other in mentions(reference)):
                    yield _found(table, shown, row, reference, law)
                    break


def _with_id(asked: str, law: Law) -> Iterator[Found]:
    for table, shown in SHOWN.items():
        for row in law.tables.cells(table):
            if next(iter(row.values())).lower() == asked.lower():
                yield _found(table, shown, row, next(iter(shown.references(row)), ""), law)


def _of_answer(answer: str, law: Law) -> list[Found]:
    word = re.compile(rf"\b{answer}\b")
    direct = [
        _found(table, shown, row, next(iter(shown.references(row)), ""), law)
        for table, shown in SHOWN.items()
        for row in law.tables.cells(table)
        if any(word.search(cell) for column, cell in row.items() if column in shown.searched)
    ]
    answers = [one for one in direct if one.table == "seed_faq"]
    articles = [mention for one in answers for mention in mentions(one.reference)]
    return [*direct, *_and_what_follows(list(_that_name(articles, law)), law)] if direct else []


def _and_what_follows(found: Sequence[Found], law: Law) -> list[Found]:
    """Add the penalties of forbidden acts and the paths that they open."""
    of_acts = [one.row for one in found if one.table == "prohibitions"]
    acts = {row["act"] for row in of_acts}
    named = {one.key for one in found if one.table == "penalties"}
    penalties = {penalty for row in of_acts for penalty in parts(row["penalty_ids"])}
    rows = {one.row["row_no"] for one in found if one.table == "linkages"}
    cells = law.tables.cells
    more = [
        *(("penalties", row) for row in cells("penalties") if row["penalty_id"] in penalties),
        *(
            ("breach_paths", row)
            for row in cells("breach_paths")
            if acts & set(parts(row["acts"])) or row["end_penalty"] in named
        ),
        *(("linkage_details", row) for row in cells("linkage_details") if row["row_no"] in rows),
    ]
    return [*found, *(_found(table, SHOWN[table], row, next(SHOWN[table].references(row)), law) for table, row in more)]


def _found(table: str, shown: Shown, row: Cells, reference: str, law: Law) -> Found:
    return Found(table, next(iter(row.values())), _name(table, shown, row, law), reference, row)


def _name(table: str, shown: Shown, row: Cells, law: Law) -> Text:
    if table == "linkages":
        return law.procedures[ProcedureId(row["procedure_id"])]
    if table == "penalty_elements":
        return offences(law)[row["penalty_id"]].name
    if table in _EXPLAINED:
        vocabulary, column = _EXPLAINED[table]
        return meaning(vocabulary, row[column], shown.name(row))
    return shown.name(row)


def _near(asked: str, law: Law) -> str:
    """Return the articles nearest to a number, or words like those asked."""
    wanted = next(iter(mentions(_as_reference(asked)))).provision
    known = {
        other.provision
        for table, shown in SHOWN.items()
        for row in law.tables.cells(table)
        for reference in shown.references(row)
        for other in mentions(reference)
    }
    same = sorted({one.first for one in known if (one.law, one.kind) == (wanted.law, wanted.kind) and one.first})
    if wanted.first and same:
        nearest = sorted(same, key=lambda number: (abs(number[0] - wanted.first[0]), number))[:3]
        return f"near it: {', '.join('-'.join(map(str, number)) for number in sorted(nearest))}"
    return hint(asked, sorted({*names(law.tables), *(one.law for one in known if one.law), *_ids(law)}))


def _ids(law: Law) -> Iterator[str]:
    return (next(iter(row.values())) for table in SHOWN for row in law.tables.cells(table))


def by_table(found: Iterable[Found]) -> Mapping[str, list[Found]]:
    """Return the lines table by table."""
    tables: dict[str, list[Found]] = {}
    for one in found:
        tables.setdefault(one.table, []).append(one)
    return tables
