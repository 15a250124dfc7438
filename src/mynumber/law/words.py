"""The closed vocabularies of the law data; promises that a word is known, or an error that says what is possible.

A member of a question names its vocabulary by `Annotated[str, Words("roles")]`. A vocabulary is a column of a table of
the law, or several; its words are the values of the cells, and what they mean stands beside them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from mynumber.law.rulings import Text
from mynumber.law.tables import Tables, parts
from mynumber.plumbing.errors import WrongUse

_MANY = 12


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary of a member, a key of `VOCABULARIES`, and words that the member holds besides.

    An open one takes other words too, which decide nothing.
    """

    vocabulary: str
    open: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """Where the words of a vocabulary stand: a column of a table, and the columns that explain a word."""

    table: str
    column: str
    ja: str = ""
    en: str = ""


VOCABULARIES: Mapping[str, tuple[Column, ...]] = {
    "roles": (Column("roles", "role_id", "name_ja", "name_en"),),
    "information": (Column("information", "info_id", "name_ja", "name_en"),),
    "subject_relations": (Column("subject_relations", "relation_id", "name_ja", "name_en"),),
    "procedures": (Column("procedures", "procedure_id", "name_ja", "name_en"),),
    "linkage_rows": (Column("procedures", "linkage_rows", "name_ja", "name_en"),),
    "use_rows": (
        Column("uses", "use_row", "name_ja", "name_en"),
        Column("procedures", "use_row", "name_ja", "name_en"),
    ),
    "use_grounds": (Column("use_grounds", "ground_id", "what_ja", "what_en"),),
    "grounds": (Column("grounds", "ground_id", en="summary_en"),),
    "situations": (Column("household", "situation", "situation_ja", "situation_en"),),
    "identity_contexts": (Column("identity", "context"),),
    "identity_documents": (Column("identity_documents", "doc_id", "name_ja", "name_en"),),
    "dependant_procedures": (Column("dependants", "procedure", "procedure_ja", "procedure_en"),),
    "dependant_askers": (Column("dependants", "asks"),),
    "dependant_checkers": (Column("dependants", "checks_dependant"),),
    "dependant_capacities": (Column("dependants", "employee_acts_as"),),
    "asked": (Column("forbidden_asks", "asked", "asked_ja", "asked_en"),),
    "conditions": (Column("use_grounds", "machine_condition"), Column("grounds", "machine_condition")),
    "file_kinds": (Column("pia_exemptions", "file_kind", en="note"),),
    "leak_report_items": (Column("leak_report_items", "item_no", "name_ja", "name_en"),),
    "leak_classes": (Column("leak_reports", "class_id", "class_ja", "class_en"),),
    "retention": (Column("retention", "retention_id", "document_ja", "document_en"),),
    "definitions": (Column("definitions", "term_id", "term_ja", "term_en"),),
    "number_forms": (Column("number_equivalents", "form", "form_ja", "form_en"),),
    "form_facts": (Column("number_equivalents", "free_only_if"),),
    "penalties": (Column("penalties", "penalty_id", "act_ja", "act_en"),),
    "penalty_facts": (Column("penalty_facts", "fact", "fact_ja", "fact_en"),),
    "breaches": (Column("breach_paths", "acts"),),
    "breach_paths": (Column("breach_paths", "path_id"),),
    "rule_topics": (Column("general_law", "rule_topic"),),
}


def vocabulary(tables: Tables, name: str) -> Mapping[str, Text]:
    """Return the words of a vocabulary with what each means; empty texts where the tables do not say."""
    return tables.once(f"words {name}", lambda: _read(tables, name))


def _read(tables: Tables, name: str) -> Mapping[str, Text]:
    found: dict[str, Text] = {}
    for column in VOCABULARIES[name]:
        for row in tables.cells(column.table):
            for word in parts(row[column.column]):
                found.setdefault(word, Text(ja=row.get(column.ja, ""), en=row.get(column.en, "")))
    return found


def check(member: str, word: str, known: Collection[str]) -> None:
    """Raise WrongUse if `word`, the value of `member`, is not among the known words.

    The word itself is not repeated: somebody may have typed a number where a role belongs.
    """
    if word not in known:
        raise WrongUse(
            "LAW_UNKNOWN_WORD", f"`{member}` has a value that the law data do not know", hint=hint(word, known)
        )


def check_count(member: str, value: float, least: int = 0) -> None:
    """Raise WrongUse if `value`, the count in the member `member`, is below the least that there can be."""
    if value < least:
        raise WrongUse("LAW_MEMBERS", f"`{member}` is too small", hint=f"{member} is {least} or more")


def hint(word: str, known: Collection[str]) -> str:
    """Return the words that were probably meant, or all of them if they are few."""
    near = get_close_matches(word, known, n=3, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if len(known) <= _MANY:
        return f"possible: {', '.join(known)}"
    return f"{len(known)} words are possible, for instance {', '.join(sorted(known)[:3])}"
