"""Mails and mailboxes: promises each text and attachment decoded, with its headers in words."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BufferedReader
from itertools import chain, islice

_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,40}:[ \t]")
_KNOWN = re.compile(rb"^(?:from|to|subject|date|message-id|mime-version|received|content-type):", re.I | re.M)
# A line that begins so, and a field of a header after it, begin a mail of a mailbox.
_FROM = b"From "
_FIELD = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:")
_LINE = 1 << 20
_KNOWN_HEADERS = 2


def is_mail(sample: bytes) -> bool:
    """Whether a file that begins so is a mail or a mailbox."""
    head = re.split(rb"\r?\n\r?\n", sample, maxsplit=1)[0]
    begins = sample.startswith(b"From ") or _HEADER.match(head)
    return bool(begins) and len(set(map(bytes.lower, _KNOWN.findall(head)))) >= _KNOWN_HEADERS


def members(stream: BufferedReader, most: int) -> Iterator[tuple[str, bytes | None]]:
    """Yield name and content of each text and attachment of all mails; no content for a mail larger than `most`."""
    mails = _mails(stream, most)
    first = next(mails)
    second = list(islice(mails, 1))
    for number, one in enumerate(chain((first,), second, mails), start=1):
        before = f"{number}/" if second else ""
        if one is None:
            yield f"{before}mail", None
        else:
            yield from _members(one.replace(b"\r\n", b"\n"), before)


def _mails(stream: BufferedReader, most: int) -> Iterator[bytes | None]:
    """Yield the mails of a mailbox one by one, or the only one; nothing in place of one larger than `most`."""
    boxed = stream.peek(len(_FROM))[: len(_FROM)] == _FROM
    lines: list[bytes] = []
    size, last, begun = 0, b"", not boxed
    for line in chain(iter(lambda: stream.readline(_LINE), b""), (b"",)):
        if boxed and last.startswith(_FROM) and _FIELD.match(line):
            if begun:
                yield b"".join(lines) if size <= most else None
            lines, size, begun = [], 0, True
        else:
            size += len(last)
            if size <= most:
                lines.append(last)
        last = line
    yield b"".join(lines) if size <= most else None


def _members(one: bytes, before: str) -> Iterator[tuple[str, bytes]]:
    message = message_from_bytes(one, policy=policy.default)
    # A blank before each name: what comes out is text and no mail again.
    headers = "".join(f" {name}: {value}\n" for name, value in message.items())
    yield f"{before}headers", headers.encode(errors="replace")
    yield from _parts(message, before)


def _parts(message: EmailMessage, before: str) -> Iterator[tuple[str, bytes]]:
    for position, part in enumerate(message.walk(), start=1):
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        name = part.get_filename() or f"part{position}"
        if isinstance(content, bytes):
            charset = part.get_content_charset() if part.get_content_maintype() == "text" else None
            yield f"{before}{name}", _as_utf8(content, charset)


def _as_utf8(content: bytes, charset: str | None) -> bytes:
    if charset is None or charset == "us-ascii":
        return content
    try:
        return content.decode(charset).encode()
    except (LookupError, UnicodeError):
        return content
