"""The stage of a world: its keys as the room's own types, its directories and law tables loaded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mynumber.codes.group import Scalar
from mynumber.codes.keys import AgencyKeys, KeeperKeys, OperatorKeys
from mynumber.codes.law_table import LawTable, LawTables, load_law
from mynumber.codes.parties.directory import Anchor, Directory, load_directory
from mynumber.codes.parties.standing import Standing
from mynumber.codes.vectors.format import World
from mynumber.plumbing import canonical

# Members are given as tags and never leave the case, so any HMAC key will do.
_NO_KEY = bytes(32)


@dataclass(frozen=True, slots=True)
class Stage:
    """A world that can be played; what was loaded once is kept, because loading a directory is most of the cost."""

    world: World
    directory: Directory
    _standings: dict[bytes, Standing] = field(default_factory=dict)
    _tables: dict[bytes, LawTable] = field(default_factory=dict)

    def operator(self, index: int) -> OperatorKeys:
        """Return the keys of an operator, counted from 0."""
        secrets = self.world.operators[index]
        return OperatorKeys(secrets.id, secrets.seed, Scalar(secrets.layer), secrets.sign)

    def keeper(self) -> KeeperKeys:
        """Return the keeper's keys."""
        secrets = self.world.keeper
        return KeeperKeys(secrets.id, Scalar(secrets.y), Scalar(secrets.x), secrets.sign, _NO_KEY)

    def agency(self, party: str) -> AgencyKeys:
        """Return an agency's keys."""
        secrets = self.world.agencies[party]
        return AgencyKeys(party, Scalar(secrets.y), secrets.wrap, self.world.signing[party])

    def signers(self, parties: Sequence[str]) -> list[tuple[str, bytes]]:
        """Return (id, signing secret) of parties."""
        return [(party, self.world.signing[party]) for party in parties]

    def standing(self, switched: object) -> Standing:
        """Return a party's directories: the first alone, or behind it `next` (true) or the given successor (a JWS)."""
        if switched is False:
            return Standing(self.directory)
        successor = self.world.next if switched is True else switched
        key = canonical.encode(successor)
        if key not in self._standings:
            self._standings[key] = Standing(self.directory).accept(self.load(successor, self.directory))
        return self._standings[key]

    def load(self, jws: object, last: Directory | None, now: int | None = None) -> Directory:
        """Return a directory under the world's anchors; without `now` also one whose time is over."""
        return load_directory(jws, network=self.world.network, anchors=anchors(self.world), now=now, last=last)

    def laws(self, tables: Sequence[object] | None) -> LawTables:
        """Return a party's law tables, those of the world where none are given."""
        return LawTables.of(self.law(table) for table in (self.world.laws if tables is None else tables))

    def law(self, jws: object) -> LawTable:
        """Return a law table signed by the world's supervisor."""
        key = canonical.encode(jws)
        if key not in self._tables:
            supervisor = self.directory.signer(self.directory.body.supervisor.id)
            self._tables[key] = load_law(jws, self.world.network, supervisor)
        return self._tables[key]


def anchors(world: World) -> list[Anchor]:
    """Return the operators' ids and keys as a party has them configured."""
    return [Anchor(party, key) for party, key in world.anchors]


def open_stage(world: World) -> Stage:
    """Load the world's directory at its own time, and nothing else."""
    directory = load_directory(world.directory, network=world.network, anchors=anchors(world), now=world.now, last=None)
    return Stage(world, directory)
