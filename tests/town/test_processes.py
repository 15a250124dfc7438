"""Each institution is a process that keeps to its own folder, ends in order, and needs nothing of its neighbours."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from mynumber.plumbing.client import PeerDown
from mynumber.world.story.scenes import ordinary
from mynumber.world.story.stage import until
from mynumber.world.town import opened
from mynumber.world.town.layout import Institution, Town
from mynumber.world.town.processes import Listed
from mynumber.world.town.strangers import Stranger
from tests.town.conftest import Served

ROLES = {
    "register": "register",
    "operator-1": "operator",
    "operator-2": "operator",
    "keeper": "keeper",
    "supervisor": "supervisor",
    "city-a": "gateway",
    "city-b": "gateway",
    "pension": "gateway",
    "portal": "portal",
    "tax": "gateway",
    "accounts": "gateway",
}
ONE_OF_EACH = ("register", "operator-1", "keeper", "supervisor", "city-a")
# Where programs and the system's own files lie.
SYSTEM = (
    sys.prefix,
    sys.base_prefix,
    "/usr",
    "/etc",
    "/lib",
    "/dev",
    "/proc",
    "/sys",
    str(Path(opened.__file__).parents[2]),
)
STOP_SECONDS = 10.0

# Hide every folder before `--`, then become the command behind it.
HIDE = 'while [ "$1" != -- ]; do mount -t tmpfs -o mode=700 none "$1"; shift; done; shift; exec "$@"'


def command(institution: Institution, role: str = "") -> list[str]:
    config = str(institution.config)
    return [sys.executable, "-P", "-m", "mynumber", "serve", role or institution.role, "--config", config]


def run(commands: Sequence[list[str]]) -> list[tuple[int, str]]:
    """Run commands beside each other to their end; return status and standard error of each."""
    started = [
        subprocess.Popen(each, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for each in commands
    ]
    return [(process.returncode, said) for process in started for _, said in [process.communicate(timeout=60)]]


def outside(town: Town, process: Listed) -> list[Path]:
    """Return what a process has open that is neither its own nor the system's."""
    own = str(town.institution(process["name"]).folder)
    paths = [path for path in opened.files(process["pid"]) if path.is_absolute()]
    return [path for path in paths if not any(path.is_relative_to(place) for place in (own, *SYSTEM))]


@contextmanager
def watched(served: Served) -> Iterator[dict[str, set[Path]]]:
    """Look all the time at what every process has open, and collect what it should not have, by name."""
    found: dict[str, set[Path]] = {each["name"]: set() for each in served.processes.listed()}
    looks, ended = [0], threading.Event()

    def look() -> None:
        while not ended.is_set():
            for each in served.processes.listed():
                found[each["name"]].update(outside(served.town, each), opened.foreign(served.town, each))
            looks[0] += 1
            ended.wait(0.01)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
    assert looks[0] > 5


def test_no_process_opens_a_file_of_another_while_the_town_works(served: Served) -> None:
    stage = served.stage
    with watched(served) as found:
        assert ordinary.lawful(stage).ok
        assert ordinary.refused_by_law(stage).ok
        assert ordinary.batch(stage).ok
    assert found == {name: set() for name in ROLES}
    for each in served.processes.listed():
        own = {str(path) for path in opened.files(each["pid"])}
        stores = {path for path in each["databases"] if Path(path).name != "business.db"}
        assert stores <= own, each["name"]


def test_a_foreign_file_would_be_seen(served: Served, tmp_path: Path) -> None:
    keeper = served.town.institution("keeper").folder / "data.db"
    (tmp_path / "elsewhere").touch()
    script = "import sys; files = [open(path) for path in sys.argv[1:]]; print(flush=True); sys.stdin.read()"
    arguments = [sys.executable, "-c", script, str(keeper), str(tmp_path / "elsewhere")]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        listed = next(each for each in served.processes.listed() if each["name"] == "city-a")
        planted = Listed({**listed, "pid": child.pid})
        assert opened.foreign(served.town, planted) == (keeper,)
        assert set(outside(served.town, planted)) >= {keeper, tmp_path / "elsewhere"}
        child.communicate()


