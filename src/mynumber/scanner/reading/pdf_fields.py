"""What stands on a page of a PDF and is none of its text: the fields of a form and the notes of readers."""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_Reader: TypeAlias = Callable[[object, int], int]


def lines_of(document: "PdfDocument", page: "PdfPage") -> list[str]:
    """Return a line for each field, with its names before what was filled in, and for each note.

    Fields that hold a digit or four each are told once more in one line: they may be the parts of a number.
    """
    found = list(_annotations(document, page))
    lines = [" ".join(filter(None, one)) for one in found]
    for length in (1, 4):
        parts = [one for one in found if len(one[-1]) == length and one[-1].isdigit()]
        if parts:
            lines.append(f"{_names(parts)} {' '.join(one[-1] for one in parts)}")
    return lines


def _names(parts: Sequence[Sequence[str]]) -> str:
    return " ".join(parts[0][:-1])


def _annotations(document: "PdfDocument", page: "PdfPage") -> Iterator[Sequence[str]]:
    """Yield for each annotation its name, its name for people, and what it holds."""
    from pypdfium2 import raw  # noqa: PLC0415

    form = document.formenv
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if form is not None:
            name = _text(partial(raw.FPDFAnnot_GetFormFieldName, form, annotation))
            title = _text(partial(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation))
            value = _text(partial(raw.FPDFAnnot_GetFormFieldValue, form, annotation))
            yield name, title, value
        yield (_text(partial(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")),)
        raw.FPDFPage_CloseAnnot(annotation)


def _text(read: _Reader) -> str:
    """Return a text of which the length is told first, in bytes of UTF-16 with a zero at the end."""
    from pypdfium2 import raw  # noqa: PLC0415

    size = read(None, 0)
    if size <= len("\0".encode("utf-16-le")):
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")
