"""Seven institutions with real processes, and a clock file that moves the time of all of them at once.

Everything is done by the commands that people use; only business databases are written directly.
"""

import contextlib
import json
import os
import random
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeAlias

from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.exchange import setup
from mynumber.exchange.setup import HAND_IN, Party
from mynumber.gateway import setup as gateway
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient
from mynumber.keeper import setup as keeper
from mynumber.network import setup as operator
from mynumber.oversight import setup as supervisor
from mynumber.plumbing.errors import MyNumberError
from mynumber.plumbing.faults import Fault
from mynumber.register import setup as register

OPERATORS = ("operator-1", "operator-2")
NAMES = ("register", *OPERATORS, "keeper", "supervisor", "city-a", "pension")
ROLES = {"municipality": ["city-a"], "welfare_office": ["city-a"], "jps": ["pension"]}
OFFICERS = {"city-a": "hanako", "pension": "aya", "city-c": "ren", "ward": "mio"}
PERSONS = 6
SPACING = 4320

MAPPINGS = {
    "city": {"local_tax/recipient": "SELECT fiscal_year, income_total FROM local_tax WHERE ref = :person"},
    "pension": {"pension/recipient": "SELECT kind, monthly_amount FROM pension WHERE ref = :person"},
}


Question: TypeAlias = tuple[str, str]
PENSION: Question = ("link-107", "pension/recipient")
INCOME: Question = ("link-106", "local_tax/recipient")


@dataclass(frozen=True)
class Told:
    """What came of an inquiry: the class of its entry, or the code with which it was refused; id and rows."""

    said: str
    id: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def amount(self) -> object:
        """Return the amount that was told, by which a person is known."""
        return next((value for row in self.rows for name, value in row.items() if name in AMOUNTS), None)


PAPERS = "SELECT hex(hash), \"order\" FROM papers WHERE kind = 'directory'"
AMOUNTS = ("monthly_amount", "income_total")


