"""Whether entrusted work may be passed on (Act art. 10): only with the permission of the original entruster.

This holds at every depth; what the direct entruster permits decides nothing.
"""

from dataclasses import dataclass

from mynumber.law.deciding.concluding import either
from mynumber.law.deciding.paths import Prohibition, path_of
from mynumber.law.rulings import Decision
from mynumber.law.statute import Law

TOPIC = "entrustment"
_ACT = "re_entrust_without_permission"


@dataclass(frozen=True, slots=True)
class EntrustmentQuestion:
    """May the work be passed on? `depth` counts how often it has been entrusted; it decides nothing."""

    has_permission_of_original_entruster: bool
    depth: int
    has_permission_of_direct_entruster: bool


def rule(question: EntrustmentQuestion, law: Law) -> Decision:
    """Decide the question."""
    lines = [line for line in law.tables.lines(Prohibition) if line.act == _ACT]
    return either(
        question.has_permission_of_original_entruster,
        TOPIC,
        ("permission", "no_permission"),
        rows=[line.prohibition_id for line in lines],
        references=[line.source for line in lines],
        path=path_of(_ACT, law),
    )
