"""The portal's configuration: a listener for browsers beside the one for institutions, and how parties are named there.

The two listeners share nothing: browsers never reach `/v1`, institutions never get a page.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

from mynumber.plumbing.config import Listen, NodeConfig

Language: TypeAlias = Literal["ja", "en"]


class PortalConfig(NodeConfig, frozen=True, kw_only=True):
    """What the portal sets beside what every institution has."""

    public: Listen
    """The listener for browsers; the certificate is pages.crt, its key keys/pages.key."""
    names: dict[str, dict[Language, str]] = msgspec.field(default_factory=dict)
    """How parties are shown: party id -> language -> name; a party without one is shown by its id."""
    session_s: Annotated[int, msgspec.Meta(ge=60, le=1800)] = 1800
    """How long a citizen stays signed in at most; the register never gives more than 1800 s."""
    most_sessions: Annotated[int, msgspec.Meta(ge=1)] = 1000
    """How many citizens are signed in at a time; each session holds its tags and rows in memory."""
    nonces_a_minute: Annotated[int, msgspec.Meta(ge=1)] = 600
    """How many sign-ins may begin in a minute."""
    nonces_of_one_a_minute: Annotated[int, msgspec.Meta(ge=1)] = 60
    """How many of them from one address; behind a proxy, which is one address, as many as in all."""

    def name(self, party: str, language: Language) -> str:
        """Return how a party is shown in a language, else its id."""
        return self.names.get(party, {}).get(language, party)
