"""One exchange step by step: what happened, what proves it, and what this page cannot prove.

A step says no more than what the record, the signed outcome and the rules of the network carry. The portal could ask
the operators for log proofs of the permit, and does not: all permits of one page belong to one person, and asking for
them together would tell the operators so. The supervisor reconciles the logs instead, without a person.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from mynumber.portal.pages.telling.naming import Naming, Shown

State: TypeAlias = Literal["done", "waiting", "no", "unknown"]

_STEPS: Final = ("asked", "ruled", "recorded", "answered", "outcome")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `state` is what became of it; `proof` and `limit` say what speaks for it and what does not."""

    name: str
    state: State
    title: str
    told: str
    proof: str
    limit: str


def explain(shown: Shown, naming: Naming) -> tuple[Step, ...]:
    """Return the steps of an exchange in their order."""
    return tuple(_step(name, shown, naming) for name in _STEPS)


def state_of(name: str, shown: Shown) -> State:
    """Return what became of a step; that it was recorded shows that it was asked and ruled on."""
    if name in ("asked", "ruled", "recorded") or shown.seen.outcome == "ok":
        return "done"
    if shown.seen.outcome == "pending":
        return "unknown" if shown.fate == "over" else "waiting"
    return "done" if name == "answered" else "no"


def _step(name: str, shown: Shown, naming: Naming) -> Step:
    say = naming.words.say
    parts = {
        "asker": say("step.site") if shown.own else shown.asker,
        "provider": shown.provider,
        "procedure": shown.procedure,
        "ground": naming.ground(shown.seen.procedure),
        "requested": shown.requested,
        "provided": shown.provided,
        "until": shown.until,
    }
    messages = _messages(name, shown)
    return Step(
        name=name,
        state=state_of(name, shown),
        title=say(f"step.{name}.title"),
        told=say(messages.told, **parts),
        proof=say(messages.proof, **parts),
        limit=say(messages.limit, **parts),
    )


@dataclass(frozen=True, slots=True)
class _Messages:
    told: str
    proof: str
    limit: str


def _messages(name: str, shown: Shown) -> _Messages:
    """Return which telling, proof and limit of a step fit what happened."""
    fate, kind = shown.fate, shown.seen.kind
    told, proof, limit = f"step.{name}.told", f"step.{name}.proof", f"step.{name}.limit"
    unreported = fate in ("pending", "over")
    reported = f"{proof}.{fate}" if unreported else proof
    match name:
        case "asked":
            return _Messages(f"{told}.{kind}", f"{proof}.{kind}", f"{limit}.{kind}")
        case "answered":
            return _Messages(f"{told}.{fate}" if unreported else f"{told}.done", reported, limit)
        case "outcome":
            return _Messages(f"{told}.{fate}", reported, f"{limit}.{kind}")
        case _:
            return _Messages(told, proof, limit)
