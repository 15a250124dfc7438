"""`bench law`: how long the law takes to load, and how many rulings a warm process makes in a second.

  1. Load the tables and rule once, from nothing; beside it the bare decoding of the same files.
  2. Rule on every pair of roles and every item of the linkage table, as an operator of a network would ask.
  3. Rule on every user of every row of permitted use.

Beside 2 and 3 stands what a ruling cannot be faster than: one look-up of the same question in a plain dictionary of the
same rows, in the same loop. It gives neither reason nor reference nor explanation, and knows no class of roles.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from typing import TypeVar

import msgspec

from mynumber.law.deciding import linkage, use
from mynumber.law.deciding.linkage import LinkageQuestion
from mynumber.law.deciding.use import UseLine, UseQuestion
from mynumber.law.rulings import Allowed
from mynumber.law.statute import InfoId, Law, LinkageLine, RoleId
from mynumber.plumbing.errors import OwnFault
from mynumber.world.bench.figures import Report, Row, middle

QuestionT = TypeVar("QuestionT")

# The tables that a ruling on the linkage reads.
_OF_LINKAGE = ("roles", "procedures", "linkages", "uses", "information", "subject_relations", "linkage_details")
_LOADS = 5


def bench(seconds: float, progress: Callable[[str], None]) -> Report:
    """Measure for about so many seconds each; a question that is not allowed breaks it off."""
    progress("loading")
    loads, decodes = [], []
    for _ in range(_LOADS):
        loads.append(1000 * _time(lambda: linkage.rule(_first(law := Law.load()), law)))
        decodes.append(1000 * _time(_decode))
    law = Law.load()
    rows = [Row("tables loaded and the first ruling", middle(loads), "ms", "the files decoded", middle(decodes))]
    asked = [_question(line, *pair, item) for line in _lines(law) for pair in _pairs(line) for item in line.items]
    repeated = [one for one in asked if isinstance(linkage.rule(one, law), Allowed)]
    progress(f"{len(repeated)} questions of linkage")
    known = {(one.requester, one.row, one.provider, one.item): True for one in repeated}
    rows.append(
        _beside(
            "linkage, warm",
            (repeated, lambda one: isinstance(linkage.rule(one, law), Allowed)),
            lambda one: known[one.requester, one.row, one.provider, one.item],
            seconds,
        )
    )
    uses = [
        UseQuestion(user=role, use_row=line.use_row) for line in law.tables.lines(UseLine) for role in line.user_roles
    ]
    progress(f"{len(uses)} questions of permitted use")
    users = {(one.user, one.use_row): True for one in uses}
    rows.append(
        _beside(
            "permitted use, warm",
            (uses, lambda one: isinstance(use.rule(one, law), Allowed)),
            lambda one: users[one.user, one.use_row],
            seconds,
        )
    )
    return Report(tuple(rows))


def _lines(law: Law) -> Iterable[LinkageLine]:
    return (line for lines in law.lines.values() for line in lines)


def _pairs(line: LinkageLine) -> list[tuple[RoleId, RoleId]]:
    return [(requester, provider) for requester in line.requesters for provider in line.providers]


def _question(line: LinkageLine, requester: RoleId, provider: RoleId, item: InfoId) -> LinkageQuestion:
    return LinkageQuestion(
        requester=requester,
        procedure=line.procedure,
        provider=provider,
        item=item,
        date=line.in_force_from,
        pia_requester="published",
        pia_provider="published",
        notice="valid",
        row=line.row,
    )


def _beside(
    what: str,
    ruled: tuple[Sequence[QuestionT], Callable[[QuestionT], bool]],
    looked_up: Callable[[QuestionT], bool],
    seconds: float,
) -> Row:
    """Return the rulings of a second beside the look-ups of a second, both in turns over the same questions."""
    questions, rule = ruled
    rulings: list[float] = []
    look_ups: list[float] = []
    ends = time.monotonic() + seconds
    while not rulings or time.monotonic() < ends:
        rulings.append(len(questions) / _time(lambda: _all(questions, rule)))
        look_ups.append(len(questions) / _time(lambda: _all(questions, looked_up)))
    return Row(what, middle(rulings), "rulings/s", "look-ups in a dictionary of the same rows", middle(look_ups))


def _all(questions: Sequence[QuestionT], decide: Callable[[QuestionT], bool]) -> None:
    for question in questions:
        if not decide(question):
            raise OwnFault("BENCH", "a question of the law was not decided as it was before")


def _time(step: Callable[[], object]) -> float:
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


def _decode() -> None:
    folder = files("mynumber.law") / "data"
    for name in _OF_LINKAGE:
        msgspec.json.decode((folder / f"{name}.json").read_bytes())


def _first(law: Law) -> LinkageQuestion:
    line = next(iter(_lines(law)))
    return _question(line, *_pairs(line)[0], line.items[0])
