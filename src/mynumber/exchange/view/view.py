"""A party's view of its network: directory, addresses, law tables and state, each verified before it counts.

Operators serve directory and addresses, the supervisor law tables and state. What was accepted is in the store first
and in force second, so that a restart cannot forget it; an older paper than the one held is never taken.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import msgspec
from sqlalchemy import Connection

from mynumber.codes import errors as protocol
from mynumber.codes import jws, law_table, wire
from mynumber.codes.law_table import LawTable, LawTables, Question
from mynumber.codes.parties import directory as directories
from mynumber.codes.parties import entries
from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.standing import Standing
from mynumber.exchange.view import anchors, past
from mynumber.exchange.view import state as states
from mynumber.exchange.view.anchors import Network
from mynumber.exchange.view.papers import Papers
from mynumber.exchange.view.peers import Peers
from mynumber.exchange.view.state import State
from mynumber.plumbing import canonical, logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import NotFinished, Refused, WrongUse

LAW_SECONDS: Final = 2.0
DIRECTORY_SECONDS: Final = 10.0  # a sender names a new one 60 s after its beginning, and all others must have it
MAX_MISSED: Final = 64

Accept: TypeAlias = Callable[[Json], Awaitable[None]]
Signer: TypeAlias = tuple[str, bytes]


class View:
    """What one party believes about its network."""

    def __init__(self, network: Network, *, clock: Clock, store: Store, papers: Papers, peers: Peers, me: str) -> None:
        """Begin with nothing; `load` takes what is on disk, `follow` keeps up."""
        self.network = network
        self.reread: Callable[[], Network] = lambda: network
        self.standing: Standing | None = None
        self.laws = LawTables.of(())
        self.state: State | None = None
        self.follows_law = False
        self._me = me
        self._seen: dict[str, bytes] = {}
        self._unreachable: set[str] = set()
        self._refused: dict[str, str] = {}
        self._clock, self._store, self._papers, self._peers = clock, store, papers, peers
        peers.learn({operator.id: operator.url for operator in network.operators})

    @property
    def directory(self) -> Directory:
        """The current directory, or NotFinished while there is none."""
        return self.required().current

    def required(self) -> Standing:
        """Return the standing, or NotFinished while there is none."""
        if self.standing is None:
            raise NotFinished("NO_DIRECTORY", "the directory has not arrived yet", hint="wait for an operator")
        return self.standing

    def missing(self) -> str | None:
        """Say what this party still waits for."""
        now = self._clock.now()
        if self.standing is None:
            return "the directory, from an operator"
        if now > self.directory.body.not_after:
            return "a new directory: this one is past its last day"
        if self.follows_law and not any(table.begins <= now for table in self.laws.tables):
            return f"the law table, from {self.directory.body.supervisor.id}"
        if self.follows_law and (self.state is None or now > self.state.body.valid_until):
            return f"the state of the network, from {self.directory.body.supervisor.id}"
        return None

    def check_state(self, question: Question) -> None:
        """R7, blocks and assessments: raise LAW_REFUSED if the state stops the question or is out of date."""
        if self.state is None:
            raise protocol.ProtocolError("LAW_REFUSED", row=question.procedure or None)
        self.state.check(question, self._clock.now())

    def load(self) -> None:
        """Take what was accepted before the last stop."""
        with self._store.reading() as connection:
            self._load_directories(connection)
            laws = self._papers.newest(connection, "law", 8)
            state = self._papers.newest(connection, "state")
            # What was accepted once stands, also where the supervisor has another key by now.
            signers = () if self.standing is None else past.ever(self._papers, connection, self._supervisor()[0])
        for body in reversed(laws):
            self._reload(lambda value, by: self._add_law(self._read_law(value, by)), body, signers)
        for body in state:
            self._reload(lambda value, by: self._set_state(self._read_state(value, by)), body, signers)

    def _reload(
        self, take: Callable[[Json, Signer], None], body: bytes, signers: tuple[tuple[str, bytes], ...]
    ) -> None:
        """Take a kept paper that one of these signed; one that nobody did is left behind, and fetched anew."""
        for index, signer in enumerate(signers, 1):
            try:
                take(canonical.decode(body), signer)
            except protocol.ProtocolError as problem:
                if index == len(signers):
                    logs.trouble("paper.left-behind", problem)
            else:
                return

    def _load_directories(self, connection: Connection) -> None:
        newest = self._papers.newest(connection, "directory", 2)
        for body in reversed(newest):
            last = None if self.standing is None else self.standing.current
            loaded = self._verify(canonical.decode(body), last, now=None)
            self.standing = Standing(loaded) if self.standing is None else self.standing.accept(loaded)

    def _verify(self, value: Json, last: Directory | None, *, now: int | None) -> Directory:
        # Whom we believe is our folder's word and may change while we run, ahead of the version that it counts for.
        network = self.network = self.reread()
        believed = network.believed(anchors.version_of(value))
        return directories.load_directory(value, network=network.network, anchors=believed, now=now, last=last)

    def _supervisor(self) -> Signer:
        return self.directory.signer(self.directory.body.supervisor.id)

    async def accept_directory(self, value: Json) -> None:
        """Verify a directory, keep it, then stand on it; one older than the current is refused."""
        last = None if self.standing is None else self.standing.current
        missed = [] if last is None else await self._missed(value, last)
        for each in missed:
            last = await self._keep_directory(self._verify(each, last, now=None))
        await self._keep_directory(await asyncio.to_thread(self._verify, value, last, now=self._clock.now()))

    async def _keep_directory(self, loaded: Directory) -> Directory:
        body = canonical.encode(loaded.jws)
        order = loaded.body.version
        await self._store.write(lambda c: self._papers.put(c, "directory", loaded.hash, order=order, body=body))
        self.standing = Standing(loaded) if self.standing is None else self.standing.accept(loaded)
        return loaded

    async def _missed(self, value: Json, last: Directory) -> list[Json]:
        """Fetch the versions between `last` and `value`, oldest first; each is verified when it is taken."""
        chain: list[Json] = []
        previous, version = _link(value)
        while version > last.body.version + 1 and len(chain) < MAX_MISSED:
            body = await self._from_operators(f"/directory/{previous.hex()}")
            if body is None:
                break
            chain.append(canonical.decode(body))
            previous, version = _link(chain[-1])
        return list(reversed(chain))

    async def _from_operators(self, path: str) -> bytes | None:
        for operator in self.network.operators:
            if operator.id == self._me:
                continue
            try:
                body = await self._peers.fetch(operator.id, path)
            except PeerDown as problem:
                self._note_reached(operator.id, problem)
                continue
            self._note_reached(operator.id)
            if body is not None:
                return body
        return None

    def _note_reached(self, party: str, problem: PeerDown | None = None) -> None:
        """Log who went away and who came back, once each: papers are asked for several times a second."""
        if problem is not None and party not in self._unreachable:
            self._unreachable.add(party)
            logs.info("paper.unreachable", peer=problem.peer)
        elif problem is None and party in self._unreachable:
            self._unreachable.remove(party)
            logs.info("paper.reachable", peer=party)

    async def follow_directory(self) -> None:
        """Keep up with addresses and directory until cancelled."""
        while True:
            addresses = await self._from_operators("/addresses.json")
            learnt = addresses is not None and self._learn(addresses)
            body = await self._from_operators("/directory/current")
            if body is not None:
                await self._take(self._accept_newer, body, "/directory/current")
            await asyncio.sleep(DIRECTORY_SECONDS if self.standing is not None and learnt else 0.5)

    def _learn(self, body: bytes) -> bool:
        """Take addresses, which are not signed; False if they cannot be read."""
        try:
            self._peers.learn(msgspec.json.decode(body, type=dict[wire.Ident, str]))
        except msgspec.MsgspecError as problem:
            logs.trouble("paper.refused", problem, path="/addresses.json")
            return False
        return True

    async def _accept_newer(self, value: Json) -> None:
        """Accept a directory unless it is the one we stand on, which need not be verified again."""
        if self.standing is None or value != self.standing.current.jws:
            await self.accept_directory(value)

    async def follow_law(self) -> None:
        """Keep up with law table and state until cancelled."""
        while True:
            if self.standing is not None and self.follows_law:
                for path, accept in (
                    ("/law/current", self.accept_law),
                    ("/law/next", self.accept_law),
                    ("/state/current", self.accept_state),
                ):
                    await self._fetch_signed(path, accept)
            await asyncio.sleep(LAW_SECONDS if self.missing() is None else 0.3)

    async def refresh_state(self) -> None:
        """Fetch the state now, so that what is said about a refusal is about the state that others have already."""
        await self._fetch_signed("/state/current", self.accept_state)

    async def _fetch_signed(self, path: str, accept: Accept) -> None:
        supervisor = self.directory.body.supervisor.id
        try:
            body = await self._peers.fetch(supervisor, path)
        except PeerDown as problem:
            self._note_reached(supervisor, problem)
            return
        self._note_reached(supervisor)
        if body is not None and self._seen.get(path) != body and await self._take(accept, body, path):
            self._seen[path] = body

    async def _take(self, accept: Accept, body: bytes, path: str) -> bool:
        """Take a paper; one that fails its checks changes nothing, is logged once a reason, and may pass later."""
        try:
            await accept(canonical.decode(body))
        except (Refused, WrongUse) as problem:
            # WrongUse: our own folder's word on whom we believe cannot be read just now.
            if self._refused.get(path) != problem.code:
                self._refused[path] = problem.code
                logs.trouble("paper.refused", problem, path=path)
            return False
        self._refused.pop(path, None)
        return True

    async def accept_law(self, value: Json) -> None:
        """Verify a law table, keep it, then use it; under a new signature in place of the same one under the old."""
        table = self._read_law(value, self._supervisor())
        if any(held.hash == table.hash and held.jws == table.jws for held in self.laws.tables):
            return
        body = canonical.encode(value)
        await self._store.write(lambda c: self._papers.put(c, "law", table.hash, order=table.begins, body=body))
        self._add_law(table)

    def _read_law(self, value: Json, signer: Signer) -> LawTable:
        return law_table.load_law(value, self.network.network, signer)

    def _add_law(self, table: LawTable) -> None:
        self.laws = LawTables.of([*(held for held in self.laws.tables if held.hash != table.hash), table])

    async def accept_state(self, value: Json) -> None:
        """Verify a state, keep it, then use it; one that is not newer is ignored."""
        state = self._read_state(value, self._supervisor())
        version = state.body.version
        if self.state is not None and version <= self.state.body.version:
            return
        digest, body = version.to_bytes(8, "big"), canonical.encode(value)
        await self._store.write(lambda c: self._papers.put(c, "state", digest, order=version, body=body, alone=True))
        self._set_state(state)

    def _read_state(self, value: Json, signer: Signer) -> State:
        return states.load(value, self.network.network, signer)

    def _set_state(self, state: State) -> None:
        self.state = state


def _link(value: Json) -> tuple[bytes, int]:
    """Return (`prev`, `version`) of a directory that is not verified yet, to fetch those between it and ours."""
    parsed = jws.parse(value, entries.TYP, wire.MAX_LARGE_PAYLOAD)
    body = wire.read(parsed.value, entries.Body)
    return bytes(body.prev), body.version