def exposed(folder: Path) -> list[Path]:
    """Return keys and stores below a folder that anybody but the owner may open, and folders of keys likewise."""
    names = ("*.key", "*.db", "*.db-*")
    secret = [path for name in names for path in folder.rglob(name)] + list(folder.rglob("keys"))
    assert secret
    return [path for path in secret if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_keys_and_stores_are_open_to_their_owner_alone(served: Served, tmp_path: Path) -> None:
    places = [each.folder for each in served.town.institutions] + [served.town.folder / "town"]
    assert [path for place in places for path in exposed(place)] == []
    copy = tmp_path / "keeper"
    shutil.copytree(served.town.institution("keeper").folder, copy)
    (copy / "keys" / "sign.key").chmod(0o640)
    (copy / "data.db").chmod(0o604)
    (copy / "keys").chmod(0o755)
    assert sorted(exposed(copy)) == [copy / "data.db", copy / "keys", copy / "keys" / "sign.key"]


def test_a_key_that_others_may_read_is_not_used(served: Served, tmp_path: Path) -> None:
    for name in ONE_OF_EACH:
        shutil.copytree(served.town.institution(name).folder, tmp_path / name)
        (tmp_path / name / "keys" / "sign.key").chmod(0o640)
    done = run([command(copied(served, name, tmp_path)) for name in ONE_OF_EACH])
    assert [status for status, _ in done] == [2] * len(ONE_OF_EACH), done
    assert all("[OPEN_KEY]" in said and "hint: chmod 600 sign.key" in said for _, said in done)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        *((name, "sign.key") for name in ONE_OF_EACH),
        *((name, "log.key") for name in ("operator-1", "keeper", "city-a")),
        *(("operator-1", key) for key in ("seed.key", "layer.key")),
        *(("keeper", key) for key in ("transport.key", "release.key")),
        *(("city-a", key) for key in ("transport.key", "wrap.key")),
    ],
)
def test_a_party_with_a_foreign_key_does_not_begin(served: Served, tmp_path: Path, name: str, key: str) -> None:
    shutil.copytree(served.town.institution(name).folder, tmp_path / name)
    path = tmp_path / name / "keys" / key
    # A small number is a good scalar, a good seed, and nobody's key.
    path.write_bytes(bytes([7]) + bytes(path.stat().st_size - 1))
    [(status, said)] = run([command(copied(served, name, tmp_path))])
    assert (status, f"keys/{key} is not this party's own" in said) == (2, True), said


def test_a_party_with_anothers_certificate_does_not_begin(served: Served, tmp_path: Path) -> None:
    shutil.copytree(served.town.institution("keeper").folder, tmp_path / "keeper")
    config = tmp_path / "keeper" / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('id = "keeper"', 'id = "city-b"'), encoding="utf-8")
    [(status, said)] = run([command(copied(served, "keeper", tmp_path))])
    assert (status, "[WRONG_CERTIFICATE]" in said) == (2, True), said


def copied(served: Served, name: str, place: Path) -> Institution:
    """Return an institution as it lies in a copy of its folder."""
    there = served.town.institution(name)
    return Institution(name, there.role, there.organisation, place / name, there.port, there.office_port)


def test_a_second_process_on_the_same_folder_is_refused_and_told(served: Served) -> None:
    done = run([command(served.town.institution(name)) for name in ONE_OF_EACH])
    assert [status for status, _ in done] == [2] * len(ONE_OF_EACH), done
    assert all("[ALREADY_SERVED]" in said and "hint: stop it first" in said for _, said in done)
    assert all("Traceback" not in said for _, said in done)


def test_a_folder_is_served_in_its_own_role_alone(served: Served) -> None:
    wrong = {name: "keeper" if role != "keeper" else "operator" for name, role in ROLES.items()}
    done = run([command(served.town.institution(name), role) for name, role in wrong.items()])
    assert [status for status, _ in done] == [2] * len(ROLES), done
    assert all(f"hint: serve {ROLES[name]}" in said for name, (_, said) in zip(wrong, done, strict=True))
    [(status, said)] = run([command(served.town.institution("keeper"), "citizen")])
    assert (status, "citizen" in said) == (2, True)


