"""A network of the vectors as folders on disk: real keys, stores and certificates, and a clock at the vectors' time."""

import json
import os
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace

from mynumber.codes import jws, wire
from mynumber.codes.parties import entries
from mynumber.codes.vectors import format as vectors
from mynumber.codes.vectors.format import Run, World
from mynumber.exchange.running import routes
from mynumber.exchange.running.node import Node, Schema
from mynumber.exchange.view import anchors
from mynumber.exchange.view.anchors import Network, OperatorAnchor
from mynumber.exchange.view.peers import NodeFiles, Peers
from mynumber.exchange.view.view import View
from mynumber.pki import certificates, nodes
from mynumber.plumbing import canonical, database, keyfiles
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.config import NodeConfig

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "codes.json"
NOW = 1790000002


@cache
def world(number: int = 0) -> World:
    """Return a network of the vectors with all its secrets."""
    return vectors.read(json.loads(VECTORS.read_bytes())["worlds"][number], World)


def run(name: str, of: World | None = None) -> Run:
    """Return a whole passage of a world."""
    return next(each for each in (of or world()).runs if each.name == name)


def full_bundle(passage: Run) -> Json:
    """Return the bundle as the last operator sends it to the keeper."""
    return as_json({"message": passage.message, "steps": passage.steps, "endorsements": passage.endorsements})


def as_json(value: object) -> Json:
    """Return plain members as the JSON value that travels."""
    return canonical.decode(canonical.encode(value))


def with_another_key(node: Node, party: str, before: bytes, after: bytes) -> Json:
    """Return the directory that follows a node's and begins now, in which a party signs with another key."""
    first = node.view.directory
    old = next(each for each in first.body.entries() if each.id == party)
    new = replace(old, sign=wire.B32(jws.public_key(after)), serial=old.serial + 1)
    signed = entries.self_input(first.network, new)
    new = replace(new, self=tuple(wire.B64(jws.sign_bytes(secret, signed)) for secret in (after, before)))
    roles: dict[str, object] = {"prev": wire.B32(first.hash), "version": first.body.version + 1, "not_before": NOW}
    for name in ("keeper", "register", "supervisor"):
        if getattr(first.body, name).id == party:
            roles[name] = new
    agencies = tuple(new if each.id == party else each for each in first.body.agencies)
    body = replace(first.body, agencies=agencies, **roles)
    return jws.sign(body, entries.TYP, [(each.id, bytes(each.sign)) for each in world().operators])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@cache
def _root() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, nodes.issue_root(key, "demo", now=int(time.time()), serial=1)


def certify(folder: Path, party: str) -> NodeFiles:
    """Give a folder the node certificate of a party."""
    key = ec.generate_private_key(ec.SECP256R1())
    root_key, root = _root()
    issued = nodes.issue_node(root_key, root, nodes.make_csr(key, "demo", party), now=int(time.time()), serial=2)
    files = NodeFiles(folder / "node.crt", folder / "keys" / "node.key", folder / "network.crt")
    keyfiles.write_secret(files.key, certificates.key_pem(key))
    files.chain.write_bytes(certificates.certificate_pem(issued))
    files.trusted.write_bytes(certificates.certificate_pem(root))
    return files


@dataclass(frozen=True)
class Institution:
    """A folder as the ceremony leaves it, with the directory accepted already."""

    folder: Path
    schema: Schema
    port: int

    def configure(self, *, role: str, party: str, tables: str = "", faults: str = "", now: int = NOW) -> Path:
        """Write config.toml and return its path."""
        text = f"""
role = "{role}"
id = "{party}"
organisation = "org-{party}"
network = "demo"
{tables}
[peer]
port = {self.port}
url = "https://127.0.0.1:{self.port}"
[clock]
offset_s = {now - int(time.time())}
[faults]
{faults}
"""
        path = self.folder / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path


def settle(
    folder: Path, schema: Schema, *, party: str, keys: Mapping[str, bytes], operators: Mapping[str, int] | None = None
) -> Institution:
    """Make the folder of a party of `world()`: keys, certificate, anchors, store with the directory."""
    folder.mkdir()
    certify(folder, party)
    for name, secret in keys.items():
        keyfiles.write_secret(folder / "keys" / name, secret)
    town = world()
    ports = operators or {}
    anchored = tuple(
        OperatorAnchor(id=name, org=f"org-{name}", sign=wire.B32(key), url=f"https://127.0.0.1:{ports.get(name, 1)}")
        for name, key in town.anchors
    )
    anchors.save(folder, Network(network=town.network, operators=anchored))
    url = database.store_url("data.db", folder)
    database.create(url, schema.metadata, schema.version)
    store = database.Store(url, schema.metadata, schema.version)
    with store.writing() as connection:
        schema.papers.put(
            connection, "directory", town.directory_hash, order=1, body=canonical.encode(as_json(town.directory))
        )
    store.close()
    return Institution(folder, schema, free_port())


@contextmanager
def opened(config: NodeConfig, place: Institution, *, now: int = NOW) -> Iterator[Node]:
    """Open a folder as a process would, without listening."""
    network = anchors.load(place.folder)
    folder, schema = place.folder, place.schema
    store = database.Store(database.store_url(config.store, folder), schema.metadata, schema.version)
    files = NodeFiles(folder / "node.crt", folder / "keys" / "node.key", folder / "network.crt")
    peers, clock = Peers(config.network, files), Clock(now - int(time.time()))
    view = View(network, clock=clock, store=store, papers=schema.papers, peers=peers, me=config.id)
    node = Node(config, folder, clock, schema, store, peers, view)
    if schema.journal is not None:
        schema.journal.open(config.network, config.id, node.key("log.key"))
    view.load()
    routes.add_common(node)
    try:
        yield node
    finally:
        store.close()


def found_in(folder: Path, needles: Iterable[bytes]) -> tuple[int, int]:
    """Return how many bytes lie in a folder's files outside `keys`, and how many of the needles are among them."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "keys"]
    data = [path.read_bytes() for path in files]
    return sum(map(len, data)), sum(any(needle in each for each in data) for needle in needles)


def random_key() -> bytes:
    """Return 32 fresh bytes."""
    return os.urandom(32)
