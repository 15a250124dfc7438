"""The state of the network: which assessments are unpublished and which switches are off, signed by the supervisor.

`""` in a block stands for any. An unpublished assessment of a file (Act art. 28(6)) blocks its party, asking and
giving; a stop switch blocks what it names. What a block matches is LAW_REFUSED, and so is everything without a valid
state: deny by default (FLOWS section 3).
"""

from dataclasses import dataclass

from mynumber.codes import jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.law_table import Question
from mynumber.plumbing.canonical import Json

TYP = "mnc-state+json"
VALID_SECONDS = 3600


class Block(wire.Payload, frozen=True, kw_only=True):
    """One block; empty members match anything, `item` without a relation matches it with every relation."""

    party: str
    procedure: str
    item: str
    article: str
    reason: str

    def matches(self, question: Question) -> bool:
        """Tell whether this block stops the question; what a block names and a question lacks does not match."""
        items = {name for item in question.items for name in (item, item.partition("/")[0])}
        return (
            self.party in ("", question.from_, question.to)
            and self.procedure in ("", question.procedure)
            and (self.item == "" or self.item in items)
        )


class Body(wire.Payload, frozen=True, kw_only=True):
    """The payload of a state."""

    v: wire.One = 1
    network: wire.Ident
    version: wire.Epoch
    issued: wire.Count
    valid_until: wire.Count
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A verified state and the JWS it came as."""

    jws: Json
    body: Body

    def matching(self, question: Question) -> Block | None:
        """Return the first block that stops the question."""
        return next((block for block in self.body.blocks if block.matches(question)), None)

    def check(self, question: Question, now: int) -> None:
        """Raise LAW_REFUSED if the state is out of date or blocks the question."""
        if question.kind == "read":
            return
        if now > self.body.valid_until or self.matching(question) is not None:
            raise ProtocolError("LAW_REFUSED", row=question.procedure or None)


def load(value: Json, network: str, supervisor: tuple[str, bytes]) -> State:
    """Return the verified state, or raise; `supervisor` is (id, public key)."""
    parsed = jws.open_signed(value, TYP, [supervisor], wire.MAX_LARGE_PAYLOAD)
    body = wire.read(parsed.value, Body)
    if body.network != network:
        raise ProtocolError("LAW_REFUSED")
    return State(value, body)


def sign(body: Body, supervisor: tuple[str, bytes]) -> Json:
    """Return the JWS of a state; `supervisor` is (id, secret)."""
    return jws.sign(body, TYP, [supervisor])