LOST = (
    *((name, "data.db") for name in ("register", "operator-1", "keeper", "supervisor")),
    *(("city-a", store) for store in ("gateway.db", "vault.db")),
)


def test_a_lost_store_is_not_made_anew(served: Served, tmp_path: Path) -> None:
    places = []
    for name, store in LOST:
        place = tmp_path / store
        shutil.copytree(served.town.institution(name).folder, place / name)
        for path in (place / name).glob(f"{store}*"):
            path.unlink()
        places.append(place)
    done = run([command(copied(served, name, place)) for (name, _), place in zip(LOST, places, strict=True)])
    assert [status for status, _ in done] == [2] * len(LOST), done
    for (name, store), place, (_, said) in zip(LOST, places, done, strict=True):
        assert "[NO_STORE]" in said
        assert "hint: restore it" in said
        assert list((place / name).glob(f"{store}*")) == []


def test_an_office_without_its_own_data_does_not_begin(served: Served, tmp_path: Path) -> None:
    shutil.copytree(served.town.institution("city-b").folder, tmp_path / "city-b")
    (tmp_path / "city-b" / "business.db").unlink()
    [(status, said)] = run([command(copied(served, "city-b", tmp_path))])
    assert (status, "[NO_BUSINESS_DATA]" in said, "hint: check that the file exists" in said) == (3, True, True)
    assert not (tmp_path / "city-b" / "business.db").exists()


def test_every_process_ends_in_order_when_asked_to(served: Served) -> None:
    began = time.monotonic()
    for each in served.processes.listed():
        os.kill(each["pid"], signal.SIGTERM)
    try:
        ended = {name: served.processes.wait_ended(name, STOP_SECONDS) for name in ROLES}
        seconds = time.monotonic() - began
        left = [path for each in served.town.institutions for path in each.folder.rglob("*.db-*")]
    finally:
        served.processes.start()
    assert ended == dict.fromkeys(ROLES, 0)
    assert seconds < STOP_SECONDS
    assert left == []
    for institution in served.town.institutions:
        last = (institution.folder / "journal" / "serve.log").read_text(encoding="utf-8").splitlines()
        assert any('"event": "stopping"' in line for line in last)


def neighbours(town: Town, name: str) -> list[Path]:
    """Return every folder of the town but the institution's own."""
    return [path for path in sorted(town.folder.iterdir()) if path.is_dir() and path.name != name]


def seen(pid: int, folder: Path) -> list[str]:
    """Return what a process finds in a folder."""
    return os.listdir(f"/proc/{pid}/root{folder}")


@contextmanager
def alone(town: Town) -> Iterator[dict[str, int]]:
    """Run every institution where the others' folders are empty for it; name -> pid."""
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.fail(f"this test needs mount namespaces (root, CAP_SYS_ADMIN): {tried.stderr.strip()}")
    private = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", HIDE, "sh"]
    started = {
        each.name: subprocess.Popen([*private, *map(str, neighbours(town, each.name)), "--", *command(each)])
        for each in town.institutions
    }
    try:
        visitor = Stranger.visitor(town)
        until(lambda: all(healthy(visitor, name) for name in started), seconds=60, what="every process, each alone")
        yield {name: process.pid for name, process in started.items()}
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait(STOP_SECONDS)


def healthy(visitor: Stranger, name: str) -> bool:
    try:
        return visitor.get(name, "/health").status == 200
    except PeerDown:
        return False


def test_no_process_of_the_town_takes_the_processor_from_another(served: Served) -> None:
    for each in served.processes.listed():
        assert os.sched_getscheduler(each["pid"]) == os.SCHED_BATCH


def test_the_town_works_where_nobody_can_see_anothers_folder(served: Served) -> None:
    town, stage = served.town, served.stage
    pids = {each["name"]: each["pid"] for each in served.processes.listed()}
    assert all(seen(pids[name], folder) for name in ROLES for folder in neighbours(town, name))
    served.processes.stop()
    try:
        with alone(town) as pids:
            for name, pid in pids.items():
                assert seen(pid, town.institution(name).folder)
                assert [path for path in neighbours(town, name) if seen(pid, path)] == []
            assert ordinary.lawful(stage).ok
    finally:
        served.processes.start()
