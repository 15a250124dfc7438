"""Office files: promises the cells of every sheet, hidden ones too, and all text of documents and slides with notes.

OOXML and OpenDocument are zip archives of XML. The runs of a paragraph are joined with nothing between them, because a
word processor cuts a number where it likes. Older forms are read by an extra library.
"""

from mynumber.scanner.reading.office.kinds import BINARY, is_embedded, kind_of, parts_of
from mynumber.scanner.reading.office.older import old_pieces_of

__all__ = ["BINARY", "is_embedded", "kind_of", "old_pieces_of", "parts_of"]
