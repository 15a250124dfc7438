"""Whether a message can be sent now, or a signing key that it hangs on changes in this very minute.

A new directory is named by senders from 60 s after its beginning, and until then the one before does not count where
the new one gives the keeper, the receiver or a signer another signing key (PROTOCOL.md section 4, *Overlap*). A message
of that minute would be refused by everybody. So it is not made: who wants it is told for how long to wait.
"""

from typing import Final

from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.standing import Standing
from mynumber.plumbing.errors import NotFinished

KEYS_CHANGE: Final = "KEYS_CHANGE"
HINT: Final = "ask again in a minute"


def choose(standing: Standing, now: int, *parties: str) -> Directory:
    """Return the directory that a sender names now; `parties` are those who sign the message and whom it is for.

    NotFinished while a signing key of theirs, or of the keeper, changes.
    """
    chosen = standing.choose(now)
    if chosen is not standing.current:
        for party in (*parties, chosen.body.keeper.id):
            if chosen.signing_key(party) != standing.current.signing_key(party):
                raise NotFinished(KEYS_CHANGE, f"the signing key of {party} changes in this minute", hint=HINT)
    return chosen
