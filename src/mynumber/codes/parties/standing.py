"""Which directory counts while one replaces another (PROTOCOL.md section 4, *Overlap*; R3 of section 5).

A party stands on its newest directory and remembers the one before. Keys for R1 come from `named`; whether naming that
one is still allowed is R3, `check`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties.directory import SPACING_S, Directory

_SENDER_WAITS_S = 60  # so that every receiver had two clock tolerances to take the new one
_OPERATOR_GRACE_S = 180


@dataclass(frozen=True, slots=True)
class Standing:
    """A party's current directory and its predecessor, if it ever accepted one."""

    current: Directory
    predecessor: Directory | None = None

    def accept(self, new: Directory) -> "Standing":
        """Return the standing on `new`, which was loaded with `current` as `last`; the same again changes nothing."""
        if new.hash == self.current.hash:
            return self
        if new.body.prev != self.current.hash:
            raise ProtocolError("STALE_DIRECTORY")
        return Standing(new, self.current)

    def choose(self, now: int) -> Directory:
        """Return the directory a sender names: the current from 60 s after its beginning on, before that the other."""
        begun = now >= self.current.body.not_before + _SENDER_WAITS_S
        chosen = self.current if begun else self.predecessor
        if chosen is None or now > self.current.body.not_after:
            raise ProtocolError("STALE_DIRECTORY")
        return chosen

    def named(self, digest: bytes) -> Directory:
        """Return the directory whose keys and names a message uses: the one it names, for any other value the current.

        For everything behind the signatures, `check` must follow.
        """
        old = self.predecessor
        return old if old is not None and digest == old.hash else self.current

    def check(self, digest: bytes, *, now: int, created: int, parties: Iterable[str], operator: bool) -> None:
        """R3: raise STALE_DIRECTORY unless a message created then may name this directory here and now.

        `parties` are `to` (where the kind has one) and the signers; the keeper is looked at in any case. `operator` is
        true at operators and for a portal that countersigns (C2).
        """
        if now > self.current.body.not_after:
            raise ProtocolError("STALE_DIRECTORY")
        if digest == self.current.hash:
            return
        old = self.predecessor
        if old is None or digest != old.hash:
            raise ProtocolError("STALE_DIRECTORY")
        # The predecessor counts at operators for what was created soon enough, elsewhere until a point in time.
        at, grace = (created, _OPERATOR_GRACE_S) if operator else (now, SPACING_S)
        if at > self.current.body.not_before + grace:
            raise ProtocolError("STALE_DIRECTORY")
        for party in (old.body.keeper.id, *parties):
            key = self.current.signing_key(party)
            if key is None or key != old.signing_key(party):
                raise ProtocolError("STALE_DIRECTORY")
