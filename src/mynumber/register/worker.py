"""The enrolments at work: every office's on its own, one at a time, across restarts.

  1. Take the office's enrolment that is on its way, or build one of up to 64 waiting entries in random order and
     store it.
  2. Send the message to operator 1 until created + 300; check what comes back and store it.
  3. Hand the bundle to the office until it expires; store what the office signed.

If we crash between two steps the store has the last one and the next start goes on from there. A message that cannot
serve any more is let go and its entries wait for a new one; members without a code at the keeper are harmless.
"""

import asyncio
import contextlib
import os
import secrets
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from sqlalchemy import Connection

from mynumber.acquisition.messages import MAX_ENTRIES
from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit import request
from mynumber.codes.permit.request import Message
from mynumber.exchange.running.node import Node
from mynumber.exchange.view import settling
from mynumber.plumbing import faults, logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import MyNumberError, NotFinished
from mynumber.register import enrolling, enrolments
from mynumber.register.enrolling import Chance, Keys
from mynumber.register.enrolments import Enrolment, Returned
from mynumber.register.store import Seals

REPEAT_SECONDS = 300  # a message serves so long
LOOK_SECONDS = 1.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE_DOWN = 5.0
LONGEST_PAUSE_REFUSED = 300.0  # each new attempt may leave a refusal record at an operator

# Whether another party answered in a step: only that is a reason to stop waiting longer and longer.
Taken: TypeAlias = Literal["none", "prepared", "moved"]


