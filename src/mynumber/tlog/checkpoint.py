"""C2SP checkpoints: a log's signed statement of its size and root, under its own name only.

demo/operator-1/log                            origin = `<network>/<id>/log` = name of the log's key
70000                                          size
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=   root

— demo/operator-1/log Az3grlgtzPICa5OS8npVmf1M...
"""

import base64
import re
from dataclasses import dataclass

from mynumber.plumbing.errors import BadInput
from mynumber.tlog.note import BadNote, NoteKey, UnverifiedNote, open_note, sign_note
from mynumber.tlog.tree import TreeHead

_SIZE = re.compile("0|[1-9][0-9]{0,18}")
_ROOT = re.compile("[A-Za-z0-9+/]{43}=")
_IDENTIFIER = re.compile("[a-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's origin and tree head; `extensions` are lines of others that are carried and mean nothing here."""

    origin: str
    head: TreeHead
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the note text."""
        root = base64.b64encode(self.head.root).decode("ascii")
        return "".join(f"{line}\n" for line in (self.origin, str(self.head.size), root, *self.extensions))


def log_origin(network: str, party: str) -> str:
    """Return `<network>/<id>/log`, the name of a party's log and of its key (FLOWS section 6)."""
    if not _IDENTIFIER.fullmatch(network) or not _IDENTIFIER.fullmatch(party):
        raise BadInput("BAD_IDENTIFIER", "an identifier is 1 to 32 of a-z, 0-9 and -")
    return f"{network}/{party}/log"


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of a note text, or raise BadNote; only `open_checkpoint` says who signed it."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or "" in lines:
        raise BadNote("a checkpoint is at least three lines, none empty")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size) or not _ROOT.fullmatch(root):
        raise BadNote("a checkpoint's second and third line are a decimal size and a base64 hash")
    try:
        checkpoint = Checkpoint(origin, TreeHead(int(size), base64.b64decode(root)), tuple(extensions))
    except BadInput as problem:
        raise BadNote(problem.message) from problem
    if checkpoint.text() != text:
        raise BadNote("a checkpoint's hash is canonical base64")
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, seed: bytes) -> bytes:
    """Return the signed note. The caller signs only what is consistent with every checkpoint it signed before."""
    text = checkpoint.text()
    # A tree head says by its type what the second and third line are, so nothing else could read back otherwise.
    if "\n\n" in text or text.startswith("\n") or text.count("\n") != 3 + len(checkpoint.extensions):
        raise BadNote("origin and extensions are single lines")
    return sign_note(text, checkpoint.origin, seed)


def open_checkpoint(data: bytes, key: NoteKey) -> Checkpoint:
    """Return the checkpoint that the log of `key` signed under its own origin; lines of other keys are ignored."""
    checkpoint = parse_checkpoint(open_note(data, (key,)).text)
    if checkpoint.origin != key.name:
        raise UnverifiedNote("the checkpoint is of another log than its key")
    return checkpoint