@dataclass
class Small:
    """The town; `moved` is by how many seconds its time is ahead of the machine's."""

    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    moved: int = 0
    still: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
    """Under this nobody asks; the time of all jumps at once only where nothing is on its way."""

    def place(self, name: str) -> Path:
        """Return an institution's folder."""
        return self.folder / name

    @property
    def ceremony(self) -> Path:
        """Return the ceremony's folder."""
        return self.folder / "ceremony"

    def now(self) -> int:
        """Return the town's time."""
        return int(time.time()) + self.moved

    def move(self, until: int, version: int = 0) -> None:
        """Let it be `until` everywhere at once, and wait until everybody is ready again, on this directory if given."""
        with self.still():
            self.set_clock(until)
            self.wait_ready(version)

    def set_clock(self, until: int) -> None:
        """Let it be `until` everywhere at once."""
        self.moved += max(0, until - self.now())
        beside = self.folder / "clock.new"
        beside.write_text(f"{self.moved}\n", encoding="ascii")
        beside.replace(self.folder / "clock")

    def restart(self, name: str, point: str = "") -> None:
        """Start an institution again, to die at a fault point if one is given."""
        if name in self.processes:
            self.stop(name)
        faults: dict[str, Fault] = {point: "kill"} if point else {}
        setup.set_test_town(self.place(name) / "config.toml", faults=faults)
        self.start(name)

    def wait_dead(self, name: str) -> None:
        """Wait until an institution died at its fault point."""
        assert self.processes.pop(name).wait(60) == -9

    def role(self, name: str) -> str:
        """Return what an institution does."""
        return "gateway" if name in OFFICERS else name.partition("-")[0]

    def init(self, name: str) -> None:
        """Make an institution's folder; its ports are free ones."""
        self.ports[name], office = free_port(), free_port()
        role, folder = self.role(name), self.place(name)
        party = Party(role=role, id=name, organisation=f"org-{name}", network="demo", port=self.ports[name])
        if role == "gateway":
            kind = name.partition("-")[0]
            gateway.init(folder, party, gateway.Office(port=office, name=name, mapping=MAPPINGS[kind]))
            write_business(folder / "business.db")
        elif role == "supervisor":
            supervisor.init(folder, party, roles=ROLES)
        else:
            {"register": register.init, "operator": operator.init, "keeper": keeper.init}[role](folder, party)
        setup.set_test_town(folder / "config.toml", faults={}, clock_file=self.folder / "clock")

    def start(self, name: str) -> None:
        """Serve an institution."""
        journal = self.place(name) / "process.log"
        command = [sys.executable, "-P", "-m", "mynumber", "serve", self.role(name)]
        with journal.open("ab") as file:
            self.processes[name] = subprocess.Popen(
                [*command, "--config", str(self.place(name) / "config.toml")],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def stop(self, *names: str) -> None:
        """End processes in order."""
        ending = [self.processes.pop(name) for name in names or tuple(self.processes)]
        for process in ending:
            process.terminate()
        for process in ending:
            process.wait(20)

    def health(self, name: str) -> dict[str, Any]:
        """Return what an institution says of itself; nothing while it does not answer."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        url = f"https://127.0.0.1:{self.ports[name]}/health"
        try:
            with urllib.request.urlopen(url, context=context, timeout=5) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as problem:
            return dict(json.load(problem))
        except OSError:
            return {}

    def reaches(self, name: str) -> bool:
        """Tell whether somebody listens at an institution's address."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.ports[name])) == 0

    def wait_ready(self, version: int = 0) -> None:
        """Wait until all that run are ready and stand on the same directory, on this version if one is given."""

        def settled() -> bool:
            told = [self.health(name) for name in self.processes]
            versions = {one["directory"]["version"] for one in told if one.get("state") == "ready"}
            return all(one.get("state") == "ready" for one in told) and len(versions) == 1 and version in (0, *versions)

        until(settled, 90, lambda: {name: self.health(name) for name in self.processes})

    def version(self) -> int:
        """Return the version of the directory on which everybody stands."""
        found = {self.health(name)["directory"]["version"] for name in self.processes}
        assert len(found) == 1
        return int(found.pop())

    def run(self, *arguments: str | Path, status: int = 0) -> str:
        """Run a command and return what it printed."""
        done = CliRunner().invoke(main, list(map(str, arguments)))
        assert done.exit_code == status, f"{arguments}: {done.output}"
        return done.stdout

    def json(self, *arguments: str | Path, status: int = 0) -> dict[str, Any]:
        """Run a command with --json and return its object."""
        return dict(json.loads(self.run(*arguments, "--json", status=status)))

    def officer(self, office: str, name: str = "") -> Path:
        """Return an officer's folder."""
        return self.place(office) / "officers" / (name or OFFICERS[office])

    def rows(self, name: str, query: str, store: str = "") -> list[tuple[Any, ...]]:
        """Look into a store."""
        path = self.place(name) / (store or ("gateway.db" if name in OFFICERS else "data.db"))
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def copy(self, office: str) -> Path:
        """Make a backup of an office's store as an operator would."""
        path = self.folder / f"{office}.backup"
        store = self.place(office) / "gateway.db"
        with closing(sqlite3.connect(store)) as one, closing(sqlite3.connect(path)) as other:
            one.backup(other)
        return path

    def restore(self, office: str, backup: Path) -> None:
        """Put a backup in the place of an office's store, and serve it again."""
        self.stop(office)
        store = self.place(office) / "gateway.db"
        for path in (store, *store.parent.glob("gateway.db-*")):
            path.unlink(missing_ok=True)
        store.write_bytes(backup.read_bytes())
        self.start(office)
        self.wait_ready()

    # The ceremony.

    def step(self, name: str, *arguments: str | Path) -> str:
        """Take a step of the ceremony."""
        return self.run("ceremony", name, "--dir", self.ceremony, *arguments)

    def change(self, begins: int, *options: str, hand_ins: Sequence[str] = ()) -> int:
        """Go through a whole ceremony for a directory that begins then, up to the operators; return its version."""
        if hand_ins:
            self.step("certificate", *(self.place(name) / HAND_IN for name in hand_ins))
        self.step("directory", "--begins", str(begins), *options)
        for name in OPERATORS:
            self.step("commit", "--as", self.place(name))
        for name in OPERATORS:
            self.step("sign", "--as", self.place(name))
        self.step("finish", *(self.place(name) for name in (*OPERATORS, "supervisor")))
        return int(self.json("ceremony", "status", "--dir", self.ceremony)["version"])

    def begun(self) -> int:
        """Return when the current directory began."""
        return int(self.json("ceremony", "status", "--dir", self.ceremony)["begins"])

    def next_version(self) -> int:
        """Return the earliest time at which another directory may begin; a draft is made for it in good time."""
        return max(self.begun() + SPACING, self.now() + 20)

    def keys(self, name: str) -> dict[str, bytes]:
        """Return the key files of an institution."""
        return {path.name: path.read_bytes() for path in sorted((self.place(name) / "keys").iterdir())}

    def named_by(self, office: str, inquiry: str) -> int:
        """Return the version of the directory that an inquiry's message names."""
        digest = self.rows(office, f"SELECT hex(directory) FROM inquiries WHERE id = '{inquiry}'")[0][0]
        versions = {row[0]: row[1] for row in self.rows(office, PAPERS)}
        return int(versions[digest])

    # Offices at work.

    def staff(self, office: str, procedures: Sequence[str], numbers: Sequence[str]) -> None:
        """Add an officer with rights and let the office get its codes."""
        admin, name = self.officer(office, "admin"), OFFICERS[office]
        self.run("officer", "add", "--as", admin, "--name", name)
        for procedure in (*procedures, "acquisition"):
            self.run("rights", "grant", "--as", admin, "--officer", name, "--procedure", procedure)
        self.acquire(office, numbers, procedures[0] if procedures else "link-107")

    def acquire(self, office: str, numbers: Sequence[str], ground: str, *options: str) -> None:
        """Let an office get the codes of persons, and wait until it has them."""
        known = self.folder / f"{office}.jsonl"
        known.write_text("\n".join(json.dumps(one) for one in self.people(numbers)) + "\n", encoding="utf-8")
        told = self.json("acquire", "--as", self.officer(office), "--ground", ground, *options, "--wait", "60", known)
        assert told["acquisitions"] == {"stored": len(numbers)}

    def people(self, numbers: Sequence[str]) -> list[dict[str, str]]:
        """Return what an office hands in; it knows each person as r0, r1, ..."""
        return [{**person(i), "ref": f"r{i}", "number": number} for i, number in enumerate(numbers)]

    def ask(self, office: str, provider: str, about: Question, ref: str = "r0") -> Told:
        """Open a case, ask in it, and return what the officer is told, at the desk's own interface."""
        client, (procedure, item) = OfficeClient.of(self.officer(office)), about
        try:
            opened = api.NewCase(procedure=procedure, persons=(ref,), reason="test")
            case = client.call("POST", "/cases", api.CaseId, opened).case
            entry = api.NewEntry(person=ref, items=(item,))
            asked = api.NewInquiry(case=case, provider=provider, entries=(entry,))
            shown = client.call("POST", "/inquiries", api.ShownInquiry, asked)
        except MyNumberError as problem:
            return Told(problem.code)
        refusal = shown.refusal
        said = refusal.code if isinstance(refusal, api.Problem) else shown.entries[0].class_
        data = [entry.data for entry in shown.entries]
        return Told(said, shown.id, [dict(row) for one in data for rows in one.values() for row in rows])


@dataclass
class Traffic:
    """An officer who asks one question after the other, in the background."""

    town: Small
    told: list[Told] = field(default_factory=list)
    _idle: Event = field(default_factory=Event)
    _going: Event = field(default_factory=Event)
    _over: Event = field(default_factory=Event)

    def run(self) -> None:
        """Ask until told to stop."""
        while not self._over.is_set():
            if not self._going.is_set():
                self._idle.set()
                time.sleep(0.05)
                continue
            self._idle.clear()
            self.told.append(self.town.ask("city-a", "pension", PENSION, f"r{len(self.told) % PERSONS}"))

    @contextlib.contextmanager
    def flowing(self) -> Iterator[None]:
        """Let questions flow; at the end the last one has its answer."""
        self.town.still = self.still
        self._going.set()
        try:
            yield
        finally:
            self.town.still = contextlib.nullcontext
            self._rest()

    @contextlib.contextmanager
    def still(self) -> Iterator[None]:
        """Let nobody ask for a moment; the last one has its answer before."""
        self._rest()
        try:
            yield
        finally:
            self._going.set()

    def _rest(self) -> None:
        self._going.clear()
        self._idle.clear()
        assert self._idle.wait(60)
        pending = "SELECT count(*) FROM inquiries WHERE state = 'pending'"
        until(lambda: self.town.rows("city-a", pending) == [(0,)], 60)

    def accounted(self, *waits: str) -> None:
        """See that everybody was answered about whom they asked, once, and nobody was refused but by these `waits`.

        Asker, keeper and provider hold each permit, and each of them once.
        """
        assert {told.said for told in self.told} <= {"data", "pending", *waits}, [told.said for told in self.told]
        data = [(told.amount, 60_000 + i % PERSONS) for i, told in enumerate(self.told) if told.said == "data"]
        assert [amount for amount, _ in data] == [right for _, right in data]
        # What a slow machine answered late was answered.
        ids = [told.id for told in self.told if told.said in ("data", "pending")]
        named = ", ".join(f"'{one}'" for one in ids)
        query = f"SELECT hex(permit) FROM inquiries WHERE state = 'answered' AND id IN ({named})"
        until(lambda: len(self.town.rows("city-a", query)) == len(ids), 60)
        asked = self.town.rows("city-a", query)
        assert len(set(asked)) == len(asked) > 0
        keeper = "keeper-2" if "keeper-2" in self.town.processes else "keeper"
        for party, table in ((keeper, "releases"), ("pension", "answered")):
            held = Counter(self.town.rows(party, f"SELECT hex(permit) FROM {table}"))
            assert all(held[permit] == 1 for permit in asked)

    @contextlib.contextmanager
    def on(self) -> Iterator["Traffic"]:
        """Have the officer at the desk."""
        thread = Thread(target=self.run)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join(60)


@contextlib.contextmanager
def town(folder: Path) -> Iterator[Small]:
    """Make the town, hold its first ceremony, start it, give each office its codes."""
    made = Small(folder)
    folder.mkdir(exist_ok=True)
    (folder / "clock").write_text("0\n", encoding="ascii")
    for name in NAMES:
        made.init(name)
    made.step("certificate", *(made.place(name) / HAND_IN for name in NAMES))
    made.step("directory")
    for step in ("commit", "sign"):
        for name in OPERATORS:
            made.step(step, "--as", made.place(name))
    made.step("finish", *(made.place(name) for name in NAMES))
    numbers = load(made)
    try:
        for name in NAMES:
            made.start(name)
        made.wait_ready()
        made.staff("city-a", ("link-107", "link-106"), numbers)
        made.staff("pension", (), numbers)
        yield made
    finally:
        made.stop()


def load(made: Small) -> list[str]:
    """Bring the persons into the register and return their numbers."""
    people, numbers = made.folder / "people.jsonl", made.folder / "numbers"
    if not people.exists():
        lines = [json.dumps({**person(i), "household": f"h{i}"}) for i in range(PERSONS)]
        people.write_text("\n".join(lines) + "\n", encoding="utf-8")
        made.run("register", "load", people, "--config", made.place("register") / "config.toml", "--out", numbers)
    return numbers.read_text(encoding="ascii").split()


def person(i: int) -> Mapping[str, str]:
    """Return an invented person."""
    address = f"甲野市灯1-{i}"
    return {"name": "花房咲", "kana": "ハナブササキ", "birth": "1988-02-29", "sex": "female", "address": address}


def write_business(path: Path) -> None:
    """Write what an office holds of its persons; amounts say of whom they are."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE pension (ref TEXT, kind TEXT, monthly_amount INTEGER) STRICT")
        connection.execute("CREATE TABLE local_tax (ref TEXT, fiscal_year INTEGER, income_total INTEGER) STRICT")
        for i in range(PERSONS):
            connection.execute("INSERT INTO pension VALUES (?, 'old-age', ?)", (f"r{i}", 60_000 + i))
            connection.execute("INSERT INTO local_tax VALUES (?, 2025, ?)", (f"r{i}", 3_000_000 + i))
        connection.commit()


def free_port() -> int:
    """Return a port below those that systems hand out to clients."""
    while True:
        port = random.SystemRandom().randrange(10_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(holds: Callable[[], bool], seconds: float, tell: Callable[[], object] = dict) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, tell()
        time.sleep(0.2)


def alive(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a process runs."""
    return process.poll() is None and os.path.exists(f"/proc/{process.pid}")