@dataclass
class Worker:
    """The register's enrolments."""

    node: Node
    seals: Seals
    keys: Keys
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _sizes: dict[str, int] = field(default_factory=dict)  # of an office's next batch, where it is not the largest
    _waits: logs.OnChange = field(default_factory=lambda: logs.OnChange("enrolment.waits"))

    def wake(self) -> None:
        """Say that something was accepted."""
        self._woken.set()

    def missing(self) -> str | None:
        """Say why no message could be sent now, for the health page."""
        standing = self.node.view.standing
        if standing is None:
            return None  # the view says so itself
        try:
            standing.choose(self.node.clock.now())
        except ProtocolError:
            return "the beginning of the directory's time"
        return None

    async def work(self) -> None:
        """Serve every office that has something to be done, until cancelled."""
        serving: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                for agency in await self.node.store.read(enrolments.busy):
                    if agency not in serving or serving[agency].done():
                        serving[agency] = group.create_task(self._serve(agency))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)
                self._woken.clear()

    async def _serve(self, agency: str) -> None:
        """Go on with an office until nothing is left; what fails is tried again after a growing pause."""
        pause = FIRST_PAUSE
        while True:
            try:
                took = await self._step(agency)
                if took == "none":
                    return
                if took == "moved":
                    pause = FIRST_PAUSE
                    self._waits.goes_on(peer=agency)
                continue
            except NotFinished as problem:
                self._waits.waits(problem.code, peer=agency)
                longest = LONGEST_PAUSE_DOWN
            except MyNumberError as problem:
                logs.trouble("enrolment.refused", problem, peer=agency)
                longest = LONGEST_PAUSE_REFUSED
            except Exception as problem:  # noqa: BLE001  # the edge of a loop: one bad office must not end the others
                logs.trouble("enrolment.failed", problem, peer=agency)
                longest = LONGEST_PAUSE_REFUSED
            await asyncio.sleep(min(pause, longest))
            pause = min(2 * pause, longest)

    async def _step(self, agency: str) -> Taken:
        """Take one step of an office's enrolment."""
        enrolment = await self.node.store.read(lambda connection: enrolments.current(connection, agency))
        if enrolment is None:
            return "prepared" if await self._begin(agency) else "none"
        end = enrolment.created + REPEAT_SECONDS if enrolment.returned is None else enrolment.returned.expires
        if self.node.clock.now() > end:
            await self._again(agency)
            return "prepared"
        if enrolment.returned is None:
            await self._send(enrolment)
        else:
            await self._hand_on(enrolment, enrolment.returned)
        return "moved"

    async def _begin(self, agency: str) -> bool:
        """Step 1; tell whether something waited."""
        message = await asyncio.to_thread(self._build, agency)
        if message is None:
            return False

        def keep(connection: Connection) -> None:
            enrolments.begin(connection, agency, message)
            faults.point("register.commit.before")

        await self.node.store.write(keep)
        await faults.reach("register.commit.after")
        return True

    def _build(self, agency: str) -> Message | None:
        """Build a message for what waits, in a worker thread; None if nothing does."""
        now, size = self.node.clock.now(), self._sizes.get(agency, MAX_ENTRIES)
        with self.node.store.reading() as connection:
            found = enrolments.waiting(connection, self.seals, agency, size)
        if found is None:
            return None
        target, applicants = found
        secrets.SystemRandom().shuffle(applicants)
        directory = settling.choose(self.node.view.required(), now, self.node.config.id, agency)
        # Who was accepted under a record epoch that is no longer in use is enrolled in the one that is (R6).
        used = directory.agency(agency).record_epoch
        target = replace(target, record_epoch=max(target.record_epoch, used))
        chance = Chance(os.urandom(16), os.urandom(32), os.urandom(32))
        keys = self.keys(directory)
        return enrolling.build(applicants, target, keys=keys, directory=directory, now=now, chance=chance)

    async def _send(self, enrolment: Enrolment) -> None:
        """Step 2."""
        standing = self.node.view.required()
        operators = standing.current.operators
        sent: Json = {"message": enrolment.message.json, "steps": [], "endorsements": []}
        try:
            bundle = await self.node.peers.call(operators[0], "convert", sent, hops=len(operators) + 1)
            now = self.node.clock.now()
            permit = await asyncio.to_thread(enrolling.check, enrolment.message, bundle, standing=standing, now=now)
        except ProtocolError:
            # The same bytes would be refused again.
            await self._again(enrolment.agency)
            raise
        returned = Returned(permit.hash, permit.expires, bundle)
        await self.node.store.write(lambda c: enrolments.keep_returned(c, enrolment.agency, returned))
        await faults.reach("register.returned.after")

    async def _hand_on(self, enrolment: Enrolment, returned: Returned) -> None:
        """Step 3. Nothing but the bundle goes to the office; what it refuses is repeated until the bundle expires."""
        agency, now = enrolment.agency, self.node.clock.now()
        count = len(enrolling.numbers(enrolment.message))
        try:
            answer = await self.node.peers.call(agency, "enrolled", returned.bundle)
        except ProtocolError as refusal:
            if refusal.code == "ACQUISITION_UNKNOWN":
                await self._narrow(agency, count)
                return
            if refusal.code in ("PERMIT_EXPIRED", "PERMIT_USED"):
                await self._again(agency)
            raise
        # Signed with the key of that directory, also where the answer was stored before its office had another key.
        named = self.node.view.required().named(request.named_directory(enrolment.message))
        results = enrolling.acknowledged(answer, agency=agency, permit=returned.permit, count=count, directory=named)
        await self.node.store.write(lambda c: enrolments.finish(c, enrolment, results, now=now))
        await faults.reach("register.finished.after")
        self._sizes[agency] = min(MAX_ENTRIES, 2 * self._sizes.get(agency, MAX_ENTRIES))
        logs.info("enrolment.done", peer=agency, count=count)

    async def _narrow(self, agency: str, count: int) -> None:
        """Find the number that the office does not know any more, by halves, and let it go alone."""
        if count == 1:
            now = self.node.clock.now()
            await self.node.store.write(lambda c: enrolments.abandon(c, agency, now=now))
        else:
            await self._again(agency)
            self._sizes[agency] = count // 2

    async def _again(self, agency: str) -> None:
        await self.node.store.write(lambda c: enrolments.again(c, agency))
