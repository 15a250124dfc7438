"""A party's own secrets: which of them fits a directory, and that they are its own at all.

While a key changes, its party has two secrets of that name: `keys/NAME.key`, which is in use, and `keys/NAME.next.key`,
which a later directory lists. A message is answered with the secrets of the directory that it names (PROTOCOL.md
section 4), so a secret is chosen by the public key that this directory lists, never by the time of day. Once the next
one is listed and the directory before counts no longer, it takes the settled one's place, whose bytes are overwritten.

A party with a foreign key would go on as if nothing had happened: an office that cannot open its codes answers
`not-available` about everybody, signed and recorded. So it does not begin. Before its first directory has arrived there
is nothing to compare with; the ceremony has compared then.
"""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from mynumber.codes import group
from mynumber.codes.jws import public_key
from mynumber.codes.parties.directory import SPACING_S, Directory
from mynumber.exchange.running.node import Node
from mynumber.pki import identity
from mynumber.plumbing import durable, keyfiles, logs
from mynumber.plumbing.errors import MyNumberError, NotFinished, WrongUse
from mynumber.tlog import checkpoint, note

K = TypeVar("K")

_SETTLE_SECONDS = 5.0


def settled(folder: Path, name: str) -> Path:
    """Return where the secret in use lies."""
    return folder / "keys" / f"{name}.key"


def following(folder: Path, name: str) -> Path:
    """Return where the secret lies that a later directory is to list, if there is one."""
    return folder / "keys" / f"{name}.next.key"


def held(folder: Path, name: str) -> tuple[bytes, ...]:
    """Return the secrets that a party has under a name: the one in use, then the next."""
    paths = (settled(folder, name), following(folder, name))
    return tuple(keyfiles.read_secret(path) for path in paths if path == paths[0] or path.exists())


@dataclass(frozen=True, slots=True)
class Secret:
    """One name of `keys/` whose public key stands in the directory; `listed` finds it there."""

    name: str
    image: Callable[[bytes], bytes]
    listed: Callable[[Directory], bytes | None]

    def fitting(self, folder: Path, directory: Directory) -> bytes:
        """Return the secret whose public key this directory lists, or raise WrongUse."""
        wanted = self.listed(directory)
        found = [secret for secret in held(folder, self.name) if self._image_of(secret) == wanted]
        require(f"{self.name}.key", fits=bool(found))
        return found[0]

    def _image_of(self, secret: bytes) -> bytes:
        try:
            return self.image(secret)
        except (ValueError, MyNumberError):
            # A file that was cut short or overwritten is no secret, and so nobody's.
            return b""


def signing(party: str) -> Secret:
    """Return the Ed25519 signing secret of a party."""
    return Secret("sign", public_key, lambda directory: directory.signing_key(party))


def scalar(name: str, listed: Callable[[Directory], bytes | None]) -> Secret:
    """Return a secret scalar whose point is listed."""
    return Secret(name, lambda secret: group.base(group.secret_scalar(secret)), listed)


def transport(party: str) -> Secret:
    """Return the transport secret of an agency."""

    def listed(directory: Directory) -> bytes | None:
        return None if directory.signing_key(party) is None else directory.transport(party)

    return scalar("transport", listed)


