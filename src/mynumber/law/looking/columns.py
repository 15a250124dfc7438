"""Where the tables of the law keep their references and names; promises that each table with references is listed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mynumber.law.rulings import Text
from mynumber.law.tables import Cells

_DETAIL = "506M60004008009 Art."
# The words by which the FAQ's table cites, and the law behind each.
_CITED = {"Act": "425AC0000000027", "Order": "426CO0000000155", "MO": "426M60000008085", "Rule": "426M6000000A003"}
_CITATION = re.compile(r"(?P<word>Act|Order|MO|Rule)(?: \(?[0-9]{3}[0-9A-Z]{12}\)?)?(?: |$)(?P<numbers>.*)")


@dataclass(frozen=True, slots=True)
class Shown:
    """A table: columns that hold references, columns that hold a bare article of a law, and the names of a line."""

    cited: tuple[str, ...]
    ja: str
    en: str
    bare: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    faq: bool = False

    @property
    def searched(self) -> tuple[str, ...]:
        """The columns in which an answer of the FAQ may be named."""
        return (*self.cited, *self.words)

    def references(self, row: Cells) -> Iterator[str]:
        """Yield the references of a row, each with its law."""
        for column, prefix in self.bare.items():
            if row[column]:
                yield f"{prefix}{row[column]}"
        for column in self.cited:
            if row[column]:
                yield _of_the_faq(row[column]) if self.faq else row[column]

    def name(self, row: Cells) -> Text:
        """Return what a row is called."""
        ja, en = row.get(self.ja, ""), row.get(self.en, "")
        return Text(ja=ja or en, en=en or ja)


def _of_the_faq(cell: str) -> str:
    """Return `Act 2(7); MO (426M60000008085) 16-17` as references; `16-17` is a range there, no branch number."""
    found = []
    for piece in cell.split(";"):
        citation = _CITATION.fullmatch(piece.strip())
        if citation is None:
            found.append(piece.strip())
            continue
        numbers = re.sub(r"([0-9]+)-([0-9]+)", r"\1 to \2", citation["numbers"])
        found.append(f"{_CITED[citation['word']]}{f' Arts {numbers}' if numbers else ''}")
    return "; ".join(found)


ACT_ARTICLE = "425AC0000000027 Art."
SHOWN: Mapping[str, Shown] = {
    "seed_faq": Shown(("articles",), "topic_ja", "promise", words=("faq_id",), faq=True),
    "definitions": Shown(("article",), "term_ja", "term_en"),
    "use_grounds": Shown(("source",), "what_ja", "what_en", {"article": ACT_ARTICLE}),
    "grounds": Shown(("source",), "summary_en", "summary_en", {"article": ACT_ARTICLE}),
    "prohibitions": Shown(("source",), "act_en", "act_en", {"article": ACT_ARTICLE}),
    "penalties": Shown((), "act_ja", "act_en", {"article": ACT_ARTICLE}),
    "penalty_elements": Shown(("basis",), "act", "act"),
    "breach_paths": Shown(("step_1_article", "step_2_article", "urgent_article"), "acts", "acts"),
    "general_law": Shown(
        ("my_number_article", "general_article"), "my_number_label_ja", "my_number_rule_en", words=("faq_id",)
    ),
    "household": Shown(("basis",), "situation_ja", "situation_en"),
    "identity": Shown(("legal_basis",), "rule_id", "reason_if_met"),
    "number_equivalents": Shown(("basis",), "form_ja", "form_en"),
    "retention": Shown(("legal_basis",), "document_ja", "document_en"),
    "dependants": Shown(("article",), "procedure_ja", "procedure_en"),
    "forbidden_asks": Shown(("basis",), "asked_ja", "asked_en"),
    "pia": Shown(("source",), "note", "note"),
    "pia_exemptions": Shown(("source",), "note", "note"),
    "leak_reports": Shown(("legal_basis",), "class_ja", "class_en"),
    "leak_report_items": Shown(("source",), "name_ja", "name_en"),
    "uses": Shown(("source",), "name_ja", "name_en"),
    "linkages": Shown(("source",), "provider_role", "provider_role", {"detail_article": _DETAIL}),
    "linkage_details": Shown(("source",), "step_ja", "step_ja"),
}
