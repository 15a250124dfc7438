"""Whether an identity check is enough (Act art. 16): the number and the identity are proved; deny by default.

  1. The lines for this person, this channel and this context are tried one after the other.
  2. The first line of which all three lists of documents are met allows it.
  3. Otherwise the reason is what is missing: the number alone never proves who somebody is.

What is said aloud proves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, NewType

from mynumber.law.deciding.concluding import conclude
from mynumber.law.deciding.paths import path_of
from mynumber.law.rulings import Allowed, Decision, Refused, Text
from mynumber.law.statute import Law
from mynumber.law.wording.explaining import sentences
from mynumber.law.wording.meaning import listed
from mynumber.law.words import Words, vocabulary

TOPIC = "identity"
IDENTITY_CHECK = "425AC0000000027 Art.16"
BREACH = "accept_number_without_identity_check"
ANY = "any"
# Accepted as proof of identity in tax affairs only (426M6000000A003 art. 2(4)).
_OF_TAX_AFFAIRS = frozenset({"return_document", "account_number", "secret_fact"})

DocumentId = NewType("DocumentId", str)


@dataclass(frozen=True, slots=True)
class IdentityLine:
    """A combination of documents that is enough, for whom and through which channel."""

    TABLE: ClassVar[str] = "identity"
    rule_id: str
    who: str
    channel: str
    context: str
    number_proof_in: tuple[DocumentId, ...]
    number_proof_min: int
    identity_proof_in: tuple[DocumentId, ...]
    identity_proof_min: int
    authority_proof_in: tuple[DocumentId, ...]
    authority_proof_min: int
    legal_basis: str
    reason_if_met: str


@dataclass(frozen=True, slots=True)
class IdentityQuestion:
    """Is what was shown enough? `stated` is what somebody only said; it proves nothing and decides nothing."""

    who: Literal["self", "statutory_agent", "voluntary_agent", "corporate_agent"]
    channel: Literal["face", "online", "phone", "mail"]
    number_proof: tuple[Annotated[DocumentId, Words("identity_documents")], ...]
    identity_proof: tuple[Annotated[DocumentId, Words("identity_documents")], ...]
    authority_proof: tuple[Annotated[DocumentId, Words("identity_documents")], ...] = ()
    context: Annotated[str, Words("identity_contexts", also=(ANY,))] = ANY
    stated: tuple[str, ...] = ()


def rule(question: IdentityQuestion, law: Law) -> Decision:
    """Decide the question."""
    lines = [
        line for line in law.tables.lines(IdentityLine) if line.who == question.who and line.channel == question.channel
    ]
    candidates = [line for line in lines if line.context in (ANY, question.context)]
    met = next((line for line in candidates if _all_met(question, line)), None)
    used = [met] if met else candidates
    documents = vocabulary(law.tables, "identity_documents")
    reason = met.reason_if_met if met else _what_is_missing(question, candidates)
    kind: type[Allowed | Refused] = Allowed if met else Refused
    return conclude(
        kind,
        TOPIC,
        reason,
        # The reason of a line is a word of the data; a line that is new has no sentence of its own yet.
        sentence=reason if reason in sentences(TOPIC) else "met",
        rows=[line.rule_id for line in used],
        references=[*(line.legal_basis for line in used), IDENTITY_CHECK, *(line.legal_basis for line in lines)],
        path="" if met else path_of(BREACH, law),
        number=_accepted(documents, (line.number_proof_in for line in used)),
        identity=_accepted(documents, (line.identity_proof_in for line in used)),
        authority=_accepted(documents, (line.authority_proof_in for line in used)),
    )


def _all_met(question: IdentityQuestion, line: IdentityLine) -> bool:
    return _number_met(question, line) and _identity_met(question, line) and _authority_met(question, line)


def _number_met(question: IdentityQuestion, line: IdentityLine) -> bool:
    return _shown(question.number_proof, line.number_proof_in) >= line.number_proof_min


def _identity_met(question: IdentityQuestion, line: IdentityLine) -> bool:
    return _shown(question.identity_proof, line.identity_proof_in) >= line.identity_proof_min


def _authority_met(question: IdentityQuestion, line: IdentityLine) -> bool:
    return _shown(question.authority_proof, line.authority_proof_in) >= line.authority_proof_min


def _shown(documents: Iterable[DocumentId], accepted: Iterable[DocumentId]) -> int:
    """Return how many different documents of a list are shown; the same one twice is one."""
    return len(set(documents) & set(accepted))


def _what_is_missing(question: IdentityQuestion, candidates: Sequence[IdentityLine]) -> str:
    if not question.identity_proof and (not question.number_proof or question.channel == "phone"):
        return "number_alone"
    if question.channel == "phone":
        return "phone_without_file"
    if question.channel == "online":
        return "online_one_sided"
    if question.who == "self":
        return _what_the_person_lacks(question, candidates)
    return _what_the_agent_lacks(question, candidates)


def _what_the_agent_lacks(question: IdentityQuestion, candidates: Sequence[IdentityLine]) -> str:
    if not any(_number_met(question, line) for line in candidates):
        return "principal_number_missing"
    if not any(_identity_met(question, line) for line in candidates):
        return "relation_missing" if question.who == "corporate_agent" else "agent_identity_missing"
    return "authority_missing"


def _what_the_person_lacks(question: IdentityQuestion, candidates: Sequence[IdentityLine]) -> str:
    if not any(_number_met(question, line) for line in candidates):
        evident = question.context == "evident_identity"
        return "employment_does_not_waive_number" if evident else "number_proof_missing"
    if not question.identity_proof:
        return "mail_identity_missing" if question.channel == "mail" else "identity_proof_missing"
    if _OF_TAX_AFFAIRS & set(question.identity_proof):
        return "tax_rule_outside_tax"
    return "one_document_not_enough"


def _accepted(documents: Mapping[str, Text], lists: Iterable[Sequence[DocumentId]]) -> Text:
    return listed(documents[one] for accepted in lists for one in accepted)
