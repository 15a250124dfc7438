"""What the words on the wire mean in law: names for people, and the article behind a refusal.

`procedure` = `link-<row>` (a row of the linkage table), `local-<id>` (an affair of a local ordinance) or
`self-information`; item = `<info_id>` or `<info_id>/<relation>`.
"""

from dataclasses import dataclass

from mynumber.law.rulings import Text
from mynumber.law.statute import SEE_SOURCE, InfoId, Law, RelationId, RowNo, current

SELF_INFORMATION = "self-information"
_LINK = "link-"
_LOCAL = "local-"
_EXCHANGE = "425AC0000000027 Arts 19(8), 21(2)"


@dataclass(frozen=True, slots=True)
class RefusalText:
    """What the asker is told about a refusal of the law."""

    article: str
    sentence: Text
    hint: Text


def wire_procedure(row: RowNo) -> str:
    """Return the text of a row of the linkage table on the wire."""
    return f"{_LINK}{row}"


def row_of(procedure: str, law: Law | None = None) -> RowNo | None:
    """Return the row of a procedure text, or None if it names no row of the linkage table."""
    row = RowNo(procedure.removeprefix(_LINK))
    known = procedure.startswith(_LINK) and row in (law or current()).procedure_of
    return row if known else None


def procedure_name(procedure: str, law: Law | None = None) -> Text:
    """Return the name of a procedure text; an unknown one is its own name."""
    law = law or current()
    if row := row_of(procedure, law):
        return law.procedures[law.procedure_of[row]]
    if procedure == SELF_INFORMATION:
        return Text(ja="自己情報の表示", en="Display of one's own information")
    if procedure.startswith(_LOCAL):
        return Text(ja=f"条例事務 {procedure}", en=f"Affair of a local ordinance {procedure}")
    return Text(ja=procedure, en=procedure)


def information_name(item: str, law: Law | None = None) -> Text:
    """Return the name of an item, with or without a relation; an unknown word is its own name."""
    law = law or current()
    info, _, relation = item.partition("/")
    name = law.information.get(InfoId(info), Text(ja=info, en=info))
    if not relation:
        return name
    whose = law.relations.get(RelationId(relation), Text(ja=relation, en=relation))
    return Text(ja=f"{name.ja}（{whose.ja}）", en=f"{name.en} ({whose.en})")


def relations_of(row: RowNo, item: InfoId, law: Law | None = None) -> tuple[RelationId, ...]:
    """Return whose data an item may be in a row, in the order of the law; nothing where the data cannot say."""
    details = (law or current()).details.get((row, item), ())
    relations = tuple(dict.fromkeys(relation for detail in details for relation in detail.relations))
    return () if SEE_SOURCE in relations else relations


def refusal_text(code: str, procedure: str, law: Law | None = None) -> RefusalText | None:
    """Return article, sentence and hint for a wire error and the procedure it names; None if it is none of the law."""
    if code != "LAW_REFUSED":
        return None
    name = procedure_name(procedure, law)
    return RefusalText(
        article=_article(procedure, law),
        sentence=Text(
            ja=f"「{name.ja}」（{procedure}）のため、この照会者がこの提供者にこの情報を照会することは認められていません。",
            en=f'For "{name.en}" ({procedure}), this inquirer may not ask this provider for these items.',
        ),
        hint=Text(
            ja="`mynumber law table linkages` で、この項の提供者、情報、対象者を確認してください。",
            en="see the providers, items and relations of this row with `mynumber law table linkages`",
        ),
    )


def _article(procedure: str, law: Law | None) -> str:
    if row := row_of(procedure, law):
        return f"506M60004008009 Art.2 row {row}; {_EXCHANGE}"
    if procedure == SELF_INFORMATION:
        return "425AC0000000027 suppl. Art.6(3)"
    return "425AC0000000027 Art.19(9)" if procedure.startswith(_LOCAL) else _EXCHANGE
