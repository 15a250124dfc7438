"""What an officer is told when the network, the provider or a check of our own refuses: article, sentence, next action.

On the wire a refusal is a name and perhaps a row (FLOWS section 4). Promises a sentence for every name of PROTOCOL.md
section 13; the words of the law come from `law`, those of a stop from the supervisor's state, and only these have an
article.
"""

from typing import Literal, TypeAlias

from mynumber.exchange.running.clocks import Off
from mynumber.exchange.view.state import Block
from mynumber.law import wire as law

Lang: TypeAlias = Literal["ja", "en"]
Members: TypeAlias = dict[str, str]

_TOO_LATE = ("nobody answered while the inquiry was valid", "ask again")
_SENT_BEFORE = ("this inquiry, or its permit, was used before", "ask again; it becomes a new inquiry")
_DIRECTORY = (
    "the parties stand on different directories of the network",
    "ask again in a minute; if it goes on, tell who runs the gateway",
)
_PARTY = ("a party of this inquiry is not what it would have to be in the directory", "check the provider's id")
_STORE = (
    "a code of this office does not open under the office's key",
    "tell who runs the gateway: restore the store or its keys",
)
_FAILED = (
    "a message of this inquiry failed a check; nothing was disclosed",
    "tell who runs the gateway, with the code",
)

_SENTENCES = {
    "NOT_FRESH": _TOO_LATE,
    "PERMIT_EXPIRED": _TOO_LATE,
    "REPLAYED": _SENT_BEFORE,
    "PERMIT_USED": _SENT_BEFORE,
    "STALE_DIRECTORY": _DIRECTORY,
    "UNKNOWN_EPOCH": _DIRECTORY,
    "UNKNOWN_PARTY": _PARTY,
    "ROLE_CONFLICT": _PARTY,
    "SAME_AGENCY": ("an office does not ask itself through the network", "look into the office's own files"),
    "BATCH_SIZE": ("an inquiry has too many persons for the network", "ask about fewer persons at once"),
    "UNKNOWN_TAG": (
        "for a person of this inquiry the record keeper knows no code of this office",
        "ask about 16 persons at most to find whom; that person's code must be acquired again",
    ),
    "UNWRAP_FAILED": _STORE,
    "DUPLICATE_CODE": (
        "two references of this office stand for one person",
        "compare the numbers of both; mostly a family member's stands in one",
    ),
    "ACQUISITION_UNKNOWN": ("the office did not ask for this code", "hand the person in again"),
}


def explain(code: str, procedure: str, block: Block | None = None, lang: Lang = "en") -> Members:
    """Return {code, article?, message, hint} for a wire error; `block` is what of the state stops the question."""
    if code == "LAW_REFUSED" and block is not None:
        return {"code": code, "article": block.article, **_stopped(block, lang)}
    legal = law.refusal_text(code, procedure)
    if legal is not None:
        sentence, hint = (legal.sentence.ja, legal.hint.ja) if lang == "ja" else (legal.sentence.en, legal.hint.en)
        return {"code": code, "article": legal.article, "message": sentence, "hint": hint}
    message, hint = _SENTENCES.get(code, _FAILED)
    return {"code": code, "message": message, "hint": hint}


def without_state() -> Members:
    """Return why nothing is allowed while the supervisor's state is missing or out of date; no article says so."""
    message = "the supervisor's state of the network is out of date here, so nothing may be asked"
    return {"code": "LAW_REFUSED", "message": message, "hint": "wait until the supervisor is reachable, then ask again"}


def beyond_the_law(lang: Lang = "en") -> Members:
    """Return why the network refuses what its law allows: mostly the rate of R7, which has no name of its own."""
    if lang == "ja":
        why = "1分間の照会件数の上限を超えた可能性があります。"
        message = f"法令上は認められる照会ですが、ネットワークが受け付けませんでした。{why}"
        return {"code": "LAW_REFUSED", "message": message, "hint": "1分ほど待って、もう一度照会してください。"}
    why = "this office has probably asked about too many persons within a minute"
    message = f"the law allows this inquiry and the network did not take it: {why}"
    return {"code": "LAW_REFUSED", "message": message, "hint": "ask again in a minute, or about fewer persons at once"}


def under_condition() -> Members:
    """Return why a provider refused a bundle that asks under a condition: one name stands for two reasons."""
    message = "a check failed at the provider, or it cannot keep this condition for an item; nothing was disclosed"
    hint = (
        "ask by the other kind of condition (a fiscal year for a period, a period for a fiscal year) or without one; "
        "if that is refused too, tell who runs the gateway, with the code"
    )
    return {"code": "PERMIT_MISMATCH", "message": message, "hint": hint}


def clock_off(code: str, off: Off) -> Members:
    """Return why an inquiry was out of date where it arrived: somebody's clock is off."""
    return {"code": code, "message": f"the inquiry was out of date there: {off.sentence()}", "hint": off.hint()}


def in_language(refusal: Members, procedure: str, lang: Lang) -> Members:
    """Return a refusal that `explain` wrote in English in another language, as far as the law has words for it."""
    if refusal == beyond_the_law():
        return beyond_the_law(lang)
    # A stop has the words of the state as it was then, a clock that is off both times: those words stay.
    plain = explain(refusal["code"], procedure)
    if refusal | {"hint": plain["hint"]} != plain:
        return refusal
    told = explain(refusal["code"], procedure, lang=lang)
    return told if refusal == plain else told | {"hint": refusal["hint"]}


def _stopped(block: Block, lang: Lang) -> Members:
    if lang == "ja":
        return {
            "message": f"個人情報保護委員会により停止されています：{block.reason}",
            "hint": "停止が解除されるまで待ってください。",
        }
    return {"message": f"stopped by the supervisor: {block.reason}", "hint": "wait until the supervisor lifts it"}
