"""The town's peer listeners for whoever holds any certificate, and what was really sent through them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from tests.town import genuine, traces
from tests.town.conftest import Served
from tests.town.forging import Forge
from tests.town.genuine import Call
from tests.town.knocking import Answer, Credential, Door, door

# What the files of `lies` carry: a My Number, a name, a code and a reference of nobody.
PLANTED = ("908172635417", "見知乱花子", "ZXs8ODINfIIhW6Ls01mYy6C0LhFrRI7XPrdy4yEnUIo", "ref-4711-mishiran")

LIES = sorted((Path(__file__).parent / "lies").iterdir())
# What is no number from 0 to 10^15, as it stands in a query.
NUMBERS = (
    "",
    "-1",
    "1.5",
    "1e3",
    "%2B1",
    "%201",
    "0x1",
    "%EF%BC%91",
    "1" * 400,
    "nan",
    quote(PLANTED[1]),
    "%ff",
    "%00",
)
MIB = 1024 * 1024


def name_of(call: object) -> str:
    """Return how a test names a call."""
    return str(call) if isinstance(call, Call) else ""


@dataclass
class Doors:
    """Every way in, the keys of everybody, the bodies that were accepted once, and the stores to look into."""

    served: Served
    forge: Forge
    sent: dict[Call, Json]
    stores: traces.Stores

    def of(self, server: str, client: str) -> Door:
        """Return a party's way to a peer listener; `visitor` and `nobody` are no parties."""
        town = self.served.town
        if client == "visitor":
            credential = Credential.of_visitor(town)
        elif client == "nobody":
            credential = Credential(town.visitor / "network.crt")
        else:
            credential = Credential.of_node(town, client)
        return door(town.institution(server).port, credential)

    def post(self, call: Call, body: Json | bytes, *, by: str = "") -> Answer:
        """Make a call with a body, or with bytes as they are."""
        data = body if isinstance(body, bytes) else canonical.encode(body)
        return self.of(call.server, by or call.client).post(call.path, data)


@contextmanager
def opened(served: Served) -> Iterator[Doors]:
    """Let one lawful inquiry run, then watch the stores until the block ends."""
    law = served.evidence.rows("operator-1", "SELECT body FROM papers WHERE kind = 'law' ORDER BY \"order\" DESC")[0][0]
    assert isinstance(law, bytes)
    forge = Forge.of(served.town, law)
    sent = genuine.gather(served, forge)
    stores = traces.Stores(served.town)
    try:
        yield Doors(served, forge, sent, stores)
    finally:
        stores.close()
