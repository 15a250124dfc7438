"""Mails and mailboxes: promises each text and attachment decoded, with its headers in words."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO

_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,40}:[ \t]")
_KNOWN = re.compile(rb"^(?:from|to|subject|date|message-id|mime-version|received|content-type):", re.I | re.M)
_BOX = re.compile(rb"^From \S.*\n(?=[A-Za-z][A-Za-z0-9-]*:)", re.M)
_KNOWN_HEADERS = 2


def is_mail(sample: bytes) -> bool:
    """Whether a file that begins so is a mail or a mailbox."""
    head = re.split(rb"\r?\n\r?\n", sample, maxsplit=1)[0]
    begins = sample.startswith(b"From ") or _HEADER.match(head)
    return bool(begins) and len(set(map(bytes.lower, _KNOWN.findall(head)))) >= _KNOWN_HEADERS


def members(stream: BytesIO) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each text and attachment of all mails."""
    content = stream.getvalue().replace(b"\r\n", b"\n")
    mails = _BOX.split(content)[1:] if content.startswith(b"From ") else [content]
    for number, one in enumerate(mails, start=1):
        message = message_from_bytes(one, policy=policy.default)
        before = f"{number}/" if len(mails) > 1 else ""
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
