"""What tests of trouble share about citizens: one who insists, and what there must be of it afterwards everywhere."""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from mynumber.card import folder as card_folder
from mynumber.card import signing
from mynumber.card.visiting import Visit
from mynumber.exchange import signing_in
from mynumber.plumbing.errors import MyNumberError, NotFinished
from mynumber.world.story.stage import Stage
from tests.town.trouble import SECONDS

OFFICE, ITEM = "pension", "pension"
SIGN_IN_AGAIN = ("SIGNED_OUT", "NOT_SIGNED_IN")
"""What tells a citizen to sign in again, in its hint."""


@dataclass
class Citizen:
    """A citizen who does what she is told: waits and repeats, or signs in again; `told` is every code she was shown."""

    stage: Stage
    name: str
    told: list[str] = field(default_factory=list)
    signed_in: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    _visit: Visit | None = field(default=None, repr=False)

    def sign_in(self) -> None:
        """Sign in, however often it takes."""
        self._insist(self._signed_in)

    def history(self) -> list[dict[str, object]]:
        """Return her exchanges."""
        answer = self._insist(lambda: self._signed_in().call("GET", "/api/history"))
        found: list[dict[str, object]] = json.loads(json.dumps(answer))["exchanges"]
        return found

    def own(self) -> dict[str, object]:
        """Return the office's answer; the same is asked again while it is pending."""
        while True:
            answer = self._insist(
                lambda: self._signed_in().call("POST", "/api/own", {"office": OFFICE, "items": [ITEM]})
            )
            found: dict[str, object] = json.loads(json.dumps(answer))
            if found["state"] != "pending" or self.over.is_set():
                return found
            self.told.append("pending")

    def sign_out(self) -> None:
        """Sign out; a portal that is away has forgotten her anyway."""
        if self._visit is not None:
            with suppress(NotFinished):
                self._visit.call("POST", "/api/sign-out", {})
        self._visit = None

    def _signed_in(self) -> Visit:
        if self._visit is None:
            card = card_folder.load(self.stage.town.cards / self.name)
            visit = Visit(card)
            shown = json.loads(json.dumps(visit.call("POST", "/api/nonce", {})))
            text = signing.sign_in(card, signing_in.read_nonce(shown["nonce"]), card_folder.pin_of(card, None))
            visit.call("POST", "/api/sign-in", {"text": text})
            self._visit, self.signed_in = visit, self.signed_in + 1
        return self._visit

    def _insist(self, act: Callable[[], object]) -> object:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                return act()
            except MyNumberError as trouble:
                self.told.append(trouble.code if trouble.hint else f"{trouble.code} without a hint")
                if trouble.code in SIGN_IN_AGAIN:
                    self._visit = None
                elif not isinstance(trouble, NotFinished) or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)


def own_permits(history: list[dict[str, object]]) -> list[str]:
    """Return the permits of a citizen's own requests."""
    return [str(each["permit"]) for each in history if each["procedure"] == "self-information"]


def settled(history: Sequence[Mapping[str, object]], ended: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return a history without what was still to come in an earlier one: the outcomes that were pending there."""
    coming = {one["permit"] for one in ended if one["outcome"] == "pending"}
    late = ("outcome", "provided_at")
    return [
        {name: value for name, value in one.items() if one["permit"] not in coming or name not in late}
        for one in history
    ]


def gained(stage: Stage) -> dict[str, int]:
    """Return what there is of reads and of own requests, everywhere."""
    return {
        "reads": stage.evidence.count("operator-1", "requests", "kind = 'read'"),
        "requests": stage.evidence.count("operator-1", "requests", "kind = 'self'"),
        "requests behind": stage.evidence.count("operator-2", "requests", "kind = 'self'"),
        "releases": stage.evidence.count("keeper", "releases", "kind = 'self'"),
        "rows": stage.evidence.count("keeper", "rows"),
        "answers": stage.evidence.count(OFFICE, "answered", "kind = 'self'"),
    }
