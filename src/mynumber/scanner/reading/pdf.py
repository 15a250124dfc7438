"""PDF files, page by page, with forms, notes and properties; promises that a page without text is told.

A page of pictures alone is not taken for a clean one.
"""

from collections.abc import Callable, Iterator
from io import BytesIO

from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finds import Location, Unread
from mynumber.scanner.reading.blocks import blocks_of
from mynumber.scanner.reading.parts import Part
from mynumber.scanner.reading.pdf_fields import lines_of


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
        document.init_forms()
        said = "\n".join(document.get_metadata_dict().values())
        yield Part(path, blocks_of(BytesIO(folded(said)), "utf-8"), lambda _line, _column: Location(key="properties"))
        for number in range(1, len(document) + 1):
            try:
                page = document[number - 1]
                text = page.get_textpage().get_text_range()
                beside = "\n".join(lines_of(document, page))
            except pypdfium2.PdfiumError:
                yield Unread(path, f"page {number} is broken")
                continue
            if text.strip() or beside.strip():
                yield Part(path, blocks_of(BytesIO(folded(f"{text}\n{beside}")), "utf-8"), _page(number))
            else:
                yield Unread(path, f"no text on page {number}")


def attached(stream: BytesIO) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file that is attached; none if the PDF cannot be read, which is told elsewhere."""
    try:
        import pypdfium2  # noqa: PLC0415

        with pypdfium2.PdfDocument(stream) as document:
            for index in range(document.count_attachments()):
                attachment = document.get_attachment(index)
                yield attachment.get_name(), bytes(attachment.get_data())
    except ImportError:
        return
    except pypdfium2.PdfiumError:
        return


def _page(number: int) -> Callable[[int, int], Location]:
    return lambda _line, _column: Location(page=number)
