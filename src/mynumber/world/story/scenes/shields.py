"""The scene of a withheld person: whoever asks cannot tell such a person from one whom the provider does not know."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from mynumber.exchange.context import Conditions
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import segment
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json, unb64
from mynumber.world.offices.desk import LAST_YEAR
from mynumber.world.people.residents import Resident
from mynumber.world.story import judging
from mynumber.world.story.stage import Entry, Stage, Step

# So many rounds of so many answers each; what is told of the times is the median of the rounds' medians. What is
# measured is a whole exchange on a busy machine, so the times are told and decide nothing; bytes decide.
_ROUNDS, _TIMES = 5, 5
_ITEMS = ("local_tax/recipient",)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What an asker can see of one answer: its class, the members and sizes of what came, and the time it took."""

    class_: str
    data: bool
    shape: tuple[tuple[str, int], ...]
    sealed: int
    seconds: float


def withheld(stage: Stage) -> Step:
    """City B withholds a person, and lets her go again: in between she is answered like somebody unknown."""
    cast, admin = stage.cast, stage.desk("city-b", "admin")
    ref = cast.ref("city-b", cast.shielded)
    case = stage.open_case("hanako", "link-106", [cast.shielded, cast.stranger], "child allowance: income of last year")
    admin.call("POST", "/shields", api.Shield, api.NewShield(person=ref))
    try:
        rounds = [[_pair(stage, case, first=turn % 2) for turn in range(_TIMES)] for _ in range(_ROUNDS)]
    finally:
        admin.call("DELETE", f"/shields/{segment(ref)}", api.Shield)
    free = _ask(stage, case, cast.shielded)
    answers = [each for pairs in rounds for pair in pairs for each in pair]
    visible = {(each.class_, each.data, each.shape, each.sealed) for each in answers}
    ok = len(visible) == 1 and answers[0].class_ == "not-available" and free.class_ == "data"
    ratios = [_ratio(pairs) for pairs in rounds]
    detail = (
        f"{len(answers) // 2} answers each: {len(visible)} kind ({answers[0].class_}, {answers[0].sealed} bytes); "
        f"time withheld to unknown, medians of {_ROUNDS} rounds: {median(ratios):.2f} ({min(ratios):.2f} to "
        f"{max(ratios):.2f}); no longer withheld: {free.class_}"
    )
    return Step("withheld", "", ok, detail, ("5-5",))


def _pair(stage: Stage, case: str, *, first: int) -> tuple[_Heard, _Heard]:
    """Return what is heard of the withheld and of the unknown person; who is asked about first changes."""
    both = (stage.cast.shielded, stage.cast.stranger)
    heard = {place: _ask(stage, case, both[place]) for place in (first, 1 - first)}
    return heard[0], heard[1]


def _ratio(pairs: Sequence[tuple[_Heard, _Heard]]) -> float:
    shielded, unknown = zip(*pairs, strict=True)
    return float(median(each.seconds for each in shielded) / median(each.seconds for each in unknown))


def _ask(stage: Stage, case: str, person: Resident) -> _Heard:
    begun = time.monotonic()
    shown = stage.ask(case, "city-b", [Entry(person, _ITEMS)], conditions=Conditions(fiscal_year=LAST_YEAR))
    seconds = time.monotonic() - begun
    request = stage.evidence.request_of("city-a", shown.id)
    ((answer,),) = stage.evidence.rows("city-b", "SELECT answer FROM answered WHERE request = ?", (request,))
    value = canonical.decode(answer if isinstance(answer, bytes) else b"")
    assert isinstance(value, dict)  # noqa: S101  # {answer, sealed}
    sealed = len(unb64(value["sealed"]))
    return _Heard(judging.classes(shown)[0], any(judging.told(shown)), _shape(value), sealed, seconds)


def _shape(value: dict[str, Json]) -> tuple[tuple[str, int], ...]:
    return tuple((name, len(canonical.encode(member))) for name, member in sorted(value.items()))
