"""An institution as a process: from its folder to a running node.

  1. Take the folder: configuration, locks (a second process on the same store is refused), log file, faults, store.
  2. Read what was accepted before: directory, law tables, state. Then the node runs (`node.py`, steps 3 to 5).

If we crash anywhere the folder is as the last commit left it; the next start goes on from there.
"""

import contextlib
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from mynumber.codes import group
from mynumber.exchange.log import restoring
from mynumber.exchange.running import held, own_keys, routes, store_keys
from mynumber.exchange.running.node import Node, Schema
from mynumber.exchange.view import anchors
from mynumber.exchange.view.peers import NodeFiles, Peers
from mynumber.exchange.view.view import View
from mynumber.plumbing import database, faults, logs, server, tap
from mynumber.plumbing.config import NodeConfig
from mynumber.plumbing.errors import MyNumberError, WrongUse
from mynumber.tlog import note


@contextlib.contextmanager
def taken(config: NodeConfig, folder: Path) -> Iterator[None]:
    """Hold the folder and its store, which may lie elsewhere, so that two folders can name the same one."""
    store = Path(database.store_url(config.store, folder).database or "").resolve()
    with contextlib.ExitStack() as held:
        held.enter_context(_locked(folder / "serving.lock", folder))
        if store.is_file():  # one that is missing is refused when it is opened
            held.enter_context(_locked(store.with_name(f"{store.name}.lock"), store))
        yield


@contextlib.contextmanager
def _locked(lock: Path, served: Path) -> Iterator[None]:
    """Hold a lock, with our pid in its file meanwhile."""
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise WrongUse(
                "ALREADY_SERVED", f"another process serves {served}", hint="stop it first; two would lose records"
            ) from problem
        # A process that was killed left its own, which counts for nothing without the lock.
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def serving_pid(folder: Path) -> str | None:
    """Return the pid of the process that serves a folder, None if there is none; empty in its first moment."""
    try:
        with (folder / "serving.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return (folder / "serving.lock").read_text(encoding="ascii").strip()
    return None


def _announce(config: NodeConfig) -> None:
    """Say what makes this process unlike one in production."""
    if config.faults:
        sys.stderr.write(f"fault points armed: {', '.join(sorted(config.faults))}\n")
    if config.clock.offset_s:
        sys.stderr.write(f"clock moved by {config.clock.offset_s} s\n")
    if config.clock.file:
        sys.stderr.write(f"clock moved by as many seconds as {config.clock.file} says\n")
    if config.tap.on:
        sys.stderr.write(f"everything received and sent is written to {tap.FOLDER}\n")


def _open(config: NodeConfig, folder: Path, tables: Schema, *, follows_law: bool) -> Node:
    network = anchors.load(folder)
    if network.network != config.network:
        raise WrongUse("BAD_CONFIG", "config.toml and network.json name different networks", hint="repeat the ceremony")
    store = database.Store(database.store_url(config.store, folder), tables.metadata, tables.version)
    files = NodeFiles(folder / "node.crt", folder / "keys" / "node.key", folder / "network.crt")
    peers = Peers(config.network, files)
    clock = config.clock.at(folder)
    view = View(network, clock=clock, store=store, papers=tables.papers, peers=peers, me=config.id)
    view.follows_law, view.reread = follows_law, lambda: anchors.load(folder)
    node = Node(config, folder, clock, tables, store, peers, view)
    if tables.journal is not None:
        log_key = node.key("log.key")
        own_keys.require("log.key", fits=len(log_key) == note.SEED_SIZE)
        tables.journal.open(config.network, config.id, log_key)
    place = restoring.Place(folder, store, tables.journal, tables.restorations)
    node.restored = restoring.restored_at(place, now=clock.now(), configured=config.restored_at)
    # (2) What was accepted before.
    view.load()
    own_keys.check(node)
    node.waits.append(lambda: own_keys.missing(node))
    for name in store_keys.KEYS:
        if (folder / "keys" / name).is_file():
            key = node.key(name)
            store.write_now(partial(tables.key_marks.check, name=name, key=key))
    routes.add_common(node)
    if tables.journal is not None:
        held.add_held(node)
    return node


def serve(
    config: NodeConfig,
    folder: Path,
    tables: Schema,
    prepare: Callable[[Node], None],
    *,
    follows_law: bool = False,
) -> None:
    """Run an institution until it is asked to stop; `prepare` is the room's own part."""
    faults.require_known(config.faults, config.role)
    server.let_others_finish()
    # (1) Take the folder.
    with taken(config, folder):
        group.self_test()
        file = logs.to_file(folder / "journal" / "serve.log")
        _announce(config)
        faults.arm(config.faults)
        if config.tap.on:
            tap.begin(folder)
        try:
            node = _open(config, folder, tables, follows_law=follows_law)
            prepare(node)
            server.run(node.run())
        except MyNumberError as problem:
            logs.trouble("serve.failed", problem)
            raise
        finally:
            tap.end()
            file.close()
