"""Workbooks in the older form, read by an extra library; promises a word on every other older Office file."""

from collections.abc import Iterator
from io import BytesIO

from mynumber.scanner.finds import Unread
from mynumber.scanner.reading.office.tables import columns
from mynumber.scanner.reading.office.workbooks import at, whole
from mynumber.scanner.reading.parts import Part

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def old_pieces_of(path: str, stream: BytesIO) -> Iterator[Part | Unread]:
    """Yield the columns of a workbook in the older form."""
    if _ENCRYPTED in stream.getvalue():
        yield Unread(path, "encrypted")
        return
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415
    except ImportError:
        yield Unread(path, "an older Office file: install open-mynumber[documents]")
        return
    try:
        workbook = CalamineWorkbook.from_filelike(stream)
        sheets = [(name, workbook.get_sheet_by_name(name).to_python()) for name in workbook.sheet_names]
    except (CalamineError, OSError, ValueError) as problem:
        yield Unread(path, f"an older Office file that is no workbook, or broken ({type(problem).__name__})")
        return
    for name, rows in sheets:
        cells = {
            (row, column): whole(str(value)) for row, line in enumerate(rows, 1) for column, value in enumerate(line)
        }
        yield from columns(path, cells, at(name))
