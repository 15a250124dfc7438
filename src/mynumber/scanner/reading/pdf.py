"""PDF files, page by page; promises that a page without text is told and not taken for a clean one."""

from collections.abc import Callable, Iterator
from io import BytesIO

from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finds import Location, Unread
from mynumber.scanner.reading.blocks import blocks_of
from mynumber.scanner.reading.parts import Part


def pieces_of(path: str, stream: BytesIO) -> Iterator[Part | Unread]:
    """Yield one part a page."""
    try:
        import pypdfium2  # noqa: PLC0415
    except ImportError:
        yield Unread(path, "a PDF: install open-mynumber[documents]")
        return
    try:
        document = pypdfium2.PdfDocument(stream)
    except pypdfium2.PdfiumError as problem:
        yield Unread(path, "encrypted" if "password" in str(problem).lower() else "a broken PDF")
        return
    with document:
        for number in range(1, len(document) + 1):
            try:
                text = document[number - 1].get_textpage().get_text_range()
            except pypdfium2.PdfiumError:
                yield Unread(path, f"page {number} is broken")
                continue
            if text.strip():
                yield Part(path, blocks_of(BytesIO(folded(text)), "utf-8"), _page(number))
            else:
                yield Unread(path, f"no text on page {number}")


def _page(number: int) -> Callable[[int, int], Location]:
    return lambda _line, _column: Location(page=number)
