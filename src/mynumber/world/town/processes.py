"""The town at work: every institution is an operating system process of its own, started, watched, stopped and killed.

Promises that `start` returns when all are ready or raises with the place that says why not, that `stop` asks before it
forces, that only processes started here are ever signalled, and that none outlives the process that started it. What
a process writes to its standard streams lies in its own folder, journal/process.log.
"""

import asyncio
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self, TypedDict

import msgspec

from mynumber.exchange import setup
from mynumber.exchange.running import serving
from mynumber.pki import identity
from mynumber.plumbing import tls
from mynumber.plumbing.client import PeerClient, PeerDown
from mynumber.plumbing.errors import NotFinished, NotFound, WrongUse
from mynumber.plumbing.faults import Fault
from mynumber.world.town.layout import Institution, Town, write_town

START_SECONDS = 60.0
STOP_SECONDS = 15.0
ENDING_SECONDS = STOP_SECONDS + 1.0
"""So long after its starter was killed nobody of a town is left (tied.py)."""
_POLL_SECONDS = 0.05


class Listed(TypedDict):
    """One process as `mynumber demo --json` shows it."""

    role: str
    name: str
    organisation: str
    pid: int
    url: str
    config: str
    databases: list[str]


class Processes:
    """The processes of one town; leaving the `with` block stops them all."""

    def __init__(self, town: Town) -> None:
        """Begin with nothing running."""
        self.town = town
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        self.stop()

    def start(self, *names: str, seconds: float = START_SECONDS) -> None:
        """Start these institutions, or all, and wait until each is ready; not from within an event loop."""
        self.launch(*names)
        self.wait_ready(*names, seconds=seconds)

    def launch(self, *names: str) -> None:
        """Start these institutions, or all, and do not wait; they find each other in any order."""
        for institution in [self.town.institution(name) for name in names] or self.town.institutions:
            self._launch(institution)
        self._write_down()

    def wait_ready(self, *names: str, seconds: float = START_SECONDS) -> None:
        """Wait until these institutions, or all that run, say `ready`; NotFinished with what they wait for."""
        chosen = [self.town.institution(name) for name in names or self._running]
        asyncio.run(self._all_ready(chosen, seconds))

    def stop(self, *names: str, seconds: float = STOP_SECONDS) -> None:
        """Ask these, or all, to stop and wait; who does not in time is killed."""
        ending = [self._running.pop(name) for name in names or tuple(self._running)]
        for process in ending:
            process.terminate()
        deadline = time.monotonic() + seconds
        for process in ending:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._write_down()

    def kill(self, name: str) -> None:
        """End a process as if the power went."""
        process = self._process(name)
        process.kill()
        process.wait()
        self._forget(name)

    def wait_ended(self, name: str, seconds: float = STOP_SECONDS) -> int:
        """Wait for a process that is to end by itself, at a fault point; return its status (-9: killed)."""
        try:
            status = self._process(name).wait(seconds)
        except subprocess.TimeoutExpired as problem:
            raise NotFinished("STILL_RUNNING", f"{name} did not end", hint="look into its journal") from problem
        self._forget(name)
        return status

    def restart(
        self, name: str, *, faults: Mapping[str, Fault], offset_s: int | None = None, wait: bool = True
    ) -> None:
        """Start an institution again with these fault points, and its clock moved if `offset_s` is given.

        Who lets it die while others wait for it does not `wait` until it is ready: it may die before it says so.
        """
        if name in self._running:
            self.stop(name)
        setup.set_test_town(self.town.institution(name).config, faults=faults, offset_s=offset_s)
        self.launch(name)
        if wait:
            self.wait_ready(name)

    def listed(self) -> list[Listed]:
        """Return what runs, in the order of the town."""
        return [
            Listed(
                role=each.role,
                name=each.name,
                organisation=each.organisation,
                pid=self._running[each.name].pid,
                url=each.url,
                config=str(each.config),
                databases=[str(path) for path in each.databases],
            )
            for each in self.town.institutions
            if self._lives(each.name)
        ]

    def _launch(self, institution: Institution) -> None:
        if self._lives(institution.name):
            raise WrongUse("RUNNING", f"{institution.name} runs already", hint="stop it first")
        journal = institution.folder / "journal" / "process.log"
        journal.parent.mkdir(mode=0o700, exist_ok=True)
        # -P: the folder we happen to stand in must not be imported from.
        command = [
            sys.executable,
            "-P",
            "-m",
            "mynumber.world.town.tied",
            "serve",
            institution.role,
            "--config",
            str(institution.config),
        ]
        with journal.open("ab") as file:
            # A session of its own: Ctrl-C at the terminal reaches us, and we stop the town in order. Nothing is ever
            # written to its standard input: it ends when that ends, so a town does not outlive us (tied.py).
            self._running[institution.name] = subprocess.Popen(  # noqa: S603  # our own program and paths
                command, stdin=subprocess.PIPE, stdout=file, stderr=file, start_new_session=True
            )

    async def _all_ready(self, institutions: list[Institution], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        await asyncio.gather(*(self._ready(institution, deadline) for institution in institutions))

    async def _ready(self, institution: Institution, deadline: float) -> None:
        process = self._process(institution.name)
        async with PeerClient(institution.name, institution.url, self._context(institution.name)) as client:
            while (why := await _unready(client)) is not None:
                if process.poll() is not None:
                    raise _not_started(institution, f"it ended with status {process.returncode}")
                if time.monotonic() > deadline:
                    raise _not_started(institution, why)
                await asyncio.sleep(_POLL_SECONDS)

    def _context(self, name: str) -> ssl.SSLContext:
        expected = identity.NodeIdentity(self.town.network, name)

        def check(der: bytes) -> None:
            if identity.party_of(der) != expected:
                raise ssl.SSLCertVerificationError("another process has taken the port")

        place = self.town.visitor
        files = {"chain": place / "node.crt", "key": place / "node.key", "trusted": place / "network.crt"}
        return tls.client_context(**files, check=check)

    def _lives(self, name: str) -> bool:
        """Tell whether it was started and has not ended, by itself or by somebody else's hand."""
        process = self._running.get(name)
        return process is not None and process.poll() is None

    def _process(self, name: str) -> subprocess.Popen[bytes]:
        process = self._running.get(name)
        if process is None:
            raise NotFound("NOT_RUNNING", f"{name} does not run", hint="start it")
        return process

    def _forget(self, name: str) -> None:
        del self._running[name]
        self._write_down()

    def _write_down(self) -> None:
        write_town(self.town, {name: process.pid for name, process in self._running.items()})


def require_stopped(town: Town, seconds: float = ENDING_SECONDS) -> None:
    """Raise WrongUse with all that run if any institution is still served when so many seconds have passed.

    Who was tied to a starter that was killed ends within that time by itself.
    """
    deadline = time.monotonic() + seconds
    while running := _served(town):
        if time.monotonic() >= deadline:
            said = ", ".join(f"{name} (pid {pid})" for name, pid in running.items())
            hint = f"end them first (kill {' '.join(running.values())}), or use the town as it is"
            raise WrongUse("RUNNING", f"still running in this town: {said}", hint=hint)
        time.sleep(_POLL_SECONDS)


def _served(town: Town) -> dict[str, str]:
    """Return the pids of the processes that serve institutions of the town, whoever started them."""
    found = {each.name: serving.serving_pid(each.folder) for each in town.institutions}
    return {name: pid for name, pid in found.items() if pid is not None}


class _Health(msgspec.Struct, frozen=True):
    waiting_for: list[str]


async def _unready(client: PeerClient) -> str | None:
    """Return None if the institution is ready, else in words why not."""
    try:
        answer = await client.get("/health", seconds=5)
        told = msgspec.json.decode(answer.body, type=_Health)
    except PeerDown as problem:
        return problem.message
    except msgspec.MsgspecError:
        return "it answers something else than its health"
    return None if answer.status == 200 else f"it waits for {'; '.join(told.waiting_for)}"


def _not_started(institution: Institution, why: str) -> NotFinished:
    hint = f"look into {institution.folder / 'journal'}"
    return NotFinished("NOT_STARTED", f"{institution.name} is not ready: {why}", hint=hint)
