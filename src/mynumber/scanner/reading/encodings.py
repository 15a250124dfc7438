"""Which encoding a text is in; promises the same answer whatever the system's own encoding is."""

import codecs
import re
from collections.abc import Mapping

SAMPLE = 65536
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPES = (b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b$(D")
_WIDE = ("utf-16-le", "utf-16-be")
_PAIR = 2
_READABLE = 0.95
_KANA = re.compile("[\u3041-\u30fe]")
_COMMON = re.compile("[\\t\\r\\n -~\u00a5\u2010-\u203b\u2190-\u25ff\u3000-\u30ff\u4e00-\u9fff\uff01-\uff9f]+")
# In how many bytes each reading may be wrong and still be the one.
_TOLERATED = 0.01
BINARY = "latin-1"


def encoding_of(sample: bytes) -> str:
    """Return the codec of a text that begins with `sample`; `latin-1` for what is no text that we know."""
    for mark, codec in _MARKS:
        if sample.startswith(mark):
            return codec
    if wide := _wide(sample):
        return wide
    if any(escape in sample for escape in _ESCAPES):
        return "iso2022_jp_2"
    if _errors(sample, "utf-8") == 0:
        return "utf-8"
    errors: Mapping[str, int] = {codec: _errors(sample, codec) for codec in ("utf-8", "cp932", "euc_jp")}
    best = min(errors, key=lambda codec: (errors[codec], -_kana(sample, codec)))
    return best if errors[best] <= _TOLERATED * len(sample) else BINARY


def is_binary(sample: bytes) -> bool:
    """Whether a file that begins so is no text in any encoding."""
    return b"\0" in sample and not _wide(sample) and not sample.startswith(tuple(mark for mark, _ in _MARKS))


def _wide(sample: bytes) -> str:
    """Return the kind of UTF-16 without mark: ASCII has a zero in every second byte, and what comes out is readable."""
    if b"\0" not in sample or len(sample) < _PAIR:
        return ""
    share = {codec: _readable(sample[: len(sample) // 2 * 2].decode(codec, "replace")) for codec in _WIDE}
    best = max(share, key=lambda codec: share[codec])
    return best if share[best] >= _READABLE else ""


def _readable(text: str) -> float:
    """Return the share of characters that Japanese and English texts are made of."""
    return sum(len(found) for found in _COMMON.findall(text)) / len(text)


def _errors(sample: bytes, codec: str) -> int:
    # The sample may end in the middle of a character: that is no error.
    text = codecs.getincrementaldecoder(codec)("replace").decode(sample)
    return text.count("\ufffd")


def _kana(sample: bytes, codec: str) -> int:
    """Count hiragana and katakana: what reads as Japanese in a wrong encoding has hardly any."""
    text = sample.decode(codec, "replace")
    return len(_KANA.findall(text))
