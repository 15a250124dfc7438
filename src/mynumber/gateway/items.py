"""Items as the law data name them: a typing error is told as one, and never as what the law decided."""

import difflib
from collections.abc import Iterable

from mynumber.law.statute import InfoId, RelationId, current


def correction(item: str) -> str | None:
    """Return what to do about an item that the law data do not know, None for one that they know.

    Nobody could ever ask for the first; whether a row allows the second is for the network to decide.
    """
    law = current()
    info, slash, relation = item.partition("/")
    if InfoId(info) not in law.information:
        return _nearest(item, info, law.information)
    if slash and RelationId(relation) not in law.relations:
        return _nearest(item, relation, law.relations)
    return None


def _nearest(item: str, word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"write {item.replace(word, near[0], 1)}" if near else "see `mynumber law table information`"