@dataclass
class Own(Generic[K]):
    """A party's keys as a directory lists them; made once a directory, because a message names one of two."""

    node: Node
    secrets: tuple[Secret, ...]
    make: Callable[[Mapping[str, bytes]], K]
    before: Callable[[str], Awaitable[bool]] | None = None
    """Called before the old secret of a name goes; as long as it says no, that one stays."""
    _made: dict[bytes, K] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """Return the party's id."""
        return self.node.config.id

    @property
    def current(self) -> K:
        """Return the keys of the current directory."""
        return self.of(self.node.view.directory)

    def named(self, digest: bytes) -> K:
        """Return the keys of the directory that a message names.

        Where that one did not list us yet, or counts no longer, no check lets the message through; those of the current
        one do as well.
        """
        standing = self.node.view.required()
        named = standing.named(digest)
        over = self.node.clock.now() > standing.current.body.not_before + SPACING_S
        return self.of(standing.current if over or named.signing_key(self.id) is None else named)

    def of(self, directory: Directory) -> K:
        """Return the keys of a directory, or NotFinished if it does not list us yet."""
        found = self._made.get(directory.hash)
        if found is None:
            if directory.signing_key(self.id) is None:
                raise NotFinished("NOT_LISTED", f"no directory lists {self.id} yet", hint="wait for the one that does")
            found = self.make({each.name: each.fitting(self.node.folder, directory) for each in self.secrets})
            standing = self.node.view.standing
            kept = {directory.hash, *((standing.current.hash,) if standing else ())}
            if standing is not None and standing.predecessor is not None:
                kept.add(standing.predecessor.hash)
            self._made = {digest: keys for digest, keys in self._made.items() if digest in kept}
            self._made[directory.hash] = found
        return found

    def check(self) -> None:
        """Compare the keys with the current directory, if there is one and it lists us."""
        if self.node.view.standing is not None and is_listed(self.node):
            self.of(self.node.view.directory)

    async def settle(self) -> None:
        """Put the next secret in the place of the one before once nothing can need that one, until cancelled."""
        while True:
            for each in self.secrets:
                over = await asyncio.to_thread(self.is_over, each)
                if over and (self.before is None or await self.before(each.name)):
                    await asyncio.to_thread(replace, self.node.folder, each.name)
                    # In memory the old secret goes as well; what is in use is read again.
                    self._made = {}
                    logs.info("key.settled", kind=each.name)
            await asyncio.sleep(_SETTLE_SECONDS)

    def is_over(self, secret: Secret) -> bool:
        """Tell whether the next secret is listed, and no message may name a directory that lists the one before."""
        standing, path = self.node.view.standing, following(self.node.folder, secret.name)
        if standing is None or not path.exists():
            return False
        image, current = secret.image(keyfiles.read_secret(path)), standing.current
        if secret.listed(current) != image:
            return False
        # Operators stop to take the one before earlier; here the longer of both times counts for everybody.
        over = self.node.clock.now() > current.body.not_before + SPACING_S
        return over or standing.predecessor is None or secret.listed(standing.predecessor) == image


def require(name: str, *, fits: bool) -> None:
    """Raise WrongUse unless `keys/NAME` fits what is known of it."""
    if not fits:
        raise WrongUse(
            "WRONG_KEY", f"keys/{name} is not this party's own", hint="put back the key that was there before"
        )


def is_listed(node: Node) -> bool:
    """Tell whether the current directory lists us; it does not yet while we enter a running network."""
    return node.view.directory.signing_key(node.config.id) is not None


def missing(node: Node) -> str | None:
    """Say that the directory which lists us has not begun, for the health page."""
    waits = node.view.standing is not None and not is_listed(node)
    return f"a directory that lists {node.config.id}" if waits else None


def check(node: Node) -> None:
    """Compare what every party has: certificate, signing key and log key."""
    der = ssl.PEM_cert_to_DER_cert((node.folder / "node.crt").read_text(encoding="ascii"))
    if identity.party_of(der) != (node.config.network, node.config.id):
        raise WrongUse("WRONG_CERTIFICATE", "node.crt is of another party than config.toml", hint="correct the id")
    if node.schema.journal is not None:
        require("log.key", fits=_signed_by_us(node))
    if node.view.standing is not None and is_listed(node):
        signing(node.config.id).fitting(node.folder, node.view.directory)


def _signed_by_us(node: Node) -> bool:
    """Tell whether the log's last checkpoint is signed with the log key of the folder."""
    with node.store.reading() as connection:
        signed = node.journal.checkpoint(connection)
    try:
        checkpoint.open_checkpoint(signed, note.parse_vkey(node.journal.vkey))
    except MyNumberError:
        return False
    return True


def replace(folder: Path, name: str) -> None:
    """Let the next secret take the place of the one in use, and overwrite what lay there.

    A crash before the replacement leaves both, after it the old bytes in blocks that no file names any more.
    """
    old, new = settled(folder, name), following(folder, name)
    with old.open("r+b") as file:
        new.replace(old)
        # Only when the new name is durable may the old bytes go; else a power cut could leave neither.
        durable.sync_folder(old.parent)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        file.write(bytes(size))
        file.flush()
        os.fsync(file.fileno())
